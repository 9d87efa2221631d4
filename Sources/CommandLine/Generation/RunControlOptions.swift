import ArgumentParser
import Foundation
import Monitoring

/// Options for supervising and watching a run.
struct RunControlOptions: ParsableArguments {
    @Flag(help: "Run in the background, detached from the terminal; implies --supervise.")
    var detach = false

    @Flag(help: "Restart the run when it crashes; exclude and name an input that it crashes on twice.")
    var supervise = false

    @Option(help: ArgumentHelp("Maximum number of restarts in a row for --supervise.", valueName: "n"))
    var maxRestarts = 5

    @Flag(help: "Read inputs again that were excluded because runs crashed on them.")
    var retryQuarantined = false

    @Option(help: ArgumentHelp("Serve Prometheus metrics on this port of 127.0.0.1 during the run.", valueName: "port"))
    var metricsPort: Int?

    @Option(help: ArgumentHelp("File to write the run's events to, one JSON object per line.", valueName: "file"))
    var events: String?

    func validate() throws {
        guard maxRestarts >= 0 else { throw ValidationError("--max-restarts must not be negative, as \(maxRestarts) is.") }
        if let metricsPort, !(1...65_535).contains(metricsPort) {
            throw ValidationError("--metrics-port must be 1 to 65535, not \(metricsPort).")
        }
    }

    /// The command line of the child process: without the options that this process acts on itself.
    func forwarded(_ arguments: [String]) -> [String] {
        let once = detach ? ["--detach", "--supervise"] : ["--supervise", "--retry-quarantined"]
        return arguments.filter { !once.contains($0) }
    }

    /// The file of `--events`, emptied.
    func follower() throws(CommandError) -> FileHandle? { try OutputFile.follower(events) }

    func servingMetrics<Value: Sendable>(
        of recorder: RunRecorder, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let metricsPort else { return try await body() }
        let server = MetricsServer(host: "127.0.0.1", port: metricsPort) { Metrics.text(recorder.state, life: .alive) }
        return try await server.during(body)
    }
}
