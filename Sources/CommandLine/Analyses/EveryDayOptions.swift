import Analyses
import ArgumentParser
import Drawing
import MarketData
import Monitoring
import Queries
import Questions
import Tapedeck

/// What `search --every-day` and `screen --every-day` have in common.
struct EveryDayOptions: ParsableArguments {
    @Flag(help: "Answer for each stored day: matches, measures and outcomes as a daily series.")
    var everyDay = false

    @Option(help: ArgumentHelp("With --every-day: follow matches for these numbers of sessions.", valueName: "1,5,10"))
    var horizons: String?

    @Option(help: ArgumentHelp("With --every-day: draw the series into an SVG file.", valueName: "file"))
    var plot: String?

    @Flag(help: "With --every-day: print CSV.")
    var csv = false

    func validate() throws {
        _ = try sessions()
        guard !everyDay else { return }
        for (flag, isGiven) in [("--horizons", horizons != nil), ("--plot", plot != nil), ("--csv", csv)] where isGiven {
            throw ValidationError("\(flag) describes a daily series; add --every-day.")
        }
    }

    /// Empty when none are asked for.
    func sessions() throws -> [Int] { try horizons.map(ListText.sessions) ?? [] }

    /// Prints a series as CSV or as a table.
    func show(_ series: DailySeries) {
        if csv { return print(series.csv, terminator: "") }
        let measures = series.measures
        var table = TextTable(
            [("day", .left), ("matches", .right)] + measures.flatMap { [("mean \($0)", .right), ("median \($0)", .right)] }
                + series.summary.flatMap { [("gained after \($0.horizon)", .right), ("median after \($0.horizon)", .right)] },
            expendable: measures.map { "mean \($0)" })
        func outcome(_ one: DailyOutcome?) -> [String] {
            guard let one else { return ["–", "–"] }
            return ["\(one.gains) of \(one.count)", one.median?.percent ?? "–"]
        }
        for row in series.results {
            table.add(
                [row.day.description, Numbers.grouped(row.matches)]
                    + measures.flatMap { [Numbers.optional(row.measures[$0]?.mean, 4), Numbers.optional(row.measures[$0]?.median, 4)] }
                    + series.summary.flatMap { total in outcome(row.outcomes.first { $0.horizon == total.horizon }) })
        }
        let all = [
            ["all", Numbers.grouped(series.results.reduce(0) { $0 + $1.matches })], measures.flatMap { _ in ["", ""] },
            series.summary.flatMap { outcome($0) },
        ]
        table.add(all.flatMap(\.self))
        table.print()
        Terminal.printParagraphs("\n\(series.assumptions).", style: Terminal.dim)
    }

    /// Draws a series if `--plot` is given.
    /// - Parameter title: what was asked.
    func draw(_ series: DailySeries, title: String) throws {
        if let plot { try FileSystem.write(Array(series.chart(title: title).svg.utf8), to: plot) }
    }
}
