internal import Synchronization

/// Values that are made when they are first asked for, each once, however many tasks ask.
package final class AsyncMemo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var tasks: [Key: Task<Value, any Error>] = [:]
        /// In the order in which the values were made.
        var order: [Key] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: the number of values kept; those that were made first go first.
    package init(limit: Int = .max) { self.limit = limit }

    /// - Parameter make: makes the value. When it throws, the next question tries again, because the cause may be gone.
    package func value(_ key: Key, make: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = state.withLock { state in
            if let task = state.tasks[key] { return task }
            let task = Task(operation: make)
            state.tasks[key] = task
            state.order.append(key)
            if state.order.count > limit { state.tasks[state.order.removeFirst()] = nil }
            return task
        }
        do {
            return try await task.value
        } catch {
            state.withLock { state in
                guard state.tasks[key] == task else { return }
                state.tasks[key] = nil
                state.order.removeAll { $0 == key }
            }
            throw error
        }
    }

    /// Forgets all values.
    package func removeAll() {
        state.withLock { state in
            state.tasks = [:]
            state.order = []
        }
    }
}
