import Foundation
import Synchronization

/// Workers that do one piece of work together, in step: each takes its share of a step, and all meet before the next.
final class Barrier: Sendable {
    /// Number of members.
    let count: Int
    private let arrivals = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)
    private let state = Mutex<State>(State())

    private struct State {
        var failure: EncoderError?
        var workspace: Workspace?
    }

    /// Looks at the others' arrival this many times before it lets other threads of the machine run.
    private static let patience = 2_000

    init(count: Int) { self.count = count }

    /// Returns once every member has called it as often as this one: what they wrote before can then be read.
    /// - Throws: what made another member give up.
    func wait() throws(EncoderError) {
        // Counted up for ever, so that nobody has to set it back: members of one meeting have numbers of one multiple.
        let number = arrivals.add(1, ordering: .acquiringAndReleasing).oldValue
        let everybody = (number / count + 1) * count
        var looks = 0
        while arrivals.load(ordering: .acquiring) < everybody {
            if hasFailed.load(ordering: .acquiring), let failure = state.withLock({ $0.failure }) { throw failure }
            looks += 1
            if looks >= Self.patience { sched_yield() }
        }
    }

    /// Lets the others go when one of them cannot go on.
    func fail(_ failure: EncoderError) {
        state.withLock { if $0.failure == nil { $0.failure = failure } }
        hasFailed.store(true, ordering: .releasing)
    }

    /// The memory that all members work on: the first one's.
    var workspace: Workspace? {
        get { state.withLock { $0.workspace } }
        set { state.withLock { $0.workspace = newValue } }
    }
}
