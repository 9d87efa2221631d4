import Archive
import Descriptions
import Foundation
import MarketData
import StrictJSON

/// The numbers of a row that conditions of an evaluation file look at.
struct JudgedRow {
    var underlying: String
    var kind: String
    var quoteDate: Day
    var moneyness: Double?
    var daysToExpiry: Double?
    var impliedVolatility: Double?
    var volume: Double?
    var openInterest: Double?
    var delta: Double?
    var strike: Double?

    init(_ rows: RowBlock, _ row: Int, underlying: String) {
        self.underlying = underlying
        kind = rows.keys[row].kind?.name ?? ""
        quoteDate = Day(rawValue: rows.quoteDates[row])
        moneyness = rows.number(.moneyness, at: row)
        daysToExpiry = rows.number(.daysToExpiry, at: row)
        impliedVolatility = rows.number(.impliedVolatility, at: row)
        volume = rows.number(.volume, at: row)
        openInterest = rows.number(.openInterest, at: row)
        delta = rows.number(.delta, at: row)
        strike = rows.number(.strike, at: row)
    }

    init(_ result: SearchResult) {
        underlying = result.underlying
        kind = result.kind
        quoteDate = result.quoteDate
        if let strike = result.strike, let close = result.underlyingClose, strike > 0, close > 0 {
            moneyness = result.kind == "put" ? strike / close : close / strike
        }
        daysToExpiry = result.daysToExpiry.map(Double.init)
        impliedVolatility = result.impliedVolatility
        volume = result.volume.map(Double.init)
        openInterest = result.openInterest.map(Double.init)
        delta = result.delta.map(abs)
        strike = result.strike
    }
}

extension QuestionExample.Condition {
    /// Whether a result satisfies every condition. Judges by the row's own numbers, not by how the question was read.
    public func holds(for row: SearchResult) -> Bool { holds(for: JudgedRow(row)) }

    func holds(for row: JudgedRow) -> Bool {
        if let underlying, !underlying.contains(row.underlying) { return false }
        if let kind, row.kind != kind { return false }
        guard inside(row.moneyness, m, includesEnd: false), inside(row.daysToExpiry, dte),
            inside(row.impliedVolatility, iv, includesEnd: false), inside(row.volume, volume),
            inside(row.openInterest, openInterest), inside(row.delta, deltaAbs),
            inside(row.strike, strike)
        else { return false }
        if let date {
            let day = row.quoteDate.description
            if let from = date.first ?? nil, day < from { return false }
            if date.count > 1, let to = date[1], day > to { return false }
        }
        if unusual == true {
            guard let volume = row.volume, let open = row.openInterest, volume >= 100, volume > 2 * open else {
                return false
            }
        }
        return true
    }

    private func inside(_ value: Double?, _ range: [Double?]?, includesEnd: Bool = true) -> Bool {
        guard let range else { return true }
        guard let value else { return false }
        if let from = range.first ?? nil, value < from { return false }
        if range.count > 1, let to = range[1], includesEnd ? value > to : value >= to { return false }
        return true
    }
}

/// Precision at k of a set of questions.
public struct PrecisionReport: Encodable, Sendable {
    public struct Line: Encodable, Sendable {
        public var id: String
        public var text: String
        /// Share of the first k results that satisfy the question's condition; missing results count as wrong.
        public var precision: Double
        public var results: Int
        public var notUnderstood: [String]
    }

    public var k: Int
    public var semantic: Bool
    public var precision: Double
    public var questions: [Line]

    /// Asks every question and judges the answers.
    public static func measure(
        _ questions: [QuestionExample], k: Int = 10, semantic: Bool, models: [String] = [], engine: SearchEngine
    ) async throws -> PrecisionReport {
        var lines: [Line] = []
        for question in questions {
            let answer = try await engine.search(
                SearchRequest(question: question.text, k: k, models: models, semantic: semantic))
            let right = answer.results.count { question.where.holds(for: $0) }
            lines.append(
                Line(
                    id: question.id, text: question.text, precision: Double(right) / Double(k),
                    results: answer.results.count, notUnderstood: answer.notUnderstood))
        }
        let mean = lines.isEmpty ? 0 : lines.reduce(0) { $0 + $1.precision } / Double(lines.count)
        return PrecisionReport(k: k, semantic: semantic, precision: mean, questions: lines)
    }

    /// Reads questions, one JSON object a line.
    /// - Throws: `QueryError` naming file and line.
    public static func questions(path: String) throws -> [QuestionExample] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw QueryError("the questions at \(path) cannot be read: \(error.localizedDescription)")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        return try lines.compactMap { number, line in
            guard !line.allSatisfy(\.isWhitespace) else { return nil }
            do {
                return try JSONDecoder().decode(QuestionExample.self, from: Data(line.utf8))
            } catch {
                throw QueryError("\(path), line \(number + 1): not a question: \(jsonProblem(error))")
            }
        }
    }
}
