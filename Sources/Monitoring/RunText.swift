import Foundation
import Generation

/// Phrases about a run that all renderings share.
enum RunText {
    static func percent(_ share: Double?) -> String { share.map { "\(Int($0 * 100)) %" } ?? "? %" }

    /// "ETA 7 min 3 s – 9 min 10 s".
    static func estimate(_ remaining: ClosedRange<Double>?) -> String {
        guard let remaining else { return "ETA ?" }
        let (low, high) = (Numbers.duration(remaining.lowerBound), Numbers.duration(remaining.upperBound))
        return low == high ? "ETA \(low)" : "ETA \(low) – \(high)"
    }

    static func rate(_ rate: Double?, _ unit: String) -> String {
        "\(rate.map { $0 < 10 ? Numbers.fixed($0, 1) : Numbers.grouped(Int($0)) } ?? "?") \(unit)/s"
    }

    /// The activity of the run, in one sentence.
    static func phase(_ state: RunState, life: RunState.Life, now: Date) -> StyledLine {
        let silence = Numbers.duration(max(0, now.timeIntervalSince(state.lastSign)))
        let elapsed = Numbers.duration(state.elapsed)
        switch (life, state.phase) {
        case (.dead, _): return StyledLine("dead: its process is gone, last sign of life \(silence) ago; `tapedeck resume` resumes it", .alarm)
        case (.silent, _):
            return StyledLine(
                "no sign of life for \(silence): dead, suspended or cut off from the store (process \(state.identity.pid) on \(state.identity.host))",
                .alarm)
        case (_, .finished): return StyledLine("finished in \(elapsed), \(silence) ago", .strong)
        case (_, .stopped): return StyledLine("stopped after \(elapsed), \(silence) ago; `tapedeck resume` resumes it", .strong)
        case (_, .failed): return StyledLine("failed after \(elapsed), \(silence) ago: \(state.message ?? "no reason given")", .alarm)
        case (_, .stopping): return StyledLine("stopping: it finishes its batch; running for \(elapsed), last sign of life \(silence) ago")
        case (_, .running): return StyledLine("running for \(elapsed), last sign of life \(silence) ago")
        }
    }
}
