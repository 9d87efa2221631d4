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

extension StoreRequest where Self: AnalysisRequest {
    package func answer(from store: Store) async throws -> AnalysisAnswer<Self> { try await store.answer(self) }
}
