import Foundation
import Generation
import Monitoring

/// Draws a run on stderr: one changing line on a terminal, otherwise one line per year and warning.
final class GenerationDisplay: @unchecked Sendable {
    // Events come from several threads; the lock guards the output and its time.
    private let lock = NSLock()
    private let recorder: RunRecorder
    private var lastDrawn = Date.distantPast

    init(_ recorder: RunRecorder) { self.recorder = recorder }

    func show(_ event: GenerationEvent) {
        lock.withLock {
            switch event {
            case .started(let run):
                let skipped = run.skipped ?? 0
                line(
                    "\(Numbers.grouped(run.files)) files of market data, \(Numbers.bytes(run.bytes))"
                        + (skipped > 0 ? "; \(Numbers.grouped(skipped)) more are not read; the summary says why" : ""))
            case .warning(let text): line("warning: \(text)")
            case .calibrated(let model, let calibration): line("\(model): \(calibration)")
            case .plan(let id, let units, let bytes, let published):
                line(
                    "plan \(id): \(Numbers.grouped(units)) units, \(Numbers.bytes(bytes))"
                        + (published > 0 ? "; \(Numbers.grouped(published)) are done" : ""))
            case .unitPublished(let unit, let rows, _, let seconds) where !Terminal.errorIsTerminal:
                line("unit \(unit) done: \(Numbers.grouped(rows)) rows in \(Numbers.duration(seconds))")
            case .unitLost(let unit, let reason): line("unit \(unit) is abandoned: \(reason)")
            case .yearDone(let year) where !Terminal.errorIsTerminal:
                let state = recorder.state
                line("\(year) done: \(Numbers.grouped(state.rows)) rows read so far, \(Numbers.grouped(state.texts)) texts encoded")
            default: break
            }
            draw()
        }
    }

    func finish() { lock.withLock { Terminal.showProgress("") } }

    private func draw() {
        guard Terminal.errorIsTerminal, Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
        lastDrawn = Date()
        Terminal.showProgress(ProgressLine.text(recorder.state, width: Terminal.errorWidth - 1))
    }

    private func line(_ text: String) {
        Terminal.showProgress("")
        Terminal.complain(text)
    }
}
