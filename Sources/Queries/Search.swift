import Archive
import Base
import Descriptions
import Foundation
import MarketData
import Questions

/// One search: a plan over the years of a snapshot.
///
/// Rows are ranked by level first: the number of constraints to give up for them, in the order of relaxation. A level is searched only
/// if the previous ones have too few rows. Descriptions and zone maps bound the level of rows, so that search skips descriptions,
/// batches and blocks.
struct Search {
    /// A row that will be shown.
    struct Hit: Hashable {
        /// Position in `years`.
        var year: Int
        /// Position in the batches of the year's index.
        var batch: Int
        /// Position in the batch.
        var row: Int
    }

    /// Orders the rows of a day: stocks first, then by description, as the rows of a batch are. Rows of one description and day are in one
    /// batch, whether that is the store's or a segment's.
    struct TieBreak: Comparable {
        var hit: Hit
        /// Masked to the template.
        var key: DescriptionKey

        static func < (a: TieBreak, b: TieBreak) -> Bool {
            if a.hit.year != b.hit.year { return a.hit.year < b.hit.year }
            let (left, right) = (a.key.kind == .stock, b.key.kind == .stock)
            if left != right { return left }
            return (a.key.rawValue, a.hit.batch, a.hit.row) < (b.key.rawValue, b.hit.batch, b.hit.row)
        }
    }

    private struct Candidate {
        var hit: Hit
        /// By the orders of the question; smaller is better.
        var ranks: [Double]
        var similarity: Float
        var distance: Double
        var quoteDate: Int32
        var volume: Double
        /// Orders rows that are otherwise equal, independently of how rows are distributed over batches.
        var tie: TieBreak

        /// By the orders, then the most similar, then the closest to the numbers asked for, the latest and the most traded;
        /// description and position make the order total.
        static func before(_ a: Candidate, _ b: Candidate) -> Bool {
            for (x, y) in zip(a.ranks, b.ranks) where x != y { return x < y }
            if a.similarity != b.similarity { return a.similarity > b.similarity }
            if a.distance != b.distance { return a.distance < b.distance }
            if a.quoteDate != b.quoteDate { return a.quoteDate > b.quoteDate }
            if a.volume != b.volume { return a.volume > b.volume }
            return a.tie < b.tie
        }
    }

    /// The best candidates so far.
    private struct Best {
        let wanted: Int
        private(set) var candidates: [Candidate] = []
        /// The ranks of the last candidate that would be shown, once there are enough.
        private(set) var worst: [Double]?

        init(wanted: Int) { self.wanted = wanted }

        mutating func offer(_ candidate: Candidate) {
            candidates.append(candidate)
            if candidates.count >= 8 * wanted + 64 { cut() }
        }

        mutating func cut() {
            candidates.sort(by: Candidate.before)
            candidates.removeSubrange(min(wanted, candidates.count)...)
            worst = candidates.count == wanted ? candidates.last?.ranks : nil
        }

        mutating func sorted() -> [Candidate] {
            cut()
            return candidates
        }
    }

    /// A zone that can hold rows of a level.
    fileprivate struct Zone {
        var year: Int
        var batch: Int
        var zone: Int
        var rows: Range<Int>
    }

    let plan: SearchPlan
    let asOf: Day?
    let isStrict: Bool
    let snapshot: Snapshot
    let years: [Snapshot.Year]
    let filter: ConstraintMatcher.DescriptionFilter
    private let bounds: BoundFilter
    let days: DayNumbers?
    let strategy: SearchStrategy
    /// `nil` if zone maps exclude no level of any zone.
    private let zoneLevels: ZoneLevels?
    private let mask: (options: UInt64, stocks: UInt64)

    /// If zone maps leave at most this many rows, search reads all of them before any description.
    private static let fewRows = 1 << 16
    /// Ranges of rows visited, after which reading whole blocks costs less.
    private static let manyVisits = 20_000

    init(
        plan: SearchPlan, asOf: Day?, isStrict: Bool, snapshot: Snapshot, years: [Snapshot.Year], template: DescriptionTemplate, lexicon: Lexicon,
        days: DayNumbers?, strategy: SearchStrategy
    ) {
        self.plan = plan
        self.asOf = asOf
        self.isStrict = isStrict
        self.snapshot = snapshot
        self.years = years
        self.days = days
        self.strategy = strategy
        mask = (template.mask(of: .options), template.mask(of: .stocks))
        filter = plan.matcher.descriptionFilter(known: template.mask(of: .options) | template.mask(of: .stocks))
        bounds = BoundFilter(plan.matcher, lexicon: lexicon)
        // Descriptions alone decide most questions, which then need no zones.
        let passesOverRows = !plan.order.isEmpty || plan.aggregates != nil
        let zoneFilter = ZoneFilter(plan.matcher, asOf: asOf)
        let needsZones = passesOverRows ? zoneFilter.isEffective : zoneFilter.tellsOfRows
        zoneLevels = needsZones ? ZoneLevels(zoneFilter, years) : nil
    }

    /// The zones that can hold rows of a level.
    private func feasible(_ level: Int) -> [Zone] {
        var zones: [Zone] = []
        for (year, snapshot) in years.enumerated() {
            let index = snapshot.index
            for (number, batch) in index.batches.enumerated() where asOf.map({ batch.days.lowerBound <= $0 }) ?? true {
                for zone in batch.zones where zoneLevels.map({ $0.level(year, zone) <= level }) ?? true {
                    zones.append(Zone(year: year, batch: number, zone: zone, rows: index.rows(zone: zone, ofBatch: number)))
                }
            }
        }
        return zones
    }

    private var matcher: ConstraintMatcher { plan.matcher }

    // MARK: Ranking

    /// The best rows, and how many meet every constraint, if ranking has read all of them.
    /// - Parameter scores: by year.
    func rank(_ scores: [YearScores]) async throws -> (hits: [Hit], matches: Int?) {
        var found: [Hit] = []
        var matches: Int?
        var memo = LevelMemo()
        for level in 0...(isStrict ? 0 : matcher.relaxationOrder.count) {
            let wanted = plan.limit - found.count
            if plan.order.isEmpty {
                found += try await bySimilarity(level, wanted: wanted, scores, &memo)
            } else {
                let (hits, count) = try await inOrder(level, wanted: wanted, scores, &memo)
                found += hits
                if level == 0 { matches = count }
            }
            if found.count >= plan.limit { break }
        }
        return (found, matches)
    }

    /// The rows of a level that come first by similarity.
    private func bySimilarity(_ level: Int, wanted: Int, _ scores: [YearScores], _ memo: inout LevelMemo) async throws -> [Hit] {
        let zoneCount = zoneLevels?.count(upTo: level)
        if strategy == .rows || strategy == .automatic && (zoneCount ?? .max) <= Self.fewRows / ZoneMaps.zoneRows {
            return try await lookAtRows(feasible(level), level, wanted: wanted, scores, &memo)
        }
        var found: [Candidate] = []
        var visits = 0
        let opened = OpenedBatches(snapshot, years)
        let tickers = tickers(level, zoneCount)
        var stream = ScoreStream(
            scores, tickers: tickers, acceptsProfile: { filter.level($0, withTicker: false) <= level },
            accepts: tickers == nil && !filter.namesTickers && bounds.isEmpty
                ? nil
                : { index, descriptions in
                    var verdicts = bounds.verdicts(index, descriptions: descriptions, level: level)
                    guard filter.namesTickers else { return verdicts }
                    for (place, description) in descriptions.enumerated() where verdicts[place] {
                        verdicts[place] = filter.level(DescriptionKey(rawValue: index.keys[description])) <= level
                    }
                    return verdicts
                })
        while found.count < wanted, let group = stream.nextGroup() {
            found += try await rows(of: group, level, wanted: wanted - found.count, opened, &memo, &visits)
            if strategy == .automatic, visits > Self.manyVisits, found.count < wanted {
                return try await lookAtRows(feasible(level), level, wanted: wanted, scores, &memo)
            }
        }
        return found.map(\.hit)
    }

    /// The only underlyings that rows of a level can have, when they are few.
    private func tickers(_ level: Int, _ zoneCount: Int?) -> [UInt32]? {
        if let named = matcher.tickers(level: level) { return named.count <= 64 ? named.sorted() : nil }
        guard let zoneCount, zoneCount <= 4096 else { return nil }
        var found: Set<UInt32> = []
        for zone in feasible(level) {
            let index = years[zone.year].index
            let first = DescriptionKey(rawValue: index.zoneFirstKey[zone.zone]).ticker
            let last = DescriptionKey(rawValue: index.zoneLastKey[zone.zone]).ticker
            guard first <= last, last - first <= 64, found.count <= 64 else { return nil }
            found.formUnion(first...last)
        }
        return found.sorted()
    }

    /// The rows of a level in descriptions of one score, best first.
    private func rows(
        of group: [ScoreStream.Item], _ level: Int, wanted: Int, _ opened: OpenedBatches, _ memo: inout LevelMemo, _ visits: inout Int
    ) async throws -> [Candidate] {
        var places: [(year: Int, posting: DescriptionIndex.Posting, key: DescriptionKey, lastDay: Day)] = []
        for item in group {
            let year = Int(item.year)
            let index = years[year].index
            // If descriptions decide every constraint, all rows of a description have one level.
            if filter.isComplete, filter.level(DescriptionKey(rawValue: index.keys[Int(item.description)])) != level { continue }
            for posting in try index.postings(ofDescription: Int(item.description))
            where bounds.level(index, posting: posting.number) <= level && zoneLevels?.level(year, posting) ?? 0 <= level {
                places.append(
                    (year, posting, DescriptionKey(rawValue: index.keys[Int(item.description)]), index.batches[posting.batch].days.upperBound))
            }
        }
        visits += places.count
        // Of equally similar rows, the latest come first, so that earlier batches can often stay closed.
        let stopsByDay = !matcher.hasDistances
        if stopsByDay { places.sort { $0.lastDay > $1.lastDay } }
        var found: [Candidate] = []
        var next = 0
        while next < places.count {
            let end = stopsByDay ? min(next + 4, places.count) : places.count
            try Task.checkCancellation()
            try await opened.open(places[next..<end].map { ($0.year, $0.posting.batch) })
            try await readAhead(places[next..<end].map { (try opened.rows($0.year, $0.posting.batch), $0.year, $0.posting) })
            for place in places[next..<end] {
                let batch = try opened.rows(place.year, place.posting.batch)
                try batch.forEachBlock(in: place.posting.rows, days: days) { rows, first in
                    let key = OpenedBatches.Place(year: place.year, batch: place.posting.batch)
                    let levels =
                        filter.isComplete ? nil : memo.levels(of: rows, at: first, key, batch, blockCount: blockCount(key, first), days, matcher)
                    guard levels?.contains(UInt8(clamping: level)) ?? true else { return }
                    let distances = matcher.distances(rows)
                    for row in 0..<rows.count where levels.map({ $0[row] == level }) ?? true && isPresent(rows, row) {
                        found.append(
                            candidate(
                                Hit(year: place.year, batch: place.posting.batch, row: first + row), place.key, rows, row, similarity: 0,
                                distance: distances[row]))
                    }
                }
            }
            next = end
            if stopsByDay, next < places.count, found.count >= wanted {
                let later = places[next].lastDay.rawValue
                if found.count(where: { $0.quoteDate > later }) >= wanted { break }
            }
        }
        found.sort(by: Candidate.before)
        return Array(found.prefix(wanted))
    }

    /// Decodes the blocks that are not decoded yet, in parallel if there are several.
    private func readAhead(_ places: [(rows: Snapshot.Rows, year: Int, posting: DescriptionIndex.Posting)]) async throws {
        var units: [(rows: Snapshot.Rows, block: Int)] = []
        var last: (year: Int, batch: Int, block: Int)?
        for (rows, year, posting) in places where !posting.rows.isEmpty {
            let size = Snapshot.Rows.blockRows
            for block in posting.rows.lowerBound / size...(posting.rows.upperBound - 1) / size
            where last.map({ $0 != (year, posting.batch, block) }) ?? true && !rows.holds(block: block) {
                units.append((rows, block))
                last = (year, posting.batch, block)
            }
        }
        guard units.count > 1 else { return }
        try await snapshot.mapBlocks(units) { [fields = plan.fields] unit in
            try unit.rows.read(fields, block: unit.block)
        } consume: { _, _ in
        }
    }

    /// The first rows of a level, by reading all rows of some zones.
    private func lookAtRows(_ zones: [Zone], _ level: Int, wanted: Int, _ scores: [YearScores], _ memo: inout LevelMemo) async throws -> [Hit] {
        var best = Best(wanted: wanted)
        try await forEachRange(zones, &memo) { rows, levels, place, first in
            guard levels.contains(UInt8(clamping: level)) else { return }
            let distances = matcher.distances(rows)
            for row in 0..<rows.count where levels[row] == level && isPresent(rows, row) {
                let hit = Hit(year: place.year, batch: place.batch, row: first + row)
                let key = masked(rows.keys[row])
                best.offer(candidate(hit, key, rows, row, similarity: try similarity(key, scores[place.year]), distance: distances[row]))
            }
        }
        return best.sorted().map(\.hit)
    }

    /// The first rows of a level in the question's order. Rows without the number that is sorted by are left out.
    /// - Returns: also the number of rows of the level, if all of them were read.
    private func inOrder(_ level: Int, wanted: Int, _ scores: [YearScores], _ memo: inout LevelMemo) async throws -> (hits: [Hit], matches: Int?) {
        var feasible = feasible(level)
        // Zones in the order of the best rank that they can hold.
        var bestRanks: [Double]?
        if let ordering = plan.order.first, ordering.under == nil, let column = ZoneFilter.column(ordering.field) {
            let ranks = feasible.map { zone in
                years[zone.year].index.bounds(zone: zone.zone, column: column).map { Self.bestRank(ordering, $0) } ?? .infinity
            }
            let sorted = feasible.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
            feasible = sorted.map { feasible[$0] }
            bestRanks = sorted.map { ranks[$0] }
        }
        var best = Best(wanted: wanted)
        var matches = 0
        var isCut = false
        var start = 0
        while start < feasible.count {
            if let bestRanks, let worst = best.worst?.first, bestRanks[start] > worst {
                isCut = true
                break
            }
            let end = bestRanks == nil ? feasible.count : min(start + 16, feasible.count)
            try await forEachRange(Array(feasible[start..<end]), &memo) { rows, levels, place, first in
                guard levels.contains(UInt8(clamping: level)) else { return }
                let numbers = plan.order.map { Self.numbers($0, rows) }
                let distances = matcher.distances(rows)
                for row in 0..<rows.count where levels[row] == level && isPresent(rows, row) {
                    matches += 1
                    let ranks = zip(plan.order, numbers).map { Self.rank($0, $1[row]) }
                    guard !ranks.contains(where: \.isNaN) else { continue }
                    if let worst = best.worst, worst.lexicographicallyPrecedes(ranks) { continue }
                    let hit = Hit(year: place.year, batch: place.batch, row: first + row)
                    let key = masked(rows.keys[row])
                    best.offer(
                        candidate(
                            hit, key, rows, row, ranks: ranks, similarity: try similarity(key, scores[place.year]), distance: distances[row]))
                }
            }
            best.cut()
            start = end
        }
        return (best.sorted().map(\.hit), isCut ? nil : matches)
    }

    /// What an order sorts the rows of a block by; NaN where it is unknown.
    private static func numbers(_ ordering: Ordering, _ rows: RowBlock) -> [Double] {
        let unknown = [Double](repeating: .nan, count: rows.count)
        guard let numbers = rows.numbers(ordering.field) else { return unknown }
        guard let field = ordering.under else { return numbers }
        guard let under = rows.numbers(field) else { return unknown }
        return zip(numbers, under).map { $1 > 0 ? $0 / $1 : .nan }
    }

    private static func rank(_ ordering: Ordering, _ value: Double) -> Double {
        ordering.nearest.map { abs(value - $0) } ?? (ordering.isDescending ? -value : value)
    }

    private static func bestRank(_ ordering: Ordering, _ bounds: ClosedRange<Float>) -> Double {
        let (low, high) = (Double(bounds.lowerBound), Double(bounds.upperBound))
        guard let nearest = ordering.nearest else { return ordering.isDescending ? -high : low }
        return (low...high).contains(nearest) ? 0 : min(abs(low - nearest), abs(high - nearest))
    }

    private func candidate(
        _ hit: Hit, _ key: DescriptionKey, _ rows: RowBlock, _ row: Int, ranks: [Double] = [], similarity: Float, distance: Double
    ) -> Candidate {
        Candidate(
            hit: hit, ranks: ranks, similarity: similarity, distance: distance, quoteDate: rows.quoteDates[row],
            volume: rows.number(.volume, at: row) ?? -1, tie: TieBreak(hit: hit, key: key))
    }

    /// The score of a row's description.
    func similarity(_ key: DescriptionKey, _ scores: YearScores) throws -> Float {
        guard let description = scores.index.description(key: masked(key)) else {
            throw QueryError("the index of descriptions of \(scores.index.year) lacks a row's description; run `tapedeck index rebuild`")
        }
        return scores.score(description)
    }

    /// The key of a row's description.
    private func masked(_ key: DescriptionKey) -> DescriptionKey {
        DescriptionKey(rawValue: key.rawValue & (key.kind == .stock ? mask.stocks : mask.options))
    }

    private func isPresent(_ rows: RowBlock, _ row: Int) -> Bool { asOf.map { rows.quoteDates[row] <= $0.rawValue } ?? true }

    // MARK: All rows

    /// Calls `body` with every block that has rows that meet every constraint.
    /// - Parameter body: gets the rows, and which of them meet the constraints.
    func forEachMatch(_ body: (RowBlock, [Bool]) throws -> Void) async throws {
        var memo = LevelMemo()
        try await forEachRange(feasible(0), &memo) { rows, levels, _, _ in
            guard levels.contains(0) else { return }
            try body(rows, levels.indices.map { levels[$0] == 0 && isPresent(rows, $0) })
        }
    }

    /// How many rows meet every constraint; `nil` if it would have to read more than `limit` rows.
    func matchingRows(limit: Int) async throws -> Int? {
        if asOf == nil, filter.isComplete {
            let named = tickers(0, nil)
            return years.reduce(0) { sum, year in sum + matchingRows(year.index, named) }
        }
        let zoneCount = zoneLevels?.count(upTo: 0) ?? years.reduce(0) { $0 + $1.index.zoneCount }
        guard zoneCount <= limit / ZoneMaps.zoneRows else { return nil }
        var count = 0
        try await forEachMatch { _, chosen in count += chosen.count { $0 } }
        return count
    }

    /// From descriptions alone.
    private func matchingRows(_ index: DescriptionIndex, _ named: [UInt32]?) -> Int {
        var count: UInt64 = 0
        for profile in 0..<index.profileCount where filter.level(DescriptionKey(rawValue: index.profileKeys[profile]), withTicker: false) == 0 {
            if let named {
                for description in named.compactMap({ index.description(profile: profile, ticker: $0) })
                where filter.level(DescriptionKey(rawValue: index.keys[description])) == 0 {
                    count += index.rowCounts[description]
                }
            } else if !filter.namesTickers {
                count += index.profileRows[profile]
            } else {
                for description in index.descriptions(ofProfile: profile)
                where filter.level(DescriptionKey(rawValue: index.keys[description])) == 0 {
                    count += index.rowCounts[description]
                }
            }
        }
        return Int(count)
    }

    /// Calls `body` with the rows of some zones and their levels, neighbouring zones of a block together.
    /// - Parameter body: gets rows, their levels, their batch, and the position of the first.
    private func forEachRange(
        _ zones: [Zone], _ memo: inout LevelMemo,
        _ body: (RowBlock, [UInt8], (year: Int, batch: Int), Int) throws -> Void
    ) async throws {
        let opened = OpenedBatches(snapshot, years)
        var start = 0
        while start < zones.count {
            // Open a few batches at a time.
            var end = start
            var batches: Set<OpenedBatches.Place> = []
            while end < zones.count, batches.count < 8 || batches.contains(OpenedBatches.Place(year: zones[end].year, batch: zones[end].batch)) {
                batches.insert(OpenedBatches.Place(year: zones[end].year, batch: zones[end].batch))
                end += 1
            }
            try Task.checkCancellation()
            try await opened.open(batches.map { ($0.year, $0.batch) })
            let units = try units(zones[start..<end], opened)
            // One task computes and caches numbers of days.
            try await snapshot.mapBlocks(units, sideBySide: days == nil) { [matcher, days = SendableDays(days), memo] unit in
                let rows = unit.batch.block(unit.rows, days: days.numbers)
                let levels = memo.levels(unit.place, unit.rows) ?? matcher.levels(rows)
                if let failure = rows.failure { throw failure }
                return levels
            } consume: { unit, levels in
                memo.keep(levels, unit.place, unit.rows, blockCount: blockCount(unit.place, unit.rows.lowerBound))
                let rows = unit.batch.block(unit.rows, days: days)
                try body(rows, levels, (unit.place.year, unit.place.batch), unit.rows.lowerBound)
                if let failure = rows.failure { throw failure }
            }
            start = end
        }
    }

    /// Rows of the block that a row is in.
    private func blockCount(_ place: OpenedBatches.Place, _ row: Int) -> Int {
        let size = Snapshot.Rows.blockRows
        return min(size, years[place.year].index.batches[place.batch].rowCount - row / size * size)
    }

    /// Rows of one block.
    private struct Unit: Sendable {
        var place: OpenedBatches.Place
        var rows: Range<Int>
        var batch: Snapshot.Rows
    }

    /// The rows of zones, those of neighbouring zones of a block together.
    private func units(_ zones: ArraySlice<Zone>, _ opened: OpenedBatches) throws -> [Unit] {
        let size = Snapshot.Rows.blockRows
        var units: [Unit] = []
        for zone in zones {
            let place = OpenedBatches.Place(year: zone.year, batch: zone.batch)
            if let last = units.last, last.place == place, last.rows.upperBound == zone.rows.lowerBound,
                last.rows.lowerBound / size == zone.rows.lowerBound / size
            {
                units[units.count - 1].rows = last.rows.lowerBound..<zone.rows.upperBound
            } else {
                units.append(Unit(place: place, rows: zone.rows, batch: try opened.rows(zone.year, zone.batch)))
            }
        }
        return units
    }
}

/// Numbers of days, used by one task at a time.
private struct SendableDays: @unchecked Sendable {
    let numbers: DayNumbers?

    init(_ numbers: DayNumbers?) { self.numbers = numbers }
}

/// How to search a level by similarity. All ways give the same rows.
package enum SearchStrategy: Sendable, CaseIterable {
    /// Whichever reads less.
    case automatic
    /// Descriptions in the order of their scores, then their rows.
    case descriptions
    /// All rows that zone maps leave, then their scores.
    case rows
}

/// The lowest level at which each zone can hold rows, by year and zone.
struct ZoneLevels {
    /// Zones that are not searched have the highest level.
    private let levels: [[UInt8]]
    private let years: [Snapshot.Year]

    init(_ filter: ZoneFilter, _ years: [Snapshot.Year]) {
        self.years = years
        levels = years.map { filter.levels($0.index) }
    }

    func level(_ year: Int, _ zone: Int) -> Int { Int(levels[year][zone]) }

    /// The zones that can hold rows of a level.
    func count(upTo level: Int) -> Int {
        let most = UInt8(clamping: level)
        return levels.reduce(0) { sum, levels in
            levels.withUnsafeBufferPointer { levels in levels.reduce(sum) { $0 + ($1 <= most ? 1 : 0) } }
        }
    }

    /// The lowest possible level of some rows of a batch.
    func level(_ year: Int, _ posting: DescriptionIndex.Posting) -> Int {
        let first = years[year].index.batches[posting.batch].zones.lowerBound
        let places =
            first + posting.rows.lowerBound / ZoneMaps.zoneRows...first + max(posting.rows.lowerBound, posting.rows.upperBound - 1)
            / ZoneMaps.zoneRows
        return Int(levels[year][places].min() ?? .max)
    }
}

/// The batches that a search has opened.
private final class OpenedBatches {
    struct Place: Hashable, Sendable {
        var year: Int
        var batch: Int
    }

    private let snapshot: Snapshot
    private let years: [Snapshot.Year]
    private var rows: [Place: Snapshot.Rows] = [:]

    init(_ snapshot: Snapshot, _ years: [Snapshot.Year]) {
        self.snapshot = snapshot
        self.years = years
    }

    func open(_ places: some Sequence<(Int, Int)>) async throws {
        let missing = Set(places.map { Place(year: $0.0, batch: $0.1) }).filter { rows[$0] == nil }
        for (year, places) in Dictionary(grouping: missing, by: \.year) {
            for (batch, opened) in try await snapshot.open(Set(places.map(\.batch)), of: years[year].index) {
                rows[Place(year: year, batch: batch)] = opened
            }
        }
    }

    func rows(_ year: Int, _ batch: Int) throws -> Snapshot.Rows {
        guard let rows = rows[Place(year: year, batch: batch)] else { throw QueryError("batch \(batch) of year \(year) was not opened") }
        return rows
    }
}

/// Levels of the rows of whole blocks. A search that visits a block often reads all of its rows once; one that visits it a few times
/// reads only those rows.
private struct LevelMemo: Sendable {
    private struct Place: Hashable {
        var batch: OpenedBatches.Place
        var block: Int

        init(_ batch: OpenedBatches.Place, _ row: Int) {
            self.batch = batch
            block = row / Snapshot.Rows.blockRows
        }

        var base: Int { block * Snapshot.Rows.blockRows }
    }

    /// Number of visits after which reading all rows of a block costs less than reading a few each time.
    private static let visits = 48
    /// Number of blocks whose levels are cached: 32 MiB.
    private static let limit = 4096

    private var visited: [Place: Int] = [:]
    private var known: [Place: [UInt8]] = [:]

    /// The levels of some rows of a block, if known.
    func levels(_ batch: OpenedBatches.Place, _ rows: Range<Int>) -> [UInt8]? {
        let place = Place(batch, rows.lowerBound)
        return known[place].map { Array($0[rows.lowerBound - place.base..<rows.upperBound - place.base]) }
    }

    /// Caches the levels of a whole block.
    mutating func keep(_ levels: [UInt8], _ batch: OpenedBatches.Place, _ rows: Range<Int>, blockCount: Int) {
        let place = Place(batch, rows.lowerBound)
        guard known.count < Self.limit, rows.lowerBound == place.base, rows.count == blockCount else { return }
        known[place] = levels
    }

    /// The levels of some rows of a block, without reading the rest of it.
    mutating func levels(
        of rows: RowBlock, at first: Int, _ batch: OpenedBatches.Place, _ columns: Snapshot.Rows, blockCount: Int,
        _ days: DayNumbers?, _ matcher: ConstraintMatcher
    ) -> [UInt8] {
        guard !matcher.items.isEmpty else { return [UInt8](repeating: 0, count: rows.count) }
        let range = first..<first + rows.count
        if let levels = levels(batch, range) { return levels }
        let place = Place(batch, first)
        visited[place, default: 0] += 1
        guard known.count < Self.limit, visited[place, default: 0] > Self.visits else { return matcher.levels(rows) }
        let whole = columns.block(place.base..<place.base + blockCount, days: days)
        let levels = matcher.levels(whole)
        guard whole.failure == nil else { return matcher.levels(rows) }
        known[place] = levels
        return Array(levels[first - place.base..<first - place.base + rows.count])
    }
}
