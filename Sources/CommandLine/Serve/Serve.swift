import ArgumentParser
import Foundation
import Logging
import Server
import Tapedeck

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a store over HTTP: pages, an API for queries and analyses, embeddings.",
        discussion: """
            Prints the address on standard output and logs requests on standard error until a signal ends it. On an address \
            other than loopback, callers must send the token in TAPEDECK_TOKEN. docs/server.md describes the API.

            Example:
              tapedeck serve --store store --port 8080
            """)

    @OptionGroup var store: StoreOption

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("Port to listen on; 0 takes a free one.", valueName: "n"))
    var port = 8080

    @Option(help: ArgumentHelp("Models to load, by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Option(
        help: ArgumentHelp(
            "Folder of reports that 'tapedeck backtest --output FOLDER/NAME.json' wrote, for the page Backtests.", valueName: "folder"))
    var backtests: String?

    @Option(help: ArgumentHelp("Least severe messages to log: debug, info, warning, error.", valueName: "level"))
    var logLevel = "info"

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be 0 to 65535, not \(port).") }
        guard ["debug", "info", "warning", "error"].contains(logLevel) else {
            throw ValidationError("--log-level '\(logLevel)' is not debug, info, warning or error.")
        }
    }

    func run() async throws {
        let token = ProcessInfo.processInfo.environment["TAPEDECK_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        var settings = try ServerSettings(host: host, port: port, token: token)
        settings.backtests = backtests
        var options = StoreOptions(models: ListText.items(models ?? Settings.current.text(.models)), environment: Settings.current.environment)
        options.loadsAllModels = true
        let opened = try await Store.open(try store.location(), options)
        // Report a missing or damaged store before printing the address.
        _ = try await opened.summary()
        var logger = Logger(label: "tapedeck") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        try await APIServer(opened, settings: settings, logger: logger).run { address in
            Terminal.write(address + "\n", to: STDOUT_FILENO)
        }
    }
}
