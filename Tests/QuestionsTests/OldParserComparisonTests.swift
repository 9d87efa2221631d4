import Descriptions
import Foundation
import MarketData
import Questions
import TestSupport
import Testing

/// Compares `QuestionReader` with `QuestionParser`, which it replaces, on every table of the old parser's tests and on
/// questions of its generator.
///
/// A difference is a question whose conditions are not the same set. Differences in the tables are listed, with the reason
/// why the new reading is right, in `Golden/old-parser.txt`; a new one fails the test.
@Suite struct OldParserComparisonTests {
    private static let symbols: Set<String> = [
        "AAPL", "NWSA", "FOXA", "SPY", "IWM", "IBM", "QQQ", "BAC", "AIG", "EEM", "USO", "BNO", "WM", "ALL", "ON", "IT", "LOW", "A", "ZQXV", "MCD",
        "T", "XOM",
    ]

    private func readers() throws -> (QuestionParser, QuestionReader) {
        let aliases = try AliasTable.builtIn()
        return (
            try QuestionParser(lexicon: .builtIn(), aliases: aliases, symbols: Self.symbols, asOf: nil),
            try QuestionReader(context: QuestionContext(symbols: Self.symbols, aliases: aliases))
        )
    }

    @Test func differencesInTheTablesAreReviewed() throws {
        let (old, new) = try readers()
        let reviewed = Set(try Self.reviewed())
        let questions = try Self.tableQuestions()
        #expect(questions.count > 250)
        var different = 0
        for question in questions {
            guard let difference = Self.difference(question, old, new) else { continue }
            different += 1
            if !reviewed.contains(question) { Issue.record("\(difference)") }
        }
        print("tables: \(different) of \(questions.count) questions are read differently, all reviewed")
    }

    /// The old generator writes what the old parser reads: the new reader must read almost all of it in the same way.
    @Test func generatedQuestionsAreReadInTheSameWay() throws {
        let (old, new) = try readers()
        let underlyings: [QuestionGenerator.Underlying] = [
            .init(symbol: "AAPL", name: "Apple", strikes: [90, 92.14, 95, 100, 645]), .init(symbol: "NWSA", name: "News Corp", strikes: [15, 17.5]),
            .init(symbol: "SPY", name: "S&P 500", strikes: [180, 185, 200]), .init(symbol: "BAC", name: "Bank of America", strikes: [7, 12.5]),
            .init(symbol: "MCD", name: "McDonald's"), .init(symbol: "T", name: "AT&T"), .init(symbol: "XOM", name: "Exxon"), .init(symbol: "IBM"),
        ]
        let days = ["2008-09-22", "2013-06-27", "2014-06-02", "2020-03-16"].compactMap { Day(iso: $0) }
        var generator = try QuestionGenerator(lexicon: .builtIn(), underlyings: underlyings, days: days, seed: 20_140_612)
        let phrases = try Self.reviewed().filter { $0.hasPrefix("~") }.map { String($0.dropFirst()) }
        var differences: [String] = []
        var explained = 0
        for _ in 0..<10_000 {
            let text = generator.next().text
            guard let difference = Self.difference(text, old, new) else { continue }
            let words = text.lowercased()
            if phrases.contains(where: words.contains) { explained += 1 } else { differences.append(difference) }
        }
        for line in differences { print(line) }
        print("generated: \(explained + differences.count) of 10,000 questions are read differently, \(differences.count) without a reviewed reason")
        #expect(differences.count <= 50)
    }

    // MARK: Questions and their readings

    private static func reviewed() throws -> [String] {
        let url = try #require(Bundle.module.url(forResource: "old-parser", withExtension: "txt", subdirectory: "Golden"))
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { $0.components(separatedBy: " | ").first }
    }

    /// The questions of `Tests/DescriptionsTests/QuestionTables.swift`.
    private static func tableQuestions() throws -> [String] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(contentsOf: tests.appendingPathComponent("DescriptionsTests/QuestionTables.swift"), encoding: .utf8)
        let pattern = /Reading\(\s*"((?:[^"\\]|\\.)*)"/
        return source.matches(of: pattern).map { $0.output.1.replacingOccurrences(of: "\\\"", with: "\"") }
    }

    private static func difference(_ text: String, _ old: QuestionParser, _ new: QuestionReader) -> String? {
        let before = old.parse(text)
        let reading = new.read(text)
        let first = Set(before.constraints.map(leaf))
        let second = Set(leaves(reading.query.constraints))
        guard first != second else { return nil }
        return """
            \(text)
              old \(first.subtracting(second).sorted()) left \(before.notUnderstood)
              new \(second.subtracting(first).sorted()) left \(reading.notUnderstood)
            """
    }

    private static func leaves(_ tree: ConstraintTree) -> [String] {
        if case .all(let parts) = tree { parts.flatMap(leaves) } else { [TreeText.normalised(tree.compactText)] }
    }

    private static func leaf(_ constraint: Constraint) -> String { TreeText.normalised(tree(constraint).compactText) }

    private static func tree(_ constraint: Constraint) -> ConstraintTree {
        switch constraint {
        case .underlyings(let symbols): .test(.symbols(symbols))
        case .kinds(let kinds): .test(.kinds(kinds))
        case .category(let attribute, let codes): .test(.category(attribute, (1...7).filter { codes & (1 << UInt8($0)) != 0 }))
        case .number(let field, let low, let high): number(field, low, high)
        case .quoteDate(let from, let to): .test(.dates(.quoteDate, DayInterval(from: from, to: to)))
        case .expiration(let from, let to): .test(.dates(.expiry, DayInterval(from: from, to: to)))
        case .not(let inner): .not(tree(inner))
        case .any(let parts): .any(parts.map(tree))
        }
    }

    private static func number(_ field: NumericField, _ low: Double?, _ high: Double?) -> ConstraintTree {
        let fields: [NumericField: Field] = [
            .strike: .strike, .daysToExpiry: .daysToExpiry, .delta: .delta, .impliedVolatility: .impliedVolatility, .volume: .volume,
            .openInterest: .openInterest, .moneyness: .moneyness, .bid: .bid, .ask: .ask, .mid: .mid, .spread: .spread, .underlyingClose: .close,
        ]
        // The old parser wrote a strict bound as the number beside it.
        func end(_ value: Double, up: Bool) -> Bounds.End {
            let plain = (value * 1e6).rounded() / 1e6
            return .init(plain, isStrict: up ? value > plain : value < plain)
        }
        return .test(.number(fields[field] ?? .strike, Bounds(lower: low.map { end($0, up: true) }, upper: high.map { end($0, up: false) })))
    }
}
