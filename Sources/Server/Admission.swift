import Synchronization

/// Limits how many requests run at once and how many wait, first come, first served.
final class Admission: Sendable {
    private struct State {
        var working = 0
        var nextTicket = 0
        var waiting: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private enum Outcome { case entered, refused, waits }

    private let limit: Int
    private let queue: Int
    private let state = Mutex(State())

    init(limit: Int, queue: Int) {
        self.limit = limit
        self.queue = queue
    }

    /// Running and waiting requests.
    var load: (working: Int, waiting: Int) { state.withLock { ($0.working, $0.waiting.count) } }

    /// Waits for a free slot. Call `leave()` once after each call that returns.
    /// - Throws: `Problem.busy` if too many requests wait; `CancellationError`.
    func enter() async throws {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state -> Outcome in
                    if state.working < limit {
                        state.working += 1
                        return .entered
                    }
                    guard state.waiting.count < queue else { return .refused }
                    state.waiting.append((ticket, continuation))
                    return .waits
                }
                switch outcome {
                case .entered: continuation.resume()
                case .refused: continuation.resume(throwing: Problem.busy)
                // If the task was cancelled before it joined the queue, the cancellation handler did not find it there.
                case .waits: if Task.isCancelled { abandon(ticket) }
                }
            }
        } onCancel: {
            abandon(ticket)
        }
    }

    private func abandon(_ ticket: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let place = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            return state.waiting.remove(at: place).continuation
        }
        waiting?.resume(throwing: CancellationError())
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.working -= 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
