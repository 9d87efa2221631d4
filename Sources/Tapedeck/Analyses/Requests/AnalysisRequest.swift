/// A request for an analysis of a store. Encodes to the member `request` of the answer's JSON.
public protocol AnalysisRequest: Encodable, Sendable {
    associatedtype Report: Encodable & Sendable

    /// The equivalent command line, without program name and store: `analogs AAPL --date 2014-06-09`.
    var command: [String] { get }

    /// Runs the analysis.
    /// - Throws: `QueryError` if the store lacks the requested data; errors of the store.
    func report(from store: Store) async throws -> Report
}

/// The answer of an analysis. Encodes to the object that its command prints with `--json`: the members of the report, `request` and
/// `elapsed_ms`.
public struct AnalysisAnswer<Request: AnalysisRequest>: Encodable, Sendable {
    public var request: Request
    public var report: Request.Report
    public var elapsedMilliseconds: Double
    /// Which rows of the store's workers the report lacks; empty if it lacks none.
    public var notes: [String] = []

    private enum CodingKeys: String, CodingKey {
        case request
        // Some reports have notes of their own.
        case notes = "store_notes"
        case elapsedMilliseconds = "elapsed_ms"
    }

    public func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(request, forKey: .request)
        try box.encode(elapsedMilliseconds, forKey: .elapsedMilliseconds)
        if !notes.isEmpty { try box.encode(notes, forKey: .notes) }
    }
}

extension Store {
    /// Runs an analysis and measures how long it takes.
    /// - Throws: as the request's `report(from:)`.
    public func answer<Request: AnalysisRequest>(_ request: Request) async throws -> AnalysisAnswer<Request> {
        let start = ContinuousClock.now
        let report = try await unlessChanged { try await request.report(from: self) }
        let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
        return AnalysisAnswer(
            request: request, report: report, elapsedMilliseconds: (elapsed * 1000).rounded() / 1000, notes: try await searchBase().archive.notes)
    }
}
