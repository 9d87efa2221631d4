import Descriptions
import Foundation
import MarketData
import Queries
import Questions
import Testing

/// Questions whose correct readings were written before any of them was asked.
@Suite struct EvaluationQuestionTests {
    private func file(_ name: String, _ type: String) throws -> String {
        try #require(Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Golden")).path
    }

    private func sample() throws -> QuestionReader {
        let (first, last, split) = (Day(iso: "2013-01-02"), Day(iso: "2014-06-16"), Day(iso: "2014-06-09"))
        return try QuestionReader(
            context: QuestionContext(
                symbols: ["AAPL", "NWSA", "FOXA", "SPY", "IWM", "IBM", "QQQ", "BAC", "MSFT", "GOOG", "ALL", "ON", "DE", "GE"],
                aliases: try .builtIn(), days: try #require(first)...(try #require(last)), splits: ["AAPL": [try #require(split)]]))
    }

    /// A simulated market of 50 underlyings: `tapedeck simulate --underlyings 50 --start-year 2014 --end-year 2014`.
    private func simulated() throws -> QuestionReader {
        let (first, last) = (Day(iso: "2014-01-02"), Day(iso: "2014-12-31"))
        let names = try String(contentsOfFile: file("simulated-names", "csv"), encoding: .utf8)
        let symbols = names.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first.map(String.init) }
        return try QuestionReader(
            context: QuestionContext(
                symbols: Set(symbols), aliases: try AliasTable(builtInPlus: Array(names.utf8)), days: try #require(first)...(try #require(last))))
    }

    /// `TAPEDECK_SEED` draws other rewritings.
    private var seed: UInt64 { ProcessInfo.processInfo.environment["TAPEDECK_SEED"].flatMap(UInt64.init) ?? 20_140_609 }

    @Test func readingsAreExactAndNeverSilentlyWrong() throws {
        let form = try TypedForm()
        var counts: [String: (exact: Int, all: Int)] = [:]
        var silent = 0
        for (name, reader) in [("evaluation-sample", try sample()), ("evaluation-simulated", try simulated())] {
            let questions = try PrecisionReport.questions(path: file(name, "jsonl"))
            var rewriter = try QuestionRewriter(file: file("synonyms", "json"), seed: seed)
            for question in questions + rewriter.rewritten(questions) {
                let gold = try #require(question.reading)
                let verdict = try gold.verdict(on: reader.read(question.text), form)
                let kind = question.id.contains("-rewritten") ? "rewritten" : question.kind ?? ""
                counts[kind, default: (0, 0)].all += 1
                if verdict.isSilent { silent += 1 }
                if verdict.faults.isEmpty {
                    counts[kind]?.exact += 1
                } else {
                    print(
                        "\(verdict.isSilent ? "silent " : "")[\(question.id), \(kind)] \(question.text)\n    \(verdict.faults.joined(separator: "\n    "))"
                    )
                }
            }
        }
        for (kind, count) in counts.sorted(by: { $0.key < $1.key }) { print("\(kind): \(count.exact) of \(count.all) exact") }
        let (exact, all) = counts.values.reduce((0, 0)) { ($0.0 + $1.exact, $0.1 + $1.all) }
        print("seed \(seed): \(exact) of \(all) exact, \(silent) silently wrong")
        #expect(all >= 300)
        #expect(Double(exact) >= 0.93 * Double(all))
        #expect(Double(silent) <= 0.02 * Double(all))
    }
}
