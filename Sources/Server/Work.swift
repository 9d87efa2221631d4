import Base
import Synchronization

/// A result that several tasks may offer. The first offer wins; one caller awaits it.
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

/// Runs work with a time limit, on threads for long computations.
///
/// Work that exceeds the limit, or whose caller is cancelled, is cancelled. The function then throws at once, without waiting for the work
/// to stop. `finished` is called when the work has stopped, so that the caller can hold a slot until then.
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

/// Runs a body with a time limit. The body must stop when it is cancelled.
/// - Throws: `late` if the body takes longer than `limit`.
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
