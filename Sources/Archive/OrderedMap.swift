/// Transforms items in parallel and hands the results over in order, at most `width` ahead of the consumer: so memory is
/// bounded by `width` results, whatever the number of items.
package func orderedMap<Item: Sendable, Output: Sendable>(
    _ items: [Item], width: Int, transform: @escaping @Sendable (Item) async throws -> Output,
    consume: (Item, Output) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
        var started = 0
        var waiting: [Int: Output] = [:]
        var next = 0
        func start() {
            guard started < items.count else { return }
            let index = started
            let item = items[index]
            group.addTask { (index, try await transform(item)) }
            started += 1
        }
        for _ in 0..<max(1, width) { start() }
        while next < items.count {
            if let output = waiting.removeValue(forKey: next) {
                try await consume(items[next], output)
                next += 1
                start()
            } else if let (index, output) = try await group.next() {
                waiting[index] = output
            }
        }
    }
}
