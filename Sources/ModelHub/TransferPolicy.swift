/// How files are fetched: how much at a time, and for how long it is tried.
package struct TransferPolicy: Sendable {
    /// Bytes asked for at a time. A file larger than this is fetched in ranges, several of them at once.
    package var rangeByteCount = 16 << 20
    /// Ranges under way at a time; with `rangeByteCount`, the memory that a fetch takes.
    package var connections = 4
    /// Times that a range is asked for before it is given up.
    package var attempts = 6
    /// Times that a small answer is: the first of them tells whether there is a server at all.
    package var firstAttempts = 3
    /// What is waited after the first failure; twice as long after each further one.
    package var delay: Duration = .milliseconds(500)
    /// Time without a byte after which a connection is given up.
    package var silence: Duration = .seconds(60)

    package init() {}

    /// Longest wait before another attempt, whatever the server asks for.
    private static let longestDelay: Duration = .seconds(60)

    /// How long to wait after so many failures in a row; at random by up to a half less, so that those whom one failure
    /// has met do not come back all at once.
    /// - Parameter requested: what the server asked for (`Retry-After`).
    func delay(afterFailures count: Int, requested: Duration?) -> Duration {
        if let requested { return min(requested, Self.longestDelay) }
        return min(delay * (1 << min(count - 1, 16)), Self.longestDelay) * Double.random(in: 0.5...1)
    }
}
