import ArgumentParser
import Foundation
import Monitoring
import ObjectStore

extension Monitor {
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Serve the newest run's metrics to Prometheus.",
            discussion: """
                Serves http://HOST:PORT/metrics from the event log in the store until a signal ends it. The run may be on another \
                machine. `generate --metrics-port` serves the same metrics from the run itself.

                Example:
                  tapedeck monitor serve --store store --port 9464
                """)

        @OptionGroup var store: StoreOption

        @Option(help: "Address to listen on.")
        var host = "127.0.0.1"

        @Option(help: ArgumentHelp("Port to listen on.", valueName: "n"))
        var port = 9464

        func validate() throws {
            guard (1...65_535).contains(port) else { throw ValidationError("--port must be 1 to 65535, not \(port).") }
        }

        func run() async throws {
            let opened = try store.location().open()
            let server = MetricsServer(host: host, port: port) {
                var log = EventLog(store: opened)
                let state = try await log.newestRun()
                let life = state?.life(now: .now, processExists: state?.identity.processExists) ?? .ended
                return Metrics.text(state, life: life, work: try await WorkStatus.read(opened))
            }
            try await server.during {
                Terminal.complain("Serving the metrics of \(opened.location) at http://\(host):\(port)/metrics; press Ctrl-C to stop.")
                while true { try await Task.sleep(for: .seconds(3600)) }
            }
        }
    }
}
