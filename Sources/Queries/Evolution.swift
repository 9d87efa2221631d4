import Archive
import Base
import Descriptions
public import MarketData

/// How many rows of a year match a question.
public struct YearEvolution: Sendable, Encodable {
    public var year: Int
    /// Rows that meet every constraint or, without constraints, are among the 1 % most similar rows of all years.
    public var matches: Int
    /// Rows of the year.
    public var rows: Int
    public var perMillion: Double
    /// 95 %, per million rows: Wilson's interval of a share (1927), which assumes independent rows.
    public var interval: ClosedRange<Double>
    /// The best rows of the year.
    public var best: [SearchResult]

    private enum CodingKeys: String, CodingKey {
        case matches, rows
        case perMillion = "per_million"
        case interval, best
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(matches, forKey: .matches)
        try box.encode(rows, forKey: .rows)
        try box.encode(perMillion, forKey: .perMillion)
        try box.encode([interval.lowerBound, interval.upperBound], forKey: .interval)
        try box.encode(best, forKey: .best)
    }

    init(year: Int, matches: Int, rows: Int, best: [SearchResult]) {
        self.year = year
        self.matches = matches
        self.rows = rows
        self.best = best
        let total = Double(rows)
        let share = total > 0 ? Double(matches) / total : 0
        perMillion = share * 1e6
        let z = 1.959963984540054
        let scale = 1 + z * z / max(1, total)
        let centre = (share + z * z / (2 * max(1, total))) / scale
        let half = z * ((share * (1 - share) + z * z / (4 * max(1, total))) / max(1, total)).squareRoot() / scale
        interval = max(0, centre - half) * 1e6...(centre + half) * 1e6
    }
}

/// How a question's matches developed.
public struct Evolution: Sendable {
    public var question: String
    public var constraints: [String]
    public var notUnderstood: [String]
    /// The cosine from which a row counts, for a question without constraints; `nil` when constraints decide.
    public var threshold: Float?
    /// Ascending.
    public var years: [YearEvolution]
}

extension SearchEngine {
    /// By year, how many rows match a question, and the best of them.
    ///
    /// Constraints decide which rows match. For a question without any, the 1 % of the rows of all requested years with the highest
    /// similarity by the first model match.
    /// - Parameters:
    ///   - years: range of years; only those in the store count.
    ///   - k: best rows per year.
    /// - Throws: `QueryError` when the store has none of the years; as `search(_:)`.
    public func evolution(
        _ question: String, years: ClosedRange<Int>, k: Int, models: [String] = [], asOf: Day? = nil
    ) async throws -> Evolution {
        let known = archive.years.filter(years.contains)
        guard !known.isEmpty else {
            throw QueryError(
                "the store has no year from \(years.lowerBound) to \(years.upperBound); it has "
                    + archive.years.map(String.init).joined(separator: ", "), kind: .notFound)
        }
        var answers: [(year: Int, answer: SearchAnswer)] = []
        for year in known {
            var request = SearchRequest(question: question, k: k, models: models, years: [year], asOf: asOf, countsMatches: true)
            request.countLimit = .max
            answers.append((year, try await search(request)))
        }
        let opened = try await snapshot.years(Set(known))
        var later: [Int: [UInt64: UInt64]] = [:]
        for year in opened { later[year.index.year] = try await rowsAfter(asOf, year) }
        let rows = Dictionary(
            uniqueKeysWithValues: opened.map { year in
                let hidden = later[year.index.year]?.values.reduce(0, +) ?? 0
                return (year.index.year, year.index.batches.reduce(0) { $0 + $1.rowCount } - Int(hidden))
            })
        let first = answers[0].answer
        var result = Evolution(
            question: question, constraints: first.constraints, notUnderstood: first.notUnderstood, threshold: nil, years: [])
        var similar: [Int: Int] = [:]
        if first.constraints.isEmpty { (result.threshold, similar) = try await similarRows(question, opened, models.first, without: later) }
        result.years = answers.map { year, answer in
            YearEvolution(
                year: year, matches: similar[year] ?? answer.matchingRows ?? 0, rows: rows[year] ?? 0,
                best: answer.results.filter(\.misses.isEmpty))
        }
        return result
    }

    /// The rows of a year after a day, by the key of their description; they do not exist as of the day.
    private func rowsAfter(_ day: Day?, _ year: Snapshot.Year) async throws -> [UInt64: UInt64] {
        guard let day else { return [:] }
        var counts: [UInt64: UInt64] = [:]
        for (number, batch) in year.index.batches.enumerated() where batch.days.upperBound > day {
            let mask = template.mask(of: batch.kind)
            guard let rows = try await snapshot.open([number], of: year.index)[number] else { continue }
            try rows.forEachBlock(in: 0..<batch.rowCount, days: nil) { block, _ in
                for row in 0..<block.count where block.quoteDates[row] > day.rawValue { counts[block.keys[row].rawValue & mask, default: 0] += 1 }
            }
        }
        return counts
    }

    /// The similarity that 1 % of all rows reach, and the number of these rows in each year.
    /// - Parameter hidden: rows by year and key that do not exist.
    private func similarRows(
        _ question: String, _ years: [Snapshot.Year], _ wanted: String?, without hidden: [Int: [UInt64: UInt64]]
    ) async throws -> (Float, [Int: Int]) {
        guard let model = wanted ?? archive.manifest.models.keys.sorted().first else { return (0, [:]) }
        let parts = PartScores(try await self.products([question], model: model)[0], template)
        var scored: [(score: Float, rows: UInt64, year: Int)] = []
        for year in years {
            guard let scores = YearScores(year, model: model, parts) else { continue }
            for profile in 0..<scores.index.profileCount {
                scores.forEach(inProfile: profile) { description, score in
                    let missing = hidden[scores.index.year]?[scores.index.keys[description]] ?? 0
                    scored.append((score, scores.index.rowCounts[description] - missing, scores.index.year))
                }
            }
        }
        scored.sort { $0.score > $1.score }
        let total = scored.reduce(0) { $0 + $1.rows }
        var (passed, threshold) = (UInt64(0), Float(0))
        for item in scored where passed < max(1, total / 100) {
            passed += item.rows
            threshold = item.score
        }
        var counts: [Int: Int] = [:]
        for item in scored where item.score >= threshold { counts[item.year, default: 0] += Int(item.rows) }
        return (threshold, counts)
    }
}
