import Archive
import Base
import Descriptions
import Foundation
public import MarketData
import Questions

/// A row similar to a reference, with the components of its rank.
public struct SimilarOption: Sendable, Encodable {
    public var result: SearchResult
    /// Root mean square of the standardised differences of the numbers; 0 is the same.
    public var distance: Double

    /// The rank of the result; the highest comes first.
    public var rank: Double { Double(result.similarity) - SearchEngine.distanceWeight * distance }

    private enum CodingKeys: String, CodingKey { case distance }

    /// The members of the result, and `distance`.
    public func encode(to encoder: any Encoder) throws {
        try result.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(distance, forKey: .distance)
    }
}

extension SearchEngine {
    /// A request for similar options.
    public struct SimilarRequest: Sendable {
        public var contract: OptionContract
        /// The day of the reference's quote.
        public var day: Day
        /// Number of results.
        public var k = 50
        /// Results of one contract.
        public var perContract = 1
        /// The model that compares descriptions; the first of the store when `nil`.
        public var model: String?
        /// All when empty.
        public var years: Set<Int> = []
        /// Later rows do not exist.
        public var asOf: Day

        /// As of the reference's day.
        public init(contract: OptionContract, day: Day) {
            self.contract = contract
            self.day = day
            asOf = day
        }
    }

    /// Weight of the distance, which is subtracted from the similarity.
    public static let distanceWeight = 0.05
    /// Rows of the best descriptions that are compared by their numbers.
    private static let candidateRows = 4000

    /// Options similar to a stored one, on its day or before.
    ///
    /// Candidates are rows of the descriptions nearest to the reference's. They are ordered by cosine of the descriptions − 0.05 ×
    /// distance; the distance is over log-moneyness, √T, implied volatility, delta, log(1 + volume), log(1 + open interest) and relative
    /// spread, each in standard deviations of the candidates. The reference's own contract is left out.
    /// - Throws: `QueryError` when the store has no such quote, model or year; errors of the store.
    public func similar(_ request: SimilarRequest) async throws -> [SimilarOption] {
        let model = try similarModel(request)
        let reference = try await reference(request)
        let products = try await products(reference.parts, [], model: model)
        return try await similar(request, model: model, products: products, numbers: reference.numbers)
    }

    /// The model of a request.
    func similarModel(_ request: SimilarRequest) throws -> String {
        guard request.k > 0, request.perContract > 0 else { throw QueryError("k and the results of one contract must be at least 1") }
        let known = archive.manifest.models.keys.sorted()
        guard let model = request.model ?? known.first, known.contains(model) else {
            throw QueryError("the store has no model \(request.model ?? ""); it has \(known.joined(separator: ", "))", kind: .notFound)
        }
        return model
    }

    /// - Parameters:
    ///   - products: the inner product of the reference's description with every part of the store.
    ///   - numbers: the reference's.
    func similar(_ request: SimilarRequest, model: String, products: [Float], numbers: [Double]) async throws -> [SimilarOption] {
        let years = try await snapshot.years(request.years)
        let parts = PartScores(products, template)
        let scores = years.compactMap { YearScores($0, model: model, parts) }
        var stream = ScoreStream(scores, tickers: nil, acceptsProfile: { $0.kind != .stock }, accepts: nil)
        var candidates: [Candidate] = []
        let last = Float(request.asOf.rawValue)
        let dateColumn = ZoneFilter.column(.quoteDate) ?? 0
        while candidates.count < Self.candidateRows, let group = stream.nextGroup() {
            try Task.checkCancellation()
            for item in group {
                let year = Int(item.year)
                let index = years[year].index
                let key = DescriptionKey(rawValue: index.keys[Int(item.description)])
                for posting in try index.postings(ofDescription: Int(item.description)) {
                    let batch = index.batches[posting.batch]
                    guard batch.days.lowerBound <= request.asOf else { continue }
                    let zone = batch.zones.lowerBound + posting.rows.lowerBound / ZoneMaps.zoneRows
                    if let bounds = index.bounds(zone: zone, column: dateColumn), bounds.lowerBound > last { continue }
                    var rows = Array(posting.rows)
                    if batch.days.upperBound > request.asOf {
                        let opened = try await snapshot.open([posting.batch], of: index)[posting.batch]
                        rows = []
                        try opened?.forEachBlock(in: posting.rows, days: nil) { block, first in
                            rows += (0..<block.count).filter { block.quoteDates[$0] <= request.asOf.rawValue }.map { first + $0 }
                        }
                    }
                    candidates += rows.map { row in
                        Candidate(hit: Search.Hit(year: year, batch: posting.batch, row: row), key: key, score: item.score)
                    }
                }
            }
        }
        try await readNumbers(&candidates, years)
        return try await best(candidates, request, numbers, years, model)
    }

    private struct Candidate {
        var hit: Search.Hit
        var key: DescriptionKey
        var score: Float
        var quoteDate: Int32 = 0
        var contract: OptionContract?
        var numbers: [Double] = []
    }

    /// Source columns of `numbers`, the date and the contract.
    private static let numberColumns: [Int] = {
        let names: Set<String> = [
            "key", "quote_date", "root", "expiry", "strike", "bid", "ask", "volume", "open_interest", "implied_volatility", "underlying_close",
        ]
        return OptionRows.columns.indices.filter { names.contains(OptionRows.columns[$0].name) }
    }()

    /// Reads the dates, contracts and numbers of candidates: each block once, and what is computed for all rows at once.
    private func readNumbers(_ candidates: inout [Candidate], _ years: [Snapshot.Year]) async throws {
        let hits = candidates.map(\.hit)
        let order = hits.indices.sorted { left, right in
            (hits[left].year, hits[left].batch, hits[left].row) < (hits[right].year, hits[right].batch, hits[right].row)
        }
        let size = Snapshot.Rows.blockRows
        var blocks: [(columns: BatchColumns<OptionRows>, block: Int, rows: [UInt32])] = []
        var opened: (year: Int, batch: Int, columns: BatchColumns<OptionRows>)?
        for hit in order.map({ hits[$0] }) {
            if opened.map({ ($0.year, $0.batch) != (hit.year, hit.batch) }) ?? true {
                let index = years[hit.year].index
                guard case .options(let columns)? = try await snapshot.open([hit.batch], of: index)[hit.batch] else {
                    throw QueryError("the index of descriptions of \(index.year) takes stock rows for options; run `tapedeck index rebuild`")
                }
                opened = (hit.year, hit.batch, columns)
            }
            guard let opened else { continue }
            if blocks.last.map({ $0.columns !== opened.columns || $0.block != hit.row / size }) ?? true {
                blocks.append((opened.columns, hit.row / size, []))
            }
            blocks[blocks.count - 1].rows.append(UInt32(hit.row % size))
        }
        var rows = OptionRows()
        try await snapshot.mapBlocks(blocks) { columns, block, rows in
            try columns.rows(Self.numberColumns, block: block).reordered(rows)
        } consume: { _, found in
            rows.append(contentsOf: found)
        }
        let block = RowBlock(rows)
        let contract = block.contracts { [snapshot] in snapshot.name(ofTicker: $0) }
        let numbers = Self.numbers(block)
        for (place, candidate) in order.enumerated() {
            candidates[candidate].quoteDate = rows.quoteDate[place]
            candidates[candidate].contract = contract?(place)
            candidates[candidate].numbers = numbers.map { $0[place] }
        }
    }

    /// The parts of the reference's description, and its numbers.
    private func reference(_ request: SimilarRequest) async throws -> (parts: [(number: UInt32, weight: Float)], numbers: [Double]) {
        let root = request.contract.root
        guard let number = archive.parts.number(ofTicker: root) else {
            throw QueryError("the store has no contract of \(root)", kind: .notFound)
        }
        for year in try await snapshot.years([]) where year.index.year == request.day.year {
            for (batchNumber, batch) in year.index.batches.enumerated() where batch.kind == .options && batch.days.contains(request.day) {
                guard case .options(let columns)? = try await snapshot.open([batchNumber], of: year.index)[batchNumber] else { continue }
                let wanted = OptionRows.columns.indices.filter {
                    ["key", "quote_date", "root", "expiry", "strike"].contains(OptionRows.columns[$0].name)
                }
                for start in stride(from: 0, to: batch.rowCount, by: Snapshot.Rows.blockRows) {
                    let zone = batch.zones.lowerBound + start / ZoneMaps.zoneRows
                    let lastZone = min(batch.zones.upperBound, zone + Snapshot.Rows.blockRows / ZoneMaps.zoneRows) - 1
                    // A contract's root is its underlying's, except for adjusted contracts, whose rows can be anywhere.
                    let isNear = (zone...lastZone).contains { zone in
                        DescriptionKey(rawValue: year.index.zoneFirstKey[zone]).ticker <= number
                            && DescriptionKey(rawValue: year.index.zoneLastKey[zone]).ticker >= number
                    }
                    guard isNear || root.contains(where: \.isNumber) else { continue }
                    let rows = try columns.rows(wanted, block: start / Snapshot.Rows.blockRows)
                    let found = rows.key.indices.first { row in
                        rows.quoteDate[row] == request.day.rawValue && rows.root[row] == number
                            && rows.expiry[row] == request.contract.expiry.rawValue
                            && rows.strike[row] == request.contract.strikeThousandths
                            && (DescriptionKey(rawValue: rows.key[row]).kind == .put) == (request.contract.kind == .put)
                    }
                    guard let found else { continue }
                    let block = RowBlock(columns, start + found..<start + found + 1)
                    let numbers = Self.numbers(block).map { $0[0] }
                    if let failure = block.failure { throw failure }
                    let key = DescriptionKey(rawValue: rows.key[found] & template.mask(of: .options))
                    guard let description = year.index.description(key: key) else { continue }
                    return (parts(description, year.index), numbers)
                }
            }
        }
        throw QueryError("the store has no quote of \(request.contract) on \(request.day)", kind: .notFound)
    }

    func parts(_ description: Int, _ index: DescriptionIndex) -> [(number: UInt32, weight: Float)] {
        var numbers: [UInt32] = []
        index.appendParts(
            ofDescription: description, profile: index.profile(ofDescription: description), tickerParts: template.tickerParts(of: .options),
            to: &numbers)
        return zip(numbers, template.optionParts).compactMap { number, part in number == PartsTable.none ? nil : (number, part.weight) }
    }

    /// Log-moneyness, √T, implied volatility, delta, log(1 + volume), log(1 + open interest), relative spread; each for all rows.
    private static func numbers(_ rows: RowBlock) -> [[Double]] {
        func each(_ field: Field) -> [Double] { rows.numbers(field) ?? [Double](repeating: .nan, count: rows.count) }
        return [
            zip(each(.close), each(.strike)).map { log($0 / $1) }, each(.daysToExpiry).map { ($0 / 365).squareRoot() }, each(.impliedVolatility),
            each(.signedDelta), each(.volume).map(log1p), each(.openInterest).map(log1p), each(.spread),
        ]
    }

    private func best(
        _ candidates: [Candidate], _ request: SimilarRequest, _ reference: [Double], _ years: [Snapshot.Year], _ model: String
    ) async throws -> [SimilarOption] {
        let deviations = Self.deviations(of: candidates.map(\.numbers))
        func distance(_ numbers: [Double]) -> Double {
            var (sum, count) = (0.0, 0)
            for component in reference.indices {
                let gap = (numbers[component] - reference[component]) / deviations[component]
                guard gap.isFinite else { continue }
                sum += gap * gap
                count += 1
            }
            // Missing numbers must not make a row near.
            return 2 * count >= reference.count ? (sum / Double(count)).squareRoot() : .infinity
        }
        let ranked = candidates.map { (candidate: $0, distance: distance($0.numbers)) }
            .filter { $0.distance.isFinite }
            .map { (candidate: $0.candidate, distance: $0.distance, rank: Double($0.candidate.score) - Self.distanceWeight * $0.distance) }
            .sorted { left, right in
                if left.rank != right.rank { return left.rank > right.rank }
                if left.candidate.quoteDate != right.candidate.quoteDate { return left.candidate.quoteDate > right.candidate.quoteDate }
                return Search.TieBreak(hit: left.candidate.hit, key: left.candidate.key)
                    < Search.TieBreak(hit: right.candidate.hit, key: right.candidate.key)
            }
        var shown: [SimilarOption] = []
        var counts: [OptionContract?: Int] = [request.contract: request.perContract]
        for one in ranked where shown.count < request.k && counts[one.candidate.contract, default: 0] < request.perContract {
            counts[one.candidate.contract, default: 0] += 1
            let index = years[one.candidate.hit.year].index
            guard let batch = try await snapshot.open([one.candidate.hit.batch], of: index)[one.candidate.hit.batch] else { continue }
            let builder = ResultBuilder(
                matcher: ConstraintMatcher([]) { _ in nil }, writer: writer, tickers: archive.parts.tickers, year: index.year,
                similarity: one.candidate.score, similarities: [model: one.candidate.score], days: nil, sortedBy: [])
            shown.append(SimilarOption(result: try builder.result(batch, row: one.candidate.hit.row), distance: one.distance))
        }
        return shown
    }

    /// The inner product of a description with every part of the store.
    /// - Parameters:
    ///   - parts: those that the store has.
    ///   - others: those that it does not have; they are encoded.
    func products(_ parts: [(number: UInt32, weight: Float)], _ others: [(text: String, weight: Float)], model: String) async throws -> [Float] {
        guard let vectors = vectors[model] else { throw QueryError("no encoder for the model \(model) is loaded") }
        return vectors.products(composedOf: parts, try await documents(others.map(\.text), model: model), weights: others.map(\.weight))
    }
}
