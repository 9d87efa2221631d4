import ArgumentParser
import Backtest
import MarketData
import Monitoring

struct SimulateStocks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stocks", abstract: "Simulate features, prices and a checkpoint for a backtest.",
        discussion: """
            Writes features.h5, prices.h5, model.safetensors, splits.csv and SIMULATED.md into a folder. Some stocks are listed late, \
            stop trading, split or lack days. scripts/demo-backtest shows the next steps.

            Example:
              tapedeck simulate stocks --out market --tickers 200 --seed 7
            """)

    @Option(help: ArgumentHelp("Output folder; must be new or empty.", valueName: "folder"))
    var out: String

    @Option(help: ArgumentHelp("Random seed; the same seed gives the same data.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Number of stocks.", valueName: "n"))
    var tickers = 200

    @Option(help: ArgumentHelp("First day.", valueName: "date"))
    var start = "2023-01-03"

    @Option(help: ArgumentHelp("Last day.", valueName: "date"))
    var end = "2024-06-28"

    @Option(help: ArgumentHelp("Number of features per row.", valueName: "n"))
    var features = 40

    @Option(help: ArgumentHelp("Width of the model.", valueName: "n"))
    var hidden = 64

    @Option(help: ArgumentHelp("Layers of the model.", valueName: "n"))
    var layers = 2

    @Option(help: ArgumentHelp("Attention heads of the model.", valueName: "n"))
    var heads = 4

    @Option(help: ArgumentHelp("Rows of the model's windows.", valueName: "n"))
    var window = 30

    @Option(help: ArgumentHelp("Share of the stocks that stop trading within a year.", valueName: "share"))
    var delistings = 0.05

    func run() async throws {
        var stocks = SimulatedStocks()
        (stocks.tickers, stocks.seed, stocks.features, stocks.delistings) = (tickers, seed, features, delistings)
        (stocks.hidden, stocks.layers, stocks.heads, stocks.rows) = (hidden, layers, heads, window)
        if let day = try DateText.day(start, "--start") { stocks.start = day }
        if let day = try DateText.day(end, "--end") { stocks.end = day }
        let summary = try stocks.write(to: out)
        print(
            "simulated: \(Numbers.grouped(summary.tickers)) stocks, \(summary.sessions) sessions, \(Numbers.grouped(summary.rows)) rows, "
                + "\(summary.delisted) that stop trading, \(summary.splits) splits, in \(out)")
    }
}
