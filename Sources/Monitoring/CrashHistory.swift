/// The crashes of a run, and the decision of the supervisor after each.
package struct CrashHistory: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case restart
        /// The run crashed twice while it read several of these inputs. With one worker, the next crash identifies one.
        case restartAlone
        /// The run crashed twice while it read this input, and no other.
        case exclude(String)
        case giveUp
    }

    /// Number of crashes in a row without an identified input that the supervisor tolerates; it gives up at the next one.
    private let limit: Int
    package private(set) var crashes = 0
    private var timesInHand: [String: Int] = [:]

    package init(limit: Int) { self.limit = limit }

    /// Records a crash and decides what to do next.
    /// - Parameter inHand: inputs that were being read.
    package mutating func crashed(inHand: [String]) -> Verdict {
        crashes += 1
        for key in inHand { timesInHand[key, default: 0] += 1 }
        let suspects = inHand.filter { timesInHand[$0, default: 0] > 1 }
        if suspects.count == 1 {
            self = CrashHistory(limit: limit)
            return .exclude(suspects[0])
        }
        if crashes > limit { return .giveUp }
        return suspects.isEmpty ? .restart : .restartAlone
    }

    /// Seconds to wait before the next attempt: 1, 2, 4, … up to 60.
    package var delay: Double { min(60, Double(1 << min(max(0, crashes - 1), 6))) }
}
