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

/// Time limits of the requests at work, which one task watches.
///
/// A timer for each request would cost more than encoding a short text. Besides, Swift keeps the timer of a cancelled `Task.sleep` until it
/// would have ended.
final class Deadlines: Sendable {
    private struct State {
        var next = 0
        var open: [Int: (due: ContinuousClock.Instant, late: @Sendable () -> Void)] = [:]
        var isWatched = false
    }

    static let shared = Deadlines()
    /// The longest delay between a deadline and `late`.
    private static let precision = Duration.milliseconds(100)

    private let state = Mutex(State())

    /// Runs `body`, and calls `late` if it takes longer than `limit`.
    func during<Value: Sendable>(_ limit: Duration, late: @escaping @Sendable () -> Void, _ body: () async throws -> Value) async rethrows -> Value {
        let (number, isFirst) = state.withLock { state in
            state.next += 1
            state.open[state.next] = (.now + limit, late)
            defer { state.isWatched = true }
            return (state.next, !state.isWatched)
        }
        defer { state.withLock { $0.open[number] = nil } }
        if isFirst { Task { await watch() } }
        return try await body()
    }

    /// Watches until no request is open.
    private func watch() async {
        repeat {
            try? await Task.sleep(for: Self.precision)
        } while check()
    }

    private func check() -> Bool {
        let (late, isWatched) = state.withLock { state in
            let now = ContinuousClock.now
            let due = state.open.filter { $0.value.due <= now }
            for number in due.keys { state.open[number] = nil }
            state.isWatched = !state.open.isEmpty
            return (due.values.map(\.late), state.isWatched)
        }
        for late in late { late() }
        return isWatched
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
    let late: @Sendable () -> Void = {
        task.cancel()
        first.offer(.failure(Problem.tookTooLong(limit)))
    }
    return try await Deadlines.shared.during(limit, late: late) {
        try await withTaskCancellationHandler {
            try await first.value()
        } onCancel: {
            task.cancel()
            first.offer(.failure(CancellationError()))
        }
    }
}

/// Runs a body with a time limit, for a caller who may disconnect: in both cases, the body is cancelled. It must then stop.
/// - Parameter executor: threads that run the body; `nil` for Swift's own.
/// - Throws: `late` if the body takes longer than `limit`; `CancellationError` if the caller disconnects.
func within<Value: Sendable>(
    _ limit: Duration, or late: Problem, for caller: ConnectionWatch, on executor: (any TaskExecutor)?,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let due = ContinuousClock.now + limit
    let task = Task(executorPreference: executor, operation: body)
    let cancel: @Sendable () -> Void = { task.cancel() }
    do {
        return try await Deadlines.shared.during(limit, late: cancel) {
            try await caller.during(gone: cancel) {
                try await withTaskCancellationHandler {
                    try await task.value
                } onCancel: {
                    task.cancel()
                }
            }
        }
    } catch is CancellationError where ContinuousClock.now >= due && !caller.isGone {
        throw late
    }
}
