import ArgumentParser
import MarketData
import Monitoring
import Queries
import Tapedeck

struct SimilarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar", abstract: "Find options similar to a stored one or to the rows of a file, on their day or before.",
        discussion: """
            Candidates have the nearest descriptions. Their order also depends on the distance of strike, time, volatility, delta, \
            volume, open interest and spread (docs/analyses.md). Lists each contract once. A file has \
            the layout of the source (18 columns by name, plain, gzip or Zstandard) and the quotes of one day; lines that \
            cannot be used are listed.

            Example:
              tapedeck similar --contract AAPL140621C00650000 --date 2014-06-06
              tapedeck similar --reference reference.csv -k 10 --store store
            """)

    @Option(help: ArgumentHelp("OCC symbol of the reference.", valueName: "contract"))
    var contract: String?

    @Option(help: ArgumentHelp("The day of its quote.", valueName: "YYYY-MM-DD"))
    var date: String?

    @Option(help: ArgumentHelp("CSV file of references, in place of --contract and --date.", valueName: "file"))
    var reference: String?

    @Option(name: .customShort("k"), help: "Number of results.")
    var k = 50

    @Option(help: ArgumentHelp("Results of one contract.", valueName: "n"))
    var perContract = 1

    @Option(help: ArgumentHelp("The model that compares descriptions. Default: the store's first.", valueName: "key"))
    var model: String?

    @Option(help: ArgumentHelp("Years to search. Default: all.", valueName: "2014,2015"))
    var years: String?

    @Option(help: ArgumentHelp("Hide every row after this day. Default: the reference's day.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        guard k > 0, perContract > 0 else { throw ValidationError("-k and --per-contract must be at least 1.") }
        _ = try DateText.day(asOf, "--as-of")
        _ = try ListText.years(years)
        _ = try wanted()
    }

    private func wanted() throws -> SimilarRequest.Reference {
        if let reference {
            guard contract == nil, date == nil else { throw ValidationError("--reference replaces --contract and --date.") }
            return .file(reference)
        }
        guard let contract, let day = try DateText.day(date, "--date") else {
            throw ValidationError("Give --contract and --date, or --reference.")
        }
        do {
            return .stored(try OptionContract(parsing: contract), day)
        } catch {
            throw ValidationError("--contract '\(contract)' is not an OCC symbol such as AAPL140621C00650000: \(error)")
        }
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location(), models: model.map { [$0] } ?? ListText.items(Settings.current.text(.models)))
        let answer = try await store.noted(
            SimilarRequest(
                try wanted(), k: k, perContract: perContract, model: model, years: try ListText.years(years),
                asOf: try DateText.day(asOf, "--as-of")))
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report) }
    }

    static func print(_ report: SimilarRequest.Report) {
        for problem in report.problems.prefix(20) { Terminal.complain("line \(problem.line) is not a usable reference: \(problem.reason)") }
        if report.problems.count > 20 { Terminal.complain("\(report.problems.count - 20) more lines are not usable references") }
        let hasLines = report.results.contains { $0.line != nil }
        var table = TextTable(
            (hasLines ? [("line", .right)] : []) + [
                ("", .right), ("contract", .left), ("quoted", .left), ("days", .right), ("close", .right), ("bid", .right), ("ask", .right),
                ("volume", .right), ("open int", .right), ("IV", .right), ("delta", .right), ("similarity", .right), ("distance", .right),
            ], expendable: ["close", "open int", "bid", "days"])
        for (number, similar) in report.results.enumerated() {
            let (one, result) = (similar.option, similar.option.result)
            table.add(
                (hasLines ? [similar.line.map(String.init) ?? "–"] : []) + [
                    String(number + 1), result.contract ?? "", result.quoteDate.description, result.daysToExpiry.map(String.init) ?? "–",
                    Numbers.optional(result.underlyingClose, 2), Numbers.optional(result.bid, 2), Numbers.optional(result.ask, 2),
                    result.volume.map(Numbers.grouped) ?? "–", result.openInterest.map(Numbers.grouped) ?? "–",
                    result.impliedVolatility?.percent ?? "–", Numbers.optional(result.delta, 2), Numbers.fixed(Double(result.similarity), 3),
                    Numbers.fixed(one.distance, 2),
                ])
        }
        report.results.isEmpty ? Swift.print("No other option up to \(report.asOf) in the years asked for.") : table.print()
    }
}

struct EvolutionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evolution", abstract: "Count by year how many rows match a question.",
        discussion: """
            Constraints of the question decide which rows match. For a question without any, the 1 % of all rows with the \
            highest similarity match.

            Example:
              tapedeck evolution "LEAPS calls" --start-year 2013 --end-year 2014
            """)

    @Argument(help: "The question.")
    var question: [String]

    @Option(help: ArgumentHelp("First year.", valueName: "year"))
    var startYear: Int

    @Option(help: ArgumentHelp("Last year.", valueName: "year"))
    var endYear: Int

    @Option(name: .customShort("k"), help: "Best rows shown per year.")
    var k = 3

    @Option(help: ArgumentHelp("Hide every row after this day.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Option(help: ArgumentHelp("Draw matches per million rows into an SVG file.", valueName: "file"))
    var plot: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        _ = try DateText.day(asOf, "--as-of")
        guard startYear <= endYear else { throw ValidationError("--start-year \(startYear) is after --end-year \(endYear).") }
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        guard question.joined().contains(where: { !$0.isWhitespace }) else { throw ValidationError("The question is empty.") }
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location(), models: ListText.items(Settings.current.text(.models)))
        let answer = try await store.noted(
            EvolutionRequest(
                question: question.joined(separator: " "), years: startYear...endYear, k: k, asOf: try DateText.day(asOf, "--as-of")))
        if let plot { try draw(answer.report.evolution, to: plot) }
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report.evolution) }
    }

    private func draw(_ result: Evolution, to path: String) throws {
        let svg = LinePlot(
            title: result.question, labels: result.years.map { String($0.year) },
            panels: [.init(title: "matches per million rows", lines: [("matches", result.years.map { $0.perMillion })])]
        ).svg
        try FileSystem.write(Array(svg.utf8), to: path)
    }

    static func print(_ result: Evolution) {
        if !result.constraints.isEmpty { Terminal.printParagraphs("Understood: " + result.constraints.joined(separator: " · ")) }
        if let threshold = result.threshold {
            Terminal.printParagraphs("No constraints: rows count from a similarity of \(Numbers.fixed(Double(threshold), 3)).")
        }
        var table = TextTable([("year", .left), ("matches", .right), ("rows", .right), ("per million", .right), ("95 %", .right), ("best", .left)])
        for year in result.years {
            let ends = [year.interval.lowerBound, year.interval.upperBound].map { Numbers.fixed($0, 1) }
            table.add([
                String(year.year), Numbers.grouped(year.matches), Numbers.grouped(year.rows), Numbers.fixed(year.perMillion, 1),
                ends.joined(separator: " … "), year.best.first.map { "\($0.contract ?? $0.symbol ?? "") \($0.quoteDate)" } ?? "–",
            ])
        }
        table.print()
    }
}

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Answer a question with each model alone, and measure how far they agree.",
        discussion: """
            Example:
              tapedeck compare "puts expiring this week" --models minilm,bge-base
            """)

    @Argument(help: "The question.")
    var question: [String]

    @Option(help: ArgumentHelp("Models by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Option(name: .customShort("k"), help: "Number of results per model.")
    var k = 10

    @Option(help: ArgumentHelp("Years to search. Default: all.", valueName: "2014,2015"))
    var years: String?

    @Option(help: ArgumentHelp("Hide every row after this day.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var storeOption: StoreOption

    func validate() throws {
        _ = try ListText.years(years)
        _ = try DateText.day(asOf, "--as-of")
        guard k > 0 else { throw ValidationError("-k must be at least 1, not \(k).") }
        guard question.joined().contains(where: { !$0.isWhitespace }) else { throw ValidationError("The question is empty.") }
    }

    func run() async throws {
        let wanted = ListText.items(models ?? Settings.current.text(.models))
        let store = try await Store.open(at: try storeOption.location(), models: wanted)
        let answer = try await store.noted(
            ComparisonRequest(
                question: question.joined(separator: " "), models: wanted, k: k, years: try ListText.years(years),
                asOf: try DateText.day(asOf, "--as-of")))
        if json { try Terminal.printJSON(answer) } else { Self.print(answer.report) }
    }

    static func print(_ found: ModelComparison) {
        if !found.constraints.isEmpty { Terminal.printParagraphs("Understood: " + found.constraints.joined(separator: " · ")) }
        var table = TextTable([("", .right)] + found.models.map { ($0.model, .left) })
        for place in 0..<(found.models.map(\.results.count).max() ?? 0) {
            table.add(
                [String(place + 1)]
                    + found.models.map { model in
                        guard place < model.results.count else { return "" }
                        let result = model.results[place]
                        return "\(result.contract ?? result.symbol ?? "") \(result.quoteDate)"
                    })
        }
        table.print()
        Swift.print("")
        for model in found.models {
            let precision = model.precision.map { ", \($0.percent) meet every constraint" } ?? ""
            Swift.print("\(model.model): \(Numbers.fixed(model.elapsedMilliseconds, 1)) ms\(precision)")
        }
        for pair in found.pairs {
            Swift.print(
                "\(pair.models.joined(separator: " and ")): \(pair.overlap.percent) of the results in common, "
                    + "Kendall's tau \(pair.kendallTau.map { Numbers.fixed($0, 2) } ?? "–")")
        }
    }
}
