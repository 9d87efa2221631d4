/// The result of reading one file. Every line except the header and blank ones is in `rows` or in `rejected`.
public struct ReadSummary: Codable, Hashable, Sendable {
    /// Rows handed on.
    public var rows = 0
    /// Rejected lines by reason.
    public var rejected: [RejectionReason: Int] = [:]
    /// Data quirks of the kept rows; option files only.
    public var quirks = QuoteQuirks()
    /// Distinct tickers and contract roots.
    public var symbols = 0
    /// Bytes as stored, compressed or not.
    public var storedBytes = 0
    /// Bytes of text.
    public var textBytes = 0

    public init() {}

    /// Rejected lines of all reasons.
    public var rejectedCount: Int { rejected.values.reduce(0, +) }

    mutating func count(_ rejected: [RejectedRow]) {
        for row in rejected { self.rejected[row.reason, default: 0] += 1 }
    }
}
