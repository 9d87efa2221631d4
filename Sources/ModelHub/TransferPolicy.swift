/// Sizes, timeouts and retries of downloads.
package struct TransferPolicy: Sendable {
    /// Bytes per request. A larger file is fetched in ranges, several at once.
    package var rangeByteCount = 16 << 20
    /// Number of ranges fetched at a time; times `rangeByteCount`, this is the memory of a fetch.
    package var connections = 4
    /// Maximum number of attempts per range.
    package var attempts = 6
    /// Maximum number of attempts for a small answer; the first one shows whether the server is reachable.
    package var firstAttempts = 3
    /// Delay after the first failure; doubled after each further one.
    package var delay: Duration = .milliseconds(500)
    /// Time without a byte after which a connection is abandoned.
    package var silence: Duration = .seconds(60)

    package init() {}

    /// Longest delay before another attempt, whatever the server requests.
    private static let longestDelay: Duration = .seconds(60)

    /// Delay after a number of consecutive failures, randomly shortened by up to a half, so that clients that failed together
    /// do not return at once.
    /// - Parameter requested: the delay that the server requested (`Retry-After`).
    func delay(afterFailures count: Int, requested: Duration?) -> Duration {
        if let requested { return min(requested, Self.longestDelay) }
        return min(delay * (1 << min(count - 1, 16)), Self.longestDelay) * Double.random(in: 0.5...1)
    }
}
