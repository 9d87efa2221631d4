package import Foundation

/// A run in one line: the progress line of `generate`, and the output of `monitor live` without a terminal.
package enum ProgressLine {
    /// - Parameter width: width in characters. Parts that do not fit are omitted as a whole, least important first.
    package static func text(_ state: RunState, width: Int) -> String {
        var pieces = ["\(StyledLine.bar(state.share ?? 0, width: 20).text) \(RunText.percent(state.share))"]
        if let year = state.currentYear { pieces[0] = "\(year) " + pieces[0] }
        if [.running, .stopping].contains(state.phase) { pieces.append(RunText.estimate(state.remaining)) }
        pieces.append("\(Numbers.grouped(state.rows)) rows")
        pieces.append(RunText.rate(state.recentRowRate, "rows"))
        pieces.append("\(Numbers.grouped(state.texts)) texts encoded")
        if let ratio = state.rowsPerDescription { pieces.append("\(Numbers.fixed(ratio, 1)) rows/description") }
        if state.quarantined > 0 { pieces.append("\(Numbers.grouped(state.quarantined)) quarantined") }
        return StyledLine.row(pieces.map { StyledLine($0) }, width: width).text
    }

    /// Like `text(_:width:)`, but with the time and the activity of the run, for line-based logs.
    package static func entry(_ state: RunState, life: RunState.Life, now: Date) -> String {
        let time = now.formatted(.iso8601)
        switch life {
        case .alive where state.phase == .running: return "\(time)  \(text(state, width: .max))"
        default: return "\(time)  \(text(state, width: .max))  \(RunText.phase(state, life: life, now: now).text)"
        }
    }
}
