package import Foundation

extension RunState.Year {
    /// How much of the year is read, 0 to 1.
    package var share: Double {
        if isDone { return 1 }
        let share = bytes > 0 ? Double(bytesDone) / Double(bytes) : files > 0 ? Double(filesDone) / Double(files) : 0
        return min(1, share)
    }

    /// Rows of a batch for each distinct description in it.
    package var rowsPerDescription: Double? { descriptions > 0 ? Double(storedRows) / Double(descriptions) : nil }
}

extension RunState {
    /// What can be said of the process from outside.
    package enum Life: Hashable, Sendable {
        /// It has said that it ended.
        case ended
        case alive
        /// It has said nothing for longer than it ever should: dead, cut off from the store, or stopped.
        case silent
        /// Its machine is this one, and it is not there any more.
        case dead
    }

    /// Seconds without a sign of life after which a run counts as silent: a run gives one every ten.
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

    /// Bytes of the inputs of all years asked for; stock files count for none.
    package var totalBytes: Int { years.reduce(0) { $0 + $1.bytes } }
    package var doneBytes: Int { years.reduce(0) { $0 + min($1.bytesDone, $1.bytes) } }

    /// How much of the run is read, 0 to 1; `nil` while that cannot be told.
    package var share: Double? {
        if phase == .finished { return 1 }
        guard totalBytes > 0 else { return nil }
        return Double(doneBytes) / Double(totalBytes)
    }

    package var rowsPerDescription: Double? {
        let descriptions = years.reduce(0) { $0 + $1.descriptions }
        return descriptions > 0 ? Double(years.reduce(0) { $0 + $1.storedRows }) / Double(descriptions) : nil
    }

    /// Rows a second: of the last two minutes, and of the whole run.
    package var recentRowRate: Double? { recent.rate(\.rows)?.mean ?? overallRowRate }
    package var overallRowRate: Double? { elapsed > 0 ? Double(rows) / elapsed : nil }

    /// Seconds until everything is read, from the fastest to the slowest that is to be expected: the rate of the last two
    /// minutes with 1.64 standard errors to either side (nine of ten, were the intervals independent), and that of the whole run.
    /// `nil` while there is too little to tell.
    package var remaining: ClosedRange<Double>? {
        guard [.running, .stopping].contains(phase), let rate = recent.rate(\.bytes), rate.mean > 0, elapsed > 0 else { return nil }
        let left = Double(totalBytes - doneBytes)
        let overall = Double(bytesRead) / elapsed
        // However uneven the rate was, a quarter of it is taken for its least.
        let slowest = max(min(rate.mean - 1.64 * rate.error, overall), rate.mean / 4)
        let fastest = max(rate.mean + 1.64 * rate.error, overall)
        return left / fastest...left / slowest
    }
}
