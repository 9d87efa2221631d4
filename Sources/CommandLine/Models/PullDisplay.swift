import Foundation
import ModelHub
import Monitoring

/// Draws the progress of a download on a terminal: bytes received, rate and ETA.
final class PullDisplay: @unchecked Sendable {
    // Called from the downloading task; the lock guards the rest.
    private let lock = NSLock()
    private var lastDrawn = Date.distantPast
    /// The file being fetched, the time of its first bytes in this run, and its size at that time.
    private var file = ""
    private var begin = Date()
    private var inherited = 0

    func show(_ progress: PullProgress) {
        lock.withLock {
            let now = Date()
            if progress.file != file || progress.receivedByteCount < inherited {
                (file, begin, inherited) = (progress.file, now, progress.receivedByteCount)
            }
            guard Terminal.errorIsTerminal, now.timeIntervalSince(lastDrawn) > 0.1 else { return }
            lastDrawn = now
            Terminal.showProgress(Self.text(progress, since: inherited, seconds: now.timeIntervalSince(begin)))
        }
    }

    /// "model.safetensors from huggingface.co: 12.5 MB of 90.9 MB  8.1 MB/s  ETA 10 s".
    private static func text(_ progress: PullProgress, since inherited: Int, seconds: Double) -> String {
        let received = progress.receivedByteCount, rate = Double(received - inherited) / max(seconds, 0.001)
        var parts = ["\(progress.file) from \(progress.host): \(Numbers.bytes(received))"]
        if let total = progress.totalByteCount { parts[0] += " of \(Numbers.bytes(total))" }
        // The first moments are too short to measure a rate.
        if seconds > 0.5, rate >= 1 {
            parts.append("\(Numbers.bytes(Int(rate)))/s")
            if let total = progress.totalByteCount, total > received {
                parts.append("ETA \(Numbers.duration(Double(total - received) / rate))")
            }
        }
        return parts.joined(separator: "  ")
    }

    func finish() {
        Terminal.showProgress("")
    }
}
