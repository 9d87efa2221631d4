import Archive
import Descriptions
import Foundation
import MarketData
import StrictJSON

extension QuestionExample.Condition {
    /// Whether a result satisfies every condition. Judges by the row's own numbers, not by how the question was read.
    public func holds(for row: SearchResult) -> Bool {
        var moneyness: Double?
        if let strike = row.strike, let close = row.underlyingClose, strike > 0, close > 0 {
            moneyness = row.kind == "put" ? strike / close : close / strike
        }
        return holds(
            Numbers(
                underlying: row.underlying, kind: row.kind, quoteDate: row.quoteDate, moneyness: moneyness,
                daysToExpiry: row.daysToExpiry, impliedVolatility: row.impliedVolatility, volume: row.volume,
                openInterest: row.openInterest, delta: row.delta, strike: row.strike))
    }

    /// The same for a stored row.
    func holds(for row: RowFacts, underlying: String) -> Bool {
        holds(
            Numbers(
                underlying: underlying, kind: row.key.kind?.name ?? "", quoteDate: row.quoteDate,
                moneyness: row.moneyness, daysToExpiry: row.daysToExpiry, impliedVolatility: row.impliedVolatility,
                volume: row.volume, openInterest: row.openInterest, delta: deltaAbs == nil ? nil : row.delta,
                strike: row.strike))
    }

    private struct Numbers {
        var underlying: String
        var kind: String
        var quoteDate: Day
        var moneyness: Double?
        var daysToExpiry: Int?
        var impliedVolatility: Double?
        var volume: Int64?
        var openInterest: Int?
        var delta: Double?
        var strike: Double?
    }

    private func holds(_ row: Numbers) -> Bool {
        if let underlying, !underlying.contains(row.underlying) { return false }
        if let kind, row.kind != kind { return false }
        guard inside(row.moneyness, m, includesEnd: false), inside(row.daysToExpiry.map(Double.init), dte),
            inside(row.impliedVolatility, iv, includesEnd: false), inside(row.volume.map(Double.init), volume),
            inside(row.openInterest.map(Double.init), openInterest), inside(row.delta.map(abs), deltaAbs),
            inside(row.strike, strike)
        else { return false }
        if let date {
            let day = row.quoteDate.description
            if let from = date.first ?? nil, day < from { return false }
            if date.count > 1, let to = date[1], day > to { return false }
        }
        if unusual == true {
            guard let volume = row.volume, let open = row.openInterest, volume >= 100, volume > 2 * Int64(open) else {
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
            let answer = try await engine.searchText(
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
