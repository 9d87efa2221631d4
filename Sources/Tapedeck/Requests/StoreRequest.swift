/// A request to a store that can be read from a JSON object. The command line and the server use the same requests and print the same
/// answers.
package protocol StoreRequest: Sendable {
    associatedtype Answer: Encodable & Sendable

    /// Reads and checks the members.
    /// - Throws: `RequestError` naming the invalid member.
    init(_ reader: inout RequestReader) throws

    /// Runs the request on a store.
    func answer(from store: Store) async throws -> Answer
}

extension StoreRequest where Self: AnalysisRequest {
    package func answer(from store: Store) async throws -> AnalysisAnswer<Self> { try await store.answer(self) }
}
