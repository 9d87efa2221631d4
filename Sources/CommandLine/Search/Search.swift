import Analyses
import Foundation
import Monitoring
import Tapedeck
public import ArgumentParser
import MarketData
import Queries
import Questions

struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Search a store with a question in plain English.",
        discussion: """
            Market terms in the question become constraints: tickers and names, calls and puts, moneyness, days to expiry, \
            volume, open interest, volatility, dates and numbers. Rows that satisfy them are sorted by similarity, or in the \
            order that the question asks for ("most traded", "nearest expiry first"). Counts and averages ("how many", \
            "average IV by month") are computed over all rows that satisfy the constraints. --every-day counts, measures \
            and follows the rows of each stored day instead.

            Example:
              tapedeck search "Apple puts expiring this week" -k 5 --store store
              tapedeck search average IV of AAPL calls by month --store store
            """)

    @Argument(help: "The question. Quotes are needed only around characters that the shell interprets.")
    var question: [String] = []

    @Option(
        help: ArgumentHelp(
            "Answer the questions of a file, one per line (- for standard input), and print one JSON object per line.", valueName: "file"))
    var batch: String?

    @Option(name: .customShort("k"), help: "Number of results. Default: as many as the question says, otherwise 20.")
    var k: Int?

    @Option(help: ArgumentHelp("Models to search with, by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Option(help: ArgumentHelp("Years to search. Default: all.", valueName: "2014,2015"))
    var years: String?

    @Option(help: ArgumentHelp("Hide every row after this day; \"today\" means this day.", valueName: "YYYY-MM-DD"))
    var asOf: String?

    @Option(
        help: ArgumentHelp("Sort by a number in place of the question's order, e.g. volume, iv:asc, delta:desc.", valueName: "measure[:asc|desc]"))
    var order: String?

    @Option(help: ArgumentHelp("Count by a property, e.g. month, underlying, expiry.", valueName: "property"))
    var group: Grouping?

    @Option(help: ArgumentHelp("Days of events for questions such as \"before earnings\": CSV with symbol,date,event.", valueName: "file"))
    var calendar: String?

    @Option(
        help: ArgumentHelp(
            "Greeks and implied volatilities that constraints use: solved from the mid price, or the source's own (vendor).", valueName: "source"))
    var greeks = GreeksSource.solved

    @OptionGroup var daily: EveryDayOptions

    @Option(help: ArgumentHelp("With --every-day: numbers to print the mean and median of, e.g. iv,spread.", valueName: "measures"))
    var measures: String?

    @Option(help: ArgumentHelp("With --every-day: matches of a day that are followed, drawn at random.", valueName: "n"))
    var sample = 100

    @Flag(help: "With --every-day: sell at the bid and buy back at the ask.")
    var sell = false

    @Option(help: ArgumentHelp("Memory for decoded rows, as in 64MB. Default: 192 MiB.", valueName: "size"))
    var memoryLimit: ByteCount?

    @Flag(help: "List only rows that meet every constraint.")
    var strict = false

    @Flag(help: "Print how each word of the question was read, and search nothing.")
    var explain = false

    @Flag(help: "Plain vector search: ignore constraints in the question.")
    var semantic = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Print the number of requests to the store and of bytes received on standard error.")
    var verbose = false

    @OptionGroup var storeOption: StoreOption

    private var text: String { question.joined(separator: " ") }

    func validate() throws {
        if let k, k <= 0 { throw ValidationError("-k must be at least 1, not \(k).") }
        _ = try ListText.years(years)
        _ = try DateText.day(asOf, "--as-of")
        _ = try ordering()
        _ = try measured()
        guard sample > 0 else { throw ValidationError("--sample must be at least 1, not \(sample).") }
        if daily.everyDay {
            for (flag, isGiven) in [
                ("--batch", batch != nil), ("-k", k != nil), ("--order", order != nil), ("--group", group != nil), ("--explain", explain),
                ("--semantic", semantic),
            ] where isGiven { throw ValidationError("--every-day counts all rows that meet the constraints; leave out \(flag).") }
            guard !(daily.csv && json) else { throw ValidationError("Give either --csv or --json.") }
        } else if measures != nil || sell {
            throw ValidationError("\(sell ? "--sell" : "--measures") describes a daily series; add --every-day.")
        }
        let isEmpty = !text.contains { !$0.isWhitespace }
        if batch == nil {
            guard !isEmpty else { throw ValidationError("The question is empty.") }
        } else {
            guard isEmpty else { throw ValidationError("--batch reads the questions from a file; leave out \"\(text)\".") }
            guard !explain else { throw ValidationError("--explain reads one question; leave out --batch.") }
        }
    }

    func run() async throws {
        let wanted = ListText.items(models ?? Settings.current.text(.models))
        let store = try await Store.open(at: try storeOption.location(), models: wanted, cacheBytes: memoryLimit?.bytes)
        // The process ends after the answer: giving all memory back piece by piece takes as long as the search.
        _ = Unmanaged.passRetained(store)
        defer { if verbose { report(store.statistics) } }
        if explain {
            let reading = try await store.read(text, asOf: try DateText.day(asOf, "--as-of"))
            if json { try Terminal.printJSON(reading) } else { SearchPrinter.explain(reading) }
            return
        }
        if let batch { return try await answer(try questions(batch), store, wanted) }
        if daily.everyDay { return try await everyDay(store, wanted) }
        let answer = try await store.search(try request(text, wanted))
        if json {
            try Terminal.printJSON(answer)
        } else {
            SearchPrinter.print(answer)
        }
    }

    private func everyDay(_ store: Store, _ models: [String]) async throws {
        var study = OutcomeStudy()
        study.horizons = try daily.sessions()
        study.side = sell ? .sell : .buy
        let answer = try await store.noted(
            SearchSeriesRequest(try request(text, models), measures: try measured(), study: study, sample: sample))
        try daily.draw(answer.report.series, title: text)
        if json { return try Terminal.printJSON(answer) }
        if !daily.csv { SearchPrinter.printUnderstanding(answer.report.answer) }
        daily.show(answer.report.series)
    }

    /// The fields of --measures.
    private func measured() throws -> [Field] {
        try ListText.items(measures).map { name in
            guard let field = Field(name: name) else {
                throw ValidationError("--measures '\(name)' names no measure; one of \(Field.searchable.joined(separator: ", ")).")
            }
            return field
        }
    }

    private func report(_ statistics: StoreStatistics) {
        Terminal.complain("\(statistics.requests) requests to the store, \(Numbers.bytes(statistics.bytesReceived)) received")
    }

    private func request(_ question: String, _ models: [String]) throws -> SearchRequest {
        SearchRequest(
            question: question, k: k, models: models, years: try ListText.years(years), asOf: try DateText.day(asOf, "--as-of"),
            semantic: semantic, isStrict: strict, order: try ordering().map { [$0] } ?? [], group: group.map { [$0] } ?? [],
            calendar: try calendar.map(EventCalendar.init(path:)), greeks: greeks, countsMatches: true)
    }

    /// The lines of a file that are not empty.
    private func questions(_ path: String) throws -> [String] {
        let reader = try LineReader(path: path == "-" ? nil : path)
        var questions: [String] = []
        while let lines = try reader.next(256) {
            guard !lines.contains(where: { $0.contains("\u{FFFD}") }) else { throw CommandError("\(path) is not text in UTF-8.") }
            questions += lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        guard !questions.isEmpty else { throw CommandError("\(path) holds no question; write one per line.") }
        return questions
    }

    /// Prints an answer per line, in the order of the questions.
    private func answer(_ questions: [String], _ store: Store, _ models: [String]) async throws {
        struct Failure: Encodable {
            var question: String
            var error: String
        }
        var failures = 0
        // Read once: all questions share the flags, and the calendar is a file.
        let shared = try request("", models)
        let requests = questions.map { question in
            var request = shared
            request.question = question
            return request
        }
        try await store.search(requests) { request, answer in
            switch answer {
            case .success(let answer): try Terminal.printJSON(answer, pretty: false)
            case .failure(let error):
                failures += 1
                try Terminal.printJSON(Failure(question: request.question, error: "\(error)"), pretty: false)
            }
        }
        if failures > 0 { throw CommandError("\(failures) of \(questions.count) questions could not be answered.") }
    }

    private func ordering() throws -> Ordering? {
        guard let order else { return nil }
        do {
            return try Ordering(requested: order)
        } catch {
            throw ValidationError("--order: \(error).")
        }
    }
}

extension Grouping: ExpressibleByArgument {}
extension GreeksSource: ExpressibleByArgument {}
