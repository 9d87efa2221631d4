import Foundation
import ModelHub

/// Draws the progress of a download on a terminal.
final class PullDisplay: @unchecked Sendable {
    // Called from the downloading task; the lock guards the time of the last drawing.
    private let lock = NSLock()
    private var lastDrawn = Date.distantPast

    func show(_ progress: PullProgress) {
        lock.withLock {
            guard Terminal.errorIsTerminal, Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
            lastDrawn = Date()
            let total = progress.totalByteCount.map { " of \(Numbers.bytes($0))" } ?? ""
            let text = "\(progress.file) from \(progress.host): \(Numbers.bytes(progress.receivedByteCount))\(total)"
            Terminal.showProgress(text)
        }
    }

    func finish() {
        Terminal.showProgress("")
    }
}
