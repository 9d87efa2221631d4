import Synchronization

/// Hands out the days to be made, and adds up what is done.
final class DayQueue: Sendable {
    private struct State {
        var next = 0
        var done: SimulationProgress
    }

    private let count: Int
    private let state: Mutex<State>

    init(count: Int) {
        self.count = count
        state = Mutex(State(done: SimulationProgress(days: 0, totalDays: count, rows: 0, bytes: 0)))
    }

    /// The next day that nobody has taken, or `nil` when there is none left.
    func next() -> Int? {
        state.withLock { state in
            guard state.next < count else { return nil }
            state.next += 1
            return state.next - 1
        }
    }

    func finished(rows: Int, bytes: Int) -> SimulationProgress {
        state.withLock { state in
            state.done.days += 1
            state.done.rows += rows
            state.done.bytes += bytes
            return state.done
        }
    }
}
