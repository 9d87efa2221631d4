/// A question to a store in the form in which programs send it: the members of a JSON object. The command line and the server
/// make the same requests and print the same answers.
package protocol StoreRequest: Sendable {
    associatedtype Answer: Encodable & Sendable

    /// Reads and checks the members.
    /// - Throws: `RequestError` naming the member that is wrong.
    init(_ reader: inout RequestReader) throws

    /// Asks the store.
    func answer(from store: Store) async throws -> Answer
}

/// The answer of an analysis: in JSON, the members of its report beside the request and the time that it took.
package struct AnalysisAnswer<Request: Encodable & Sendable, Report: Encodable & Sendable>: Encodable, Sendable {
    package let request: Request
    package let report: Report
    package let elapsedMilliseconds: Double

    /// - Parameter report: makes the report; its time counts.
    init(_ request: Request, _ report: () async throws -> Report) async throws {
        let start = ContinuousClock.now
        self.request = request
        self.report = try await report()
        elapsedMilliseconds = ((ContinuousClock.now - start) / .milliseconds(1) * 1000).rounded() / 1000
    }

    private enum CodingKeys: String, CodingKey {
        case request
        case elapsedMilliseconds = "elapsed_ms"
    }

    package func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(request, forKey: .request)
        try box.encode(elapsedMilliseconds, forKey: .elapsedMilliseconds)
    }
}
