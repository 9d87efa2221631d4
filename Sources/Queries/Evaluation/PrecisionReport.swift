import Archive
import Descriptions
import Foundation
import MarketData
import Questions
import StrictJSON

/// The numbers of a row that conditions of an evaluation file use.
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

/// Precision at k of a set of questions, and how exactly they were read.
public struct PrecisionReport: Encodable, Sendable {
    public struct Line: Encodable, Sendable {
        public var id: String
        public var text: String
        public var kind: String?
        /// Share of the first k results that satisfy the question's condition; missing results count as wrong. With a gold
        /// reading, k is at most the number of matching rows; `nil` if none match.
        public var precision: Double?
        public var results: Int
        public var notUnderstood: [String]
        /// Errors of the reading, if the file says how the question must be read; empty if it is exact.
        public var faults: [String]?
        /// The reading is wrong, and the answer gives no hint.
        public var isSilent: Bool?
    }

    /// Figures for the questions of one kind.
    public struct Share: Encodable, Sendable {
        public var kind: String
        public var questions: Int
        /// Share of the questions whose reading is exact; `nil` if the file does not say how they must be read.
        public var exact: Double?
        public var silent: Int
        /// Mean over the questions with matching rows.
        public var precision: Double?

        init(_ kind: String, _ lines: [Line]) {
            self.kind = kind
            questions = lines.count
            let judged = lines.compactMap(\.faults)
            exact = judged.isEmpty ? nil : Double(judged.count { $0.isEmpty }) / Double(judged.count)
            silent = lines.count { $0.isSilent == true }
            let precisions = lines.compactMap(\.precision)
            precision = precisions.isEmpty ? nil : precisions.reduce(0, +) / Double(precisions.count)
        }
    }

    public var k: Int
    public var semantic: Bool
    public var precision: Double
    public var all: Share
    /// By kind, if questions have one, in the order of the file.
    public var kinds: [Share]
    public var questions: [Line]

    /// Asks every question and judges the answers.
    /// - Throws: `QueryError` when the store cannot answer; errors of the store.
    public static func measure(
        _ questions: [QuestionExample], k: Int = 10, semantic: Bool, models: [String] = [], engine: SearchEngine
    ) async throws -> PrecisionReport {
        let form = try TypedForm()
        var lines: [Line] = []
        for question in questions {
            var line = Line(id: question.id, text: question.text, kind: question.kind, results: 0, notUnderstood: [])
            var request = SearchRequest(question: question.text, k: k, models: models, semantic: semantic)
            if let gold = question.reading {
                let verdict = try gold.verdict(on: try await engine.read(question.text), form)
                line.faults = verdict.faults
                line.isSilent = verdict.isSilent
                request.judge = try form.tree(line.faults == [] ? gold.tree : gold.alternative ?? gold.tree)
                // Rows that miss a constraint are not judged.
                request.isStrict = true
            }
            let answer = try await engine.search(request)
            line.results = answer.results.count
            line.notUnderstood = answer.notUnderstood
            if let judged = answer.judged {
                let possible = min(k, judged.matches)
                line.precision = possible == 0 ? nil : Double(judged.right) / Double(max(possible, answer.results.count))
            } else {
                line.precision = Double(answer.results.count { question.where.holds(for: $0) }) / Double(k)
            }
            lines.append(line)
        }
        var kinds: [String] = []
        for kind in lines.compactMap(\.kind) where !kinds.contains(kind) { kinds.append(kind) }
        let all = Share("all", lines)
        return PrecisionReport(
            k: k, semantic: semantic, precision: all.precision ?? 0, all: all,
            kinds: kinds.map { kind in Share(kind, lines.filter { $0.kind == kind }) }, questions: lines)
    }

    /// Reads questions, one JSON object per line.
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
