/// Defects and oddities in a simulated market, to test a reader: how often each occurs in its files.
///
/// Rejected rows have the same names as in the quarantine of `MarketData`.
public struct PlantedQuirks: Codable, Hashable, Sendable {
    /// Counts for the files of one kind.
    public struct Rows: Codable, Hashable, Sendable {
        /// Number of data lines in the files of one kind, good and bad, without copies of whole files.
        public var lines = 0
        /// Number of lines that every reader should reject, by reason.
        public var rejected: [String: Int] = [:]
        /// Number of good lines with an oddity, by oddity; oddities also occur without being planted.
        public var kept: [String: Int] = [:]

        /// No lines.
        public init() {}

        static func += (left: inout Rows, right: Rows) {
            left.lines += right.lines
            left.rejected.merge(right.rejected, uniquingKeysWith: +)
            left.kept.merge(right.kept, uniquingKeysWith: +)
        }
    }

    /// Counts for the readable files of option quotes.
    public var options = Rows()
    /// Counts for the files of stock bars.
    public var stocks = Rows()
    /// Keys of files by their quirk, and dates of sessions without a file under `missing session`. Sorted.
    public var files: [String: [String]] = [:]

    /// Nothing planted.
    public init() {}

    static func += (left: inout PlantedQuirks, right: PlantedQuirks) {
        left.options += right.options
        left.stocks += right.stocks
        left.files.merge(right.files) { ($0 + $1).sorted() }
    }
}
