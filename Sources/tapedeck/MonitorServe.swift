import ArgumentParser
import Foundation
import Monitoring

extension Monitor {
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve the newest run's metrics to Prometheus.",
            discussion: """
                Answers http://HOST:PORT/metrics from the store's event log until it is ended by a signal; the run may be on another \
                machine. `generate --metrics-port` does the same from within the run.

                Example:
                  tapedeck monitor serve --store store --port 9464
                """)

        @OptionGroup var store: StoreOption

        @Option(help: "The address to listen on.")
        var host = "127.0.0.1"

        @Option(help: ArgumentHelp("The port to listen on.", valueName: "n"))
        var port = 9464

        func validate() throws {
            guard (1...65_535).contains(port) else { throw ValidationError("--port must be 1 to 65535, not \(port).") }
        }

        func run() async throws {
            let opened = try store.location().open(creating: false)
            let server = MetricsServer(host: host, port: port) {
                var log = EventLog(store: opened)
                let state = try await log.newestRun()
                let life = state?.life(now: .now, processExists: state?.identity.processExists) ?? .ended
                return Metrics.text(state, life: life)
            }
            try await server.during {
                Terminal.complain("Metrics of \(opened.location) are at http://\(host):\(port)/metrics; Ctrl-C ends this.")
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        }
    }
}
