import Analyses
import ArgumentParser
import Foundation
import MarketData
import Monitoring
import Tapedeck

/// What the analyses of a day's chains have in common.
struct DayOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Day of the quotes.", valueName: "YYYY-MM-DD"))
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

extension Store {
    /// Runs an analysis, and prints on standard error which rows its answer lacks.
    func noted<Request: AnalysisRequest>(_ request: Request) async throws -> AnalysisAnswer<Request> {
        let answer = try await answer(request)
        for note in answer.notes { Terminal.complain("Note: \(note)") }
        return answer
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
