import Analyses
import ArgumentParser
import Foundation
import MarketData
import Tapedeck

/// What the analyses of a day's chains have in common.
struct DayOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The day whose quotes count.", valueName: "YYYY-MM-DD"))
    var date: String

    @Option(help: ArgumentHelp("Underlyings. Default: all.", valueName: "AAPL,MSFT"))
    var symbols: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws { _ = try day() }

    func day() throws -> Day {
        guard let day = try DateText.day(date, "--date") else { throw ValidationError("--date is missing.") }
        return day
    }

    var names: [String] { ListText.items(symbols).map { $0.uppercased() } }
}

/// The answer of an analysis as JSON: the members of its report, beside the request and the time that it took.
struct AnalysisAnswer<Request: Encodable, Report: Encodable>: Encodable {
    var request: Request
    var report: Report
    var start: ContinuousClock.Instant

    private enum CodingKeys: String, CodingKey { case request, elapsed_ms }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(request, forKey: .request)
        let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
        try box.encode((elapsed * 1000).rounded() / 1000, forKey: .elapsed_ms)
    }
}

extension RejectionCounts {
    /// For people: "41 zero bid, 3 crossed"; `nil` when nothing was rejected.
    var words: String? {
        let found = counts.filter { $0.value > 0 }.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
        guard !found.isEmpty else { return nil }
        return found.map { "\(Numbers.grouped($0.value)) \($0.key.rawValue.replacing("_", with: " "))" }.joined(separator: ", ")
    }
}

extension Double {
    /// "12.3%".
    var percent: String { Numbers.fixed(self * 100, 1) + "%" }
}
