package import Foundation

extension RunState.Year {
    /// Share of the year that has been read, 0 to 1.
    package var share: Double {
        if isDone { return 1 }
        let share = bytes > 0 ? Double(bytesDone) / Double(bytes) : files > 0 ? Double(filesDone) / Double(files) : 0
        return min(1, share)
    }

    /// Average number of rows per distinct description within a batch.
    package var rowsPerDescription: Double? { descriptions > 0 ? Double(storedRows) / Double(descriptions) : nil }
}

extension RunState {
    /// State of the process, as seen from outside.
    package enum Life: Hashable, Sendable {
        /// The run recorded its end.
        case ended
        case alive
        /// No sign of life for too long: the process is dead, cut off from the store, or suspended.
        case silent
        /// The process ran on this machine and no longer exists.
        case dead
    }

    /// Seconds without a sign of life after which a run counts as silent; a run gives one every ten seconds.
    package static let patience = 30.0

    /// - Parameter processExists: `identity.processExists` at that time.
    package func life(now: Date, processExists: Bool?) -> Life {
        if [.finished, .stopped, .failed].contains(phase) { return .ended }
        if processExists == false { return .dead }
        return now.timeIntervalSince(lastSign) > Self.patience ? .silent : .alive
    }

    /// Whether the run may still write to the store.
    package func isAtWork(now: Date = .now) -> Bool {
        [.alive, .silent].contains(life(now: now, processExists: identity.processExists))
    }

    /// Seconds from the start to the end, or to the last sign of life.
    package var elapsed: Double { lastSign.timeIntervalSince(start) }

    /// Size in bytes of the inputs of all requested years; stock files count as 0.
    package var totalBytes: Int { years.reduce(0) { $0 + $1.bytes } }
    package var doneBytes: Int { years.reduce(0) { $0 + min($1.bytesDone, $1.bytes) } }

    /// Share of the run's input that has been read, 0 to 1; `nil` if unknown.
    package var share: Double? {
        if phase == .finished { return 1 }
        guard totalBytes > 0 else { return nil }
        return Double(doneBytes) / Double(totalBytes)
    }

    package var rowsPerDescription: Double? {
        let descriptions = years.reduce(0) { $0 + $1.descriptions }
        return descriptions > 0 ? Double(years.reduce(0) { $0 + $1.storedRows }) / Double(descriptions) : nil
    }

    /// Rows per second over the last two minutes.
    package var recentRowRate: Double? { recent.rate(\.rows)?.mean ?? overallRowRate }
    /// Rows per second over the whole run.
    package var overallRowRate: Double? { elapsed > 0 ? Double(rows) / elapsed : nil }

    /// Estimated seconds until everything is read, from fastest to slowest. The bounds use the rate of the whole run, and
    /// that of the last two minutes plus or minus 1.64 standard errors (90 % if the intervals were independent). `nil` while
    /// there is too little data.
    package var remaining: ClosedRange<Double>? {
        guard [.running, .stopping].contains(phase), let rate = recent.rate(\.bytes), rate.mean > 0, elapsed > 0 else { return nil }
        let left = Double(totalBytes - doneBytes)
        let overall = Double(bytesRead) / elapsed
        // The slowest rate is at least a quarter of the mean, however uneven the rate was.
        let slowest = max(min(rate.mean - 1.64 * rate.error, overall), rate.mean / 4)
        let fastest = max(rate.mean + 1.64 * rate.error, overall)
        return left / fastest...left / slowest
    }
}
