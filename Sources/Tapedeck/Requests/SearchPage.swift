package import Queries

/// A search with paginated results.
///
/// Every page is a slice of the same results: the best `k`, by default as many as the question says, otherwise 1,000. The search always
/// fetches all of them, because with several models the ranking depends on the number of results.
package struct SearchPage: StoreRequest {
    /// The answer. Encodes with `next_cursor` unless it holds the last page.
    package struct Answer: Encodable, Sendable {
        package var answer: SearchAnswer
        package var nextCursor: String?

        private enum CodingKeys: String, CodingKey { case nextCursor = "next_cursor" }

        package func encode(to encoder: any Encoder) throws {
            try answer.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encodeIfPresent(nextCursor, forKey: .nextCursor)
        }
    }

    package var request: SearchRequest
    /// Results per page; all if `nil`.
    package var pageSize: Int?
    /// Number of results before the page.
    package var offset: Int

    /// Results that are paginated if nothing says how many.
    private static let horizon = 1000
    private static let mostResults = 1_000_000

    package init(_ reader: inout RequestReader) throws {
        request = try SearchRequest(&reader)
        pageSize = try reader.optionalCount("page_size", "Results per page; all in one answer when absent.", 1...1000)
        offset = 0
        if let cursor = try reader.text("cursor", "The `next_cursor` of the page before, of the same request.") {
            guard let place = Int(cursor), (1..<Self.mostResults).contains(place) else {
                throw RequestError("'cursor' is not one of a page before", kind: .unsupported)
            }
            guard pageSize != nil else { throw RequestError("'cursor' needs 'page_size'", kind: .unsupported) }
            offset = place
        }
    }

    package func answer(from store: Store) async throws -> Answer {
        guard let pageSize else { return Answer(answer: try await store.search(request)) }
        var whole = request
        whole.usualCount = Self.horizon
        var answer = try await store.search(whole)
        let (count, end) = (answer.results.count, offset + pageSize)
        answer.results = Array(answer.results.dropFirst(offset).prefix(pageSize))
        return Answer(answer: answer, nextCursor: end < count ? String(end) : nil)
    }
}
