import Base
import Synchronization

/// A result that is handed over once, whoever has one first.
private final class FirstResult<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case known(Result<Value, any Error>)
        case done
    }

    private let state = Mutex(State.open)

    func offer(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .open:
                state = .known(result)
                return nil
            case .awaited(let continuation):
                state = .done
                return continuation
            case .known, .done: return nil
            }
        }
        continuation?.resume(with: result)
    }

    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result = state.withLock { state -> Result<Value, any Error>? in
                if case .known(let result) = state {
                    state = .done
                    return result
                }
                state = .awaited(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }
}

/// Runs work for a limited time, on threads that may compute for long.
///
/// Work that takes longer, or whose caller has gone, is cancelled. The caller does not wait until the work has noticed: its answer is
/// due. `finished` is called when the work has really ended, so that a place in a queue is kept for as long as it takes one.
func limited<Value: Sendable>(
    _ limit: Duration, finished: @escaping @Sendable () -> Void = {}, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let first = FirstResult<Value>()
    let task = Task(executorPreference: CPUExecutor.shared) {
        defer { finished() }
        do {
            first.offer(.success(try await work()))
        } catch {
            first.offer(.failure(error))
        }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        task.cancel()
        first.offer(.failure(Problem.tookTooLong(limit)))
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
        try await first.value()
    } onCancel: {
        task.cancel()
        first.offer(.failure(CancellationError()))
    }
}

/// Waits for something that ends when it is cancelled.
/// - Throws: `late` when it takes longer than `limit`.
func within<Value: Sendable>(
    _ limit: Duration, or late: Problem, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw late
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
