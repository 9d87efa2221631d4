import Dispatch

/// Transforms items in parallel and passes the results on in order. At most `width` results are ahead of the consumer, which bounds
/// the memory.
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

/// Runs blocking work, such as disk access, on a thread of its own. Swift's cooperative pool has one thread per core, and none of them
/// may block.
package func blocking<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(returning: Result { () throws(Failure) in try work() })
        }
    }
    return try result.get()
}

/// Threads for tasks that compute for long (parsing, pricing, sorting, compression), beside Swift's cooperative pool, so that
/// a server's other tasks still run:
///
///     try await withTaskExecutorPreference(CPUExecutor.shared) { … }
package final class CPUExecutor: TaskExecutor {
    package static let shared = CPUExecutor()

    private let queue = DispatchQueue(label: "tapedeck.cpu", attributes: .concurrent)

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
