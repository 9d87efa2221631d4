import Analyses
import ArgumentParser
import Base
import Drawing
import Foundation
import MarketData
import Monitoring
import Tapedeck

struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk", abstract: "Compute greeks, dollar exposures and scenarios of positions.",
        discussion: """
            Reads positions from a CSV file with the header contract,quantity. A contract is an OCC symbol, or a ticker for \
            shares; a negative quantity is sold. --analogs finds earlier contracts of the same underlying whose risk was \
            nearest to each position's, and reports what they returned by the day.

            Example:
              tapedeck risk --positions positions.csv --date 2014-06-06 --store store
              tapedeck risk --contract AAPL140719C00650000 --date 2014-06-06
            """)

    @Option(help: ArgumentHelp("The positions.", valueName: "file"))
    var positions: String?

    @Option(help: ArgumentHelp("OCC symbol of one contract, bought, in place of --positions.", valueName: "contract"))
    var contract: String?

    @Option(help: ArgumentHelp("The day whose prices count.", valueName: "YYYY-MM-DD"))
    var date: String

    @Option(help: ArgumentHelp("Annual rate, such as 0.02.", valueName: "rate"))
    var rate = 0.0

    @Option(help: ArgumentHelp("Earlier contracts to find for each position.", valueName: "n"))
    var analogs: Int?

    @Option(help: ArgumentHelp("Draw the scenarios into an SVG file.", valueName: "file"))
    var plot: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        _ = try DateText.day(date, "--date")
        guard (positions == nil) != (contract == nil) else { throw ValidationError("Give either --positions or --contract.") }
        do {
            _ = try contract.map(OptionContract.init(parsing:))
        } catch {
            throw ValidationError("--contract '\(contract ?? "")' is not an OCC symbol such as AAPL140621C00650000: \(error)")
        }
        guard analogs ?? 1 > 0 else { throw ValidationError("--analogs must be at least 1.") }
        guard rate.magnitude <= 1 else { throw ValidationError("--rate is a share of 1, such as 0.02.") }
    }

    /// The one contract, or the lines of the file.
    private func read() throws -> (positions: [Position], source: String) {
        if let contract = try contract.map(OptionContract.init(parsing:)) {
            return ([Position(contract: contract, symbol: contract.root, quantity: 1)], contract.description)
        }
        return (try lines(of: positions ?? ""), positions ?? "")
    }

    private func lines(of positions: String) throws -> [Position] {
        let bytes = try MemoryMap(path: positions).withBytes { Array($0) }
        guard bytes.count <= 16 << 20, let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("\(positions) is not a CSV file of at most 16 MiB in UTF-8.")
        }
        var found: [Position] = []
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            if cells == [""] { continue }
            if number == 0 {
                guard cells == ["contract", "quantity"] else {
                    throw CommandError("\(positions) line 1: the header must be contract,quantity, not \(line).")
                }
                continue
            }
            guard cells.count == 2, let quantity = Double(cells[1]), quantity.isFinite, quantity != 0 else {
                throw CommandError("\(positions) line \(number + 1): '\(line)' is not a contract and a quantity other than 0.")
            }
            do {
                found.append(try Position(named: cells[0], quantity: quantity))
            } catch {
                throw CommandError("\(positions) line \(number + 1): \(error)")
            }
        }
        guard !found.isEmpty else { throw CommandError("\(positions) holds no position.") }
        return found
    }

    func run() async throws {
        guard let day = try DateText.day(date, "--date") else { return }
        let (wanted, source) = try read()
        let request = RiskRequest(positions: wanted, source: source, date: day, rate: rate, analogs: analogs ?? 0)
        let store = try await Store.open(at: try storeOption.location())
        let answer = try await store.noted(request)
        if let plot, let map = answer.report.risk.heatMap { try FileSystem.write(Array(map.svg.utf8), to: plot) }
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report) }
    }

    static func print(_ answer: RiskRequest.Report) {
        let report = answer.risk
        func dollars(_ value: Double) -> String { (value < 0 ? "−$" : "$") + Numbers.grouped(Int(value.magnitude.rounded())) }
        var table = TextTable(
            [
                ("position", .left), ("quantity", .right), ("value", .right), ("delta", .right), ("gamma 1%", .right), ("theta per day", .right),
                ("vega per point", .right),
            ])
        func add(_ name: String, _ quantity: String, _ exposure: Exposure) {
            table.add([
                name, quantity, dollars(exposure.market_value), dollars(exposure.delta), dollars(exposure.gamma), dollars(exposure.theta),
                dollars(exposure.vega),
            ])
        }
        for position in report.positions {
            add(position.contract?.description ?? position.underlying, Numbers.fixed(position.quantity, 0), position.exposure)
        }
        add("total", "", report.total)
        table.print()
        let changes = Array(Set(report.scenarios.map(\.volatility_change))).sorted()
        var grid = TextTable([("move", .left)] + changes.map { ("IV \($0 > 0 ? "+" : "")\(Numbers.fixed($0 * 100, 0))%", .right) })
        for move in Array(Set(report.scenarios.map(\.sigmas))).sorted() {
            let row = report.scenarios.filter { $0.sigmas == move }.sorted { $0.volatility_change < $1.volatility_change }
            grid.add(["\(move > 0 ? "+" : "")\(Numbers.fixed(move, 0)) σ"] + row.map { dollars($0.profit) })
        }
        Swift.print("")
        grid.print()
        for one in answer.analogs ?? [] {
            Swift.print("\n\(one.past.results.count) earlier contracts with the risk of \(one.contract), \(one.quantity < 0 ? "sold" : "bought"):")
            for past in one.past.results.prefix(3) {
                Swift.print("   \(past.entry.contract) on \(past.entry.quote_date), distance \(Numbers.fixed(past.distance, 2))")
            }
            OutcomesCommand.print(one.past.summary)
        }
        for one in report.not_priced {
            Terminal.printParagraphs("Not priced: \(one.contract?.description ?? one.underlying): \(one.reason)")
        }
        Terminal.printParagraphs("\n\(report.assumptions).", style: Terminal.dim)
    }
}
