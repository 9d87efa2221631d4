package import Foundation

/// A run in one line: what `generate` draws, and what `monitor live` prints where there is no terminal.
package enum ProgressLine {
    /// - Parameter width: what does not fit is left out whole, the least wanted first.
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

    /// As above, with the time and what the run is doing, for a log of lines.
    package static func entry(_ state: RunState, life: RunState.Life, now: Date) -> String {
        let time = now.formatted(.iso8601)
        switch life {
        case .alive where state.phase == .running: return "\(time)  \(text(state, width: .max))"
        default: return "\(time)  \(text(state, width: .max))  \(RunText.phase(state, life: life, now: now).text)"
        }
    }
}
