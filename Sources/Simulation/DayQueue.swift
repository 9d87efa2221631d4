import Synchronization

/// Distributes the days to workers, and adds up finished work.
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

    /// The next day that no worker has taken; `nil` when none is left.
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
