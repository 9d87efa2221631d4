import Hummingbird
import Logging
import Monitoring

/// Serves `/metrics` for Prometheus while `body` runs.
struct MetricsServer {
    let host: String
    let port: Int
    /// Gives the text of an answer.
    let text: @Sendable () async throws -> String

    /// - Throws: `CommandError` when the port cannot be listened on, before `body` has begun; what `body` throws.
    func during<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let (running, signal) = AsyncStream.makeStream(of: Void.self)
        let application = makeApplication { signal.yield() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                defer { signal.finish() }
                try await application.run()
                return nil
            }
            guard await running.first(where: { true }) != nil else {
                throw await failure(of: &group)
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    private func failure<Value>(of group: inout ThrowingTaskGroup<Value?, any Error>) async -> CommandError {
        var cause = "the server ended"
        do { _ = try await group.next() } catch { cause = "\(error)" }
        return CommandError("cannot serve metrics on \(host):\(port): \(cause); choose another port")
    }

    private func makeApplication(onRunning: @escaping @Sendable () -> Void) -> some ApplicationProtocol {
        let router = Router()
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: Metrics.contentType],
                body: ResponseBody(byteBuffer: ByteBuffer(string: try await text())))
        }
        // Problems are reported as errors, so the log is discarded.
        var logger = Logger(label: "metrics")
        logger.logLevel = .critical
        return Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "tapedeck"),
            onServerRunning: { _ in onRunning() }, logger: logger)
    }
}
