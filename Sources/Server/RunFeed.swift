import Tapedeck

/// The progress of a run, at once and then every two seconds until the run ends. An element is `nil` if nothing has changed.
struct RunFeed: AsyncSequence, Sendable {
    let store: Store
    /// The progress when the feed starts.
    let first: RunProgress

    struct AsyncIterator: AsyncIteratorProtocol {
        let store: Store
        var next: RunProgress?
        var last: RunProgress

        mutating func next() async throws -> RunProgress?? {
            if let first = next {
                next = nil
                return .some(first)
            }
            guard last.is_at_work else { return nil }
            try await Task.sleep(for: .seconds(2))
            guard let now = try await store.runs().first(where: { [last] in $0.run == last.run }), now != last else { return .some(nil) }
            last = now
            return .some(now)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(store: store, next: first, last: first) }
}
