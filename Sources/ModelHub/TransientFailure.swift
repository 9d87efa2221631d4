/// A failure that a retry may avoid.
struct TransientFailure: Error {
    /// The error if retries fail.
    let cause: ModelHubError
    /// Whether a server was reached; if not, a first request is not retried.
    var reachedServer = true
    /// The delay that the server requests.
    var delay: Duration?
}

extension Downloader {
    /// Retries after transient failures, with growing delays.
    /// - Parameter isFirstContact: whether the server has not answered yet: then there are fewer attempts, and only one if it
    ///   is unreachable.
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
