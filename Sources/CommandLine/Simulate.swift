import Monitoring
import Tapedeck
import ArgumentParser
import Foundation
import Simulation

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Simulate a market, deterministic from a seed.",
        discussion: """
            Without a subcommand, simulates option chains and stock bars.

            Example:
              tapedeck simulate --out market --underlyings 50 --seed 7
            """,
        subcommands: [SimulateMarket.self, SimulateStocks.self], defaultSubcommand: SimulateMarket.self)
}

struct SimulateMarket: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "market", abstract: "Simulate option chains and stock bars.",
        discussion: """
            Writes a folder with the layout that `generate` reads as its source. Every file states that its data is simulated.

            Example:
              tapedeck simulate market --out market --underlyings 50 --seed 7
            """)

    @Option(help: ArgumentHelp("Output folder; must be new or empty.", valueName: "folder"))
    var out: String

    @Option(help: ArgumentHelp("Random seed; the same seed gives the same data.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Number of underlyings.", valueName: "n"))
    var underlyings = 20

    @Option(help: ArgumentHelp("First year.", valueName: "year"))
    var startYear = 2014

    @Option(help: ArgumentHelp("Last year.", valueName: "year"))
    var endYear = 2014

    @Option(help: ArgumentHelp("Average number of option rows per day and underlying.", valueName: "n"))
    var rowsPerDay = 300

    @Option(help: ArgumentHelp("Share of rows with a simulated defect or anomaly; 0 for none.", valueName: "rate"))
    var quirks = 0.0002

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    func run() async throws {
        let simulator = try MarketSimulator(
            configuration: SimulationConfiguration(
                seed: seed, underlyings: underlyings, startYear: startYear, endYear: endYear, rowsPerDay: rowsPerDay,
                quirkRate: quirks))
        let display = SimulationDisplay()
        let planted = try await simulator.write(
            to: URL(fileURLWithPath: out), workers: maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
        ) { display.show($0) }
        display.finish()
        print(
            "simulated: \(Numbers.grouped(planted.options.lines)) option rows and "
                + "\(Numbers.grouped(planted.stocks.lines)) stock rows of \(underlyings) underlyings in \(out)")
    }
}

/// Draws the progress of a simulation on a terminal.
private final class SimulationDisplay: @unchecked Sendable {
    // Called from several workers; the lock guards the time of the last drawing.
    private let lock = NSLock()
    private var lastDrawn = Date.distantPast

    func show(_ progress: SimulationProgress) {
        lock.withLock {
            guard Terminal.errorIsTerminal, Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
            lastDrawn = Date()
            let text =
                "day \(progress.days) of \(progress.totalDays), \(Numbers.grouped(progress.rows)) rows, "
                + Numbers.bytes(progress.bytes)
            Terminal.showProgress(text)
        }
    }

    func finish() {
        Terminal.showProgress("")
    }
}
