/// A failure that may be gone the next time.
struct TransientFailure: Error {
    /// What to say when it is not.
    let cause: ModelHubError
    /// Whether there was a server: where none can be reached, a first request is not worth a second try.
    var reachedServer = true
    /// How long the server asks to be left alone.
    var delay: Duration?
}

extension Downloader {
    /// Tries again after transient failures, with growing pauses.
    /// - Parameter isFirstContact: whether nothing is known yet of the server: it is tried less, and only once where it
    ///   cannot be reached.
    func retrying<Result>(isFirstContact: Bool = false, _ body: () async throws -> Result) async throws -> Result {
        var failures = 0
        while true {
            do {
                return try await body()
            } catch let failure as TransientFailure {
                failures += 1
                let attempts = isFirstContact ? (failure.reachedServer ? policy.firstAttempts : 1) : policy.attempts
                guard failures < attempts else { throw failure.cause }
                try await Task.sleep(for: policy.delay(afterFailures: failures, requested: failure.delay))
            }
        }
    }
}
