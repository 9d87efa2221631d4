package import Foundation

/// Key figures of a run, for `status`. Members are absent if unknown.
package struct RunStatus: Codable, Hashable, Sendable {
    package var run: String
    package var pid: Int32
    package var host: String
    /// "running", "stopping", "finished", "stopped" or "failed"; "silent" or "dead" if the run did not record its end.
    package var state: String
    package var started: String
    package var lastSign: String
    package var message: String?
    /// Share of the input that has been read, 0 to 1.
    package var share: Double?
    package var rows: Int
    package var rowsPerSecond: Double?
    package var etaSecondsLow: Double?
    package var etaSecondsHigh: Double?
    /// Whether the run may still write to the store.
    package var isAtWork: Bool
    /// Summary in one or two sentences.
    package var text: String

    private enum CodingKeys: String, CodingKey {
        case run, pid, host, state, started, message, share, rows, text
        case lastSign = "last_sign"
        case rowsPerSecond = "rows_per_second"
        case etaSecondsLow = "eta_seconds_low"
        case etaSecondsHigh = "eta_seconds_high"
        case isAtWork = "is_at_work"
    }

    package init(_ state: RunState, now: Date) {
        let life = state.life(now: now, processExists: state.identity.processExists)
        run = state.identity.run
        pid = state.identity.pid
        host = state.identity.host
        self.state =
            switch life {
            case .silent: "silent"
            case .dead: "dead"
            case .alive, .ended: state.phase.rawValue
            }
        started = state.start.formatted(.iso8601)
        lastSign = state.lastSign.formatted(.iso8601)
        message = state.message
        share = state.share
        rows = state.rows
        rowsPerSecond = state.recentRowRate
        isAtWork = life == .alive || life == .silent
        let remaining = isAtWork ? state.remaining : nil
        etaSecondsLow = remaining?.lowerBound
        etaSecondsHigh = remaining?.upperBound
        text = "Run \(run), process \(pid) on \(host): \(RunText.phase(state, life: life, now: now).text)"
        if isAtWork {
            text +=
                "\n\(RunText.percent(share)) read, \(RunText.estimate(remaining)), \(Numbers.grouped(rows)) rows at "
                + "\(RunText.rate(rowsPerSecond, "rows"))"
        }
    }
}
