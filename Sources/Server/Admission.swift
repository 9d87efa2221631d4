import Synchronization

/// Lets a bounded number of requests work at once and a bounded number wait, in order of arrival.
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

    /// Requests at work and waiting.
    var load: (working: Int, waiting: Int) { state.withLock { ($0.working, $0.waiting.count) } }

    /// Waits for a place; every call that returns needs one of `leave()`.
    /// - Throws: `Problem.busy` when too many wait; `CancellationError`.
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
                // A cancellation before the request waited has not found it.
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
