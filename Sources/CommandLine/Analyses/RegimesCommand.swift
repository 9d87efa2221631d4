import Analyses
import ArgumentParser
import Drawing
import MarketData
import Monitoring
import Tapedeck

struct RegimesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regimes", abstract: "Find the days on which an underlying's state changed, and group its days by state.",
        discussion: """
            The state of a day: 30-day implied volatility, term slope, skew, put/call ratios, realised volatility and \
            return. A change point is a level that differs from the one before by more than --sensitivity standard errors.

            Example:
              tapedeck regimes AAPL --store store
            """)

    @Argument(help: "The ticker. Default: all underlyings together.")
    var symbol: String?

    @Option(help: ArgumentHelp("Last day that counts. Default: the store's last.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Option(help: ArgumentHelp("Standard errors that a change must exceed.", valueName: "n"))
    var sensitivity = 2.0

    @Option(help: ArgumentHelp("Number of kinds of days.", valueName: "n"))
    var clusters = 4

    @Option(
        help: ArgumentHelp("Add to the state how far trading is from that of 20 sessions before, by this model's vectors.", valueName: "key"))
    var model: String?

    @Option(help: ArgumentHelp("Draw IV30, shaded by kind of day, into an SVG file.", valueName: "file"))
    var plot: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard sensitivity > 0, clusters > 0 else { throw ValidationError("--sensitivity and --clusters must be positive.") }
        _ = try DateText.day(asOf, "--as-of")
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location())
        let answer = try await store.noted(
            RegimesRequest(
                symbol: symbol?.uppercased(), asOf: try DateText.day(asOf, "--as-of"), sensitivity: sensitivity, clusters: clusters, model: model))
        if let plot {
            let states = try await store.states(of: answer.request.symbol, through: answer.report.as_of)
            try FileSystem.write(Array(answer.report.timeline(of: states, "iv30", format: .percent).svg.utf8), to: plot)
        }
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report, of: answer.request.symbol) }
    }

    static func print(_ report: RegimeReport, of symbol: String?) {
        Swift.print("\(symbol ?? "all underlyings"), \(report.days.count) days to \(report.as_of)\n")
        for point in report.change_points {
            let shifts = point.shifts.prefix(3).map {
                "\($0.name) \(Numbers.fixed($0.before, 3)) → \(Numbers.fixed($0.after, 3))"
            }
            Swift.print(
                "\(point.day)  \(Numbers.fixed(point.strength, 1)) standard errors, known on \(point.known_on): \(shifts.joined(separator: ", "))")
        }
        if report.change_points.isEmpty { Swift.print("No change of level.") }
        let names = report.regimes.first.map { $0.averages.keys.sorted() } ?? []
        var table = TextTable(
            [("kind", .right), ("days", .right), ("share", .right)] + names.map { ($0.replacing("_", with: " "), .right) }
                + [("first", .left), ("last", .left)])
        for regime in report.regimes {
            table.add(
                [String(regime.label), String(regime.days), regime.share.percent] + names.map { Numbers.optional(regime.averages[$0], 3) }
                    + [regime.first_day.description, regime.last_day.description])
        }
        Swift.print("")
        table.print()
    }
}

struct AnalogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "analogs", abstract: "Find earlier days like a day, and what followed them.",
        discussion: """
            Compares the state of the underlying (see `tapedeck regimes`) with that of every earlier day, standardised by \
            what was known on the day. Chosen days are at least ten sessions apart.

            Example:
              tapedeck analogs AAPL --date 2014-06-06 --store store
            """)

    @Argument(help: "The ticker. Default: all underlyings together.")
    var symbol: String?

    @Option(help: ArgumentHelp("The day to compare with.", valueName: "YYYY-MM-DD"))
    var date: String

    @Option(name: .customShort("k"), help: "Number of days.")
    var k = 10

    @Option(help: ArgumentHelp("Sessions ahead.", valueName: "1,5,10,20"))
    var horizons = "1,5,10,20"

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        _ = try DateText.day(date, "--date")
        _ = try ListText.sessions(horizons)
    }

    func run() async throws {
        guard let day = try DateText.day(date, "--date") else { return }
        let store = try await Store.open(at: try storeOption.location())
        let answer = try await store.noted(
            AnalogsRequest(symbol: symbol?.uppercased(), date: day, k: k, horizons: try ListText.sessions(horizons)))
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report) }
    }

    static func print(_ report: AnalogReport) {
        let horizons = report.summary.map(\.horizon)
        var table = TextTable([("day", .left), ("distance", .right)] + horizons.map { ("after \($0)", .right) })
        for analog in report.results {
            table.add([analog.day.description, Numbers.fixed(analog.distance, 2)] + horizons.map { analog.followed[$0]?.percent ?? "–" })
        }
        if report.results.isEmpty { return Swift.print("No earlier day is at least ten sessions away.") }
        table.print()
        Swift.print("")
        for one in report.summary {
            Swift.print(
                "after \(one.horizon) sessions: \(one.gains) of \(one.count) gained, median \(one.median?.percent ?? "–"); "
                    + "all earlier days: \(one.baseline_gains) of \(one.baseline_count), median \(one.baseline_median?.percent ?? "–")")
        }
    }
}
