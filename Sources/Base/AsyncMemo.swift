import Synchronization

/// Values that are made on first use, each once, however many tasks request it.
package final class AsyncMemo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var tasks: [Key: Task<Value, any Error>] = [:]
        /// Time of each value's last use.
        var used: [Key: Int] = [:]
        var clock = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: the number of values kept; beyond it, the least recently used half is dropped.
    package init(limit: Int = .max) { self.limit = limit }

    /// - Parameter make: makes the value. If it throws, the next request tries again, because the cause may be gone.
    package func value(_ key: Key, make: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = state.withLock { state in
            state.clock += 1
            state.used[key] = state.clock
            if let task = state.tasks[key] { return task }
            let task = Task(operation: make)
            state.tasks[key] = task
            if state.tasks.count > limit {
                for (key, _) in state.used.sorted(by: { $0.value < $1.value }).prefix(state.tasks.count / 2) {
                    state.tasks[key] = nil
                    state.used[key] = nil
                }
            }
            return task
        }
        do {
            return try await task.value
        } catch {
            state.withLock { state in
                guard state.tasks[key] == task else { return }
                state.tasks[key] = nil
                state.used[key] = nil
            }
            throw error
        }
    }
}
