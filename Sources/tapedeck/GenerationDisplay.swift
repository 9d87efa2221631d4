import Foundation
import Generation

/// Draws a run's events on stderr: one line that changes on a terminal, a line a year and a warning otherwise.
final class GenerationDisplay: @unchecked Sendable {
    // Events come from several threads; all state is behind the lock.
    private let lock = NSLock()
    private let start = Date()
    private var totalBytes = 0
    private var doneBytes = 0
    private var readBytes = 0
    private var rows = 0
    private var descriptions = 0
    private var quarantined = 0
    private var texts = 0
    private var year: Int?
    private var lastDrawn = Date.distantPast

    func show(_ event: GenerationEvent) { lock.withLock { handle(event) } }

    func finish() { lock.withLock { clear() } }

    private func handle(_ event: GenerationEvent) {
        switch event {
        case .started(let run):
            line("\(Numbers.grouped(run.files)) files of market data, \(Numbers.bytes(run.bytes))")
            totalBytes = run.bytes
        case .warning(let text): line("warning: \(text)")
        case .yearStarted(let year, _, _): self.year = year
        case .fileDone(_, let bytes, let rows, let quarantined):
            doneBytes += bytes
            readBytes += bytes
            self.rows += rows
            self.quarantined += quarantined
        case .fileSkipped(_, let bytes): doneBytes += bytes
        case .batchStored(_, _, _, let descriptions): self.descriptions += descriptions
        case .encoded(_, let texts, _): self.texts += texts
        case .calibrated(let model, let calibration): line("\(model): \(calibration)")
        case .fileStarted, .fileRead, .indexBuilt, .progress, .stopping: break
        case .yearDone(let year):
            if !Terminal.errorIsTerminal {
                line("\(year) done: \(Numbers.grouped(rows)) rows read so far, \(Numbers.grouped(texts)) texts encoded")
            }
        case .finished: break
        }
        draw()
    }

    private func draw() {
        guard Terminal.errorIsTerminal, Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
        lastDrawn = Date()
        let seconds = max(Date().timeIntervalSince(start), 0.001)
        let share = totalBytes > 0 ? min(1, Double(doneBytes) / Double(totalBytes)) : 0
        let left = readBytes > 0 ? Double(totalBytes - doneBytes) / (Double(readBytes) / seconds) : .nan
        let bar = String(repeating: "█", count: Int(share * 20)) + String(repeating: "░", count: 20 - Int(share * 20))
        // The most wanted first: what a narrow terminal has no room for is left out whole.
        var parts = ["\(bar) \(Int(share * 100)) %", "ETA \(Numbers.duration(left))"]
        if let year { parts[0] = "\(year) " + parts[0] }
        parts.append("\(Numbers.grouped(rows)) rows")
        parts.append("\(Numbers.grouped(Int(Double(rows) / seconds))) rows/s")
        parts.append("\(Numbers.grouped(texts)) texts (\(Numbers.fixed(Double(texts) / seconds, 0))/s)")
        if descriptions > 0 { parts.append("\(Numbers.fixed(Double(rows) / Double(descriptions), 1)) rows/description") }
        var text = parts[0]
        for part in parts.dropFirst() where text.count + 2 + part.count < Terminal.errorWidth { text += "  " + part }
        Terminal.showProgress(text)
    }

    private func clear() { Terminal.showProgress("") }

    private func line(_ text: String) {
        clear()
        Terminal.complain(text)
    }
}
