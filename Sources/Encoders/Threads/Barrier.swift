import Foundation
import Synchronization

/// A barrier between the steps of workers that do one piece of work together: each takes its share of a step, and all wait for each
/// other before the next.
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

    /// Number of looks at the counter before a waiting worker yields its core.
    private static let patience = 2_000

    init(count: Int) { self.count = count }

    /// Returns when every worker has called it as often as this one. What they wrote before can then be read.
    /// - Throws: the error of another worker that failed.
    func wait() throws(EncoderError) {
        // The counter only rises, so that no worker has to reset it. Arrivals of one step have numbers of one multiple of `count`.
        let number = arrivals.add(1, ordering: .acquiringAndReleasing).oldValue
        let everybody = (number / count + 1) * count
        var looks = 0
        while arrivals.load(ordering: .acquiring) < everybody {
            if hasFailed.load(ordering: .acquiring), let failure = state.withLock({ $0.failure }) { throw failure }
            looks += 1
            if looks >= Self.patience { sched_yield() }
        }
    }

    /// Releases the other workers when one fails.
    func fail(_ failure: EncoderError) {
        state.withLock { if $0.failure == nil { $0.failure = failure } }
        hasFailed.store(true, ordering: .releasing)
    }

    /// The memory that all workers share, which is that of the first one.
    var workspace: Workspace? {
        get { state.withLock { $0.workspace } }
        set { state.withLock { $0.workspace = newValue } }
    }
}
