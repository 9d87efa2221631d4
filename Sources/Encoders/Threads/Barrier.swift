import Foundation
import Synchronization

/// A barrier between the steps of workers that share one job: each does its share of a step, and all wait for one another
/// before the next.
final class Barrier: Sendable {
    /// Number of workers.
    let count: Int
    private let arrivals = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)
    private let state = Mutex<State>(State())

    private struct State {
        var failure: EncoderError?
        var workspace: Workspace?
    }

    /// Polls of the counter before a waiting worker yields its core.
    private static let patience = 2_000

    init(count: Int) { self.count = count }

    /// Returns when every worker has called it as often as this one. All earlier writes of the workers are then visible.
    /// - Throws: the error of another worker that failed.
    func wait() throws(EncoderError) {
        // The counter only increases, so no worker has to reset it. The arrivals of one step lie between two multiples of
        // `count`.
        let number = arrivals.add(1, ordering: .acquiringAndReleasing).oldValue
        let everybody = (number / count + 1) * count
        var looks = 0
        while arrivals.load(ordering: .acquiring) < everybody {
            if hasFailed.load(ordering: .acquiring), let failure = state.withLock({ $0.failure }) { throw failure }
            looks += 1
            if looks >= Self.patience { sched_yield() }
        }
    }

    /// Releases the other workers after a failure.
    func fail(_ failure: EncoderError) {
        state.withLock { if $0.failure == nil { $0.failure = failure } }
        hasFailed.store(true, ordering: .releasing)
    }

    /// Memory shared by all workers, which belongs to the first one.
    var workspace: Workspace? {
        get { state.withLock { $0.workspace } }
        set { state.withLock { $0.workspace = newValue } }
    }
}
