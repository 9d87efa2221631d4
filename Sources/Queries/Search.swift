import Descriptions
import MarketData
import Questions

/// One search: a plan over loaded batches.
struct Search {
    /// A row that will be shown.
    struct Hit: Hashable {
        var batch: Int
        var description: Int
        var row: Int
    }

    private struct Candidate {
        var hit: Hit
        /// By the orders of the question; smaller is better.
        var ranks: [Double]
        var similarity: Float
        var distance: Double
        var quoteDate: Int32
        var volume: Double

        /// By the orders, then the most similar, then the closest to the numbers asked for, the latest and the most traded;
        /// position makes the order total.
        static func before(_ a: Candidate, _ b: Candidate) -> Bool {
            for (x, y) in zip(a.ranks, b.ranks) where x != y { return x < y }
            if a.similarity != b.similarity { return a.similarity > b.similarity }
            if a.distance != b.distance { return a.distance < b.distance }
            if a.quoteDate != b.quoteDate { return a.quoteDate > b.quoteDate }
            if a.volume != b.volume { return a.volume > b.volume }
            return (a.hit.batch, a.hit.row) < (b.hit.batch, b.hit.row)
        }
    }

    let plan: SearchPlan
    let asOf: Day?
    let isStrict: Bool
    let batches: [LoadedBatch]
    let template: DescriptionTemplate
    let days: DayNumbers?

    private var matcher: ConstraintMatcher { plan.matcher }
    private var all: [Int] { Array(matcher.items.indices) }

    // MARK: Ranking

    /// The best rows, and how many meet every constraint, where ranking has looked at all of them.
    /// - Parameter scores: similarities of descriptions, by batch.
    func rank(scores: [[Float]]) throws -> (hits: [Hit], matches: Int?) {
        var found: [Hit] = []
        var matches: Int?
        var seen: Set<Hit> = []
        for given in 0...(isStrict ? 0 : matcher.relaxationOrder.count) {
            let active = Array(matcher.relaxationOrder.dropFirst(given))
            if plan.order.isEmpty {
                try collectBySimilarity(into: &found, seen: &seen, scores: scores, active: active)
            } else {
                let count = try collectInOrder(into: &found, seen: &seen, scores: scores, active: active)
                if given == 0 { matches = count }
            }
            if found.count >= plan.limit { break }
        }
        return (Array(found.prefix(plan.limit)), matches)
    }

    /// Adds the best rows that satisfy the active constraints and are not there yet, until there are enough.
    private func collectBySimilarity(into found: inout [Hit], seen: inout Set<Hit>, scores: [[Float]], active: [Int]) throws {
        var scored: [(score: Float, position: Int)] = []
        var places: [(batch: Int, description: Int)] = []
        for (batchIndex, batch) in batches.enumerated() {
            let filter = matcher.descriptionFilter(active: active, known: batch.mask(template))
            for (index, key) in batch.keys.enumerated() where filter.accepts(key) {
                scored.append((scores[batchIndex][index], places.count))
                places.append((batchIndex, index))
            }
        }
        var selection = TopSelection(scored)
        let memo = BlockMemo()
        while found.count < plan.limit, let group = selection.nextGroup() {
            var candidates: [Candidate] = []
            for position in group.positions {
                let place = places[position]
                let batch = batches[place.batch]
                let range = Int(batch.rowStart[place.description])..<Int(batch.rowStart[place.description + 1])
                try memo.forEachBlock(batch, number: place.batch, in: range, days: days) { rows in
                    BlockMemo.Judged(rows: rows, chosen: chosen(rows, active: active), distances: matcher.distances(rows))
                } _: { judged, positions, base in
                    for row in positions where judged.chosen[row] {
                        let hit = Hit(batch: place.batch, description: place.description, row: base + row)
                        guard !seen.contains(hit) else { continue }
                        candidates.append(candidate(hit, judged.rows, row, similarity: 0, distance: judged.distances[row]))
                    }
                }
            }
            candidates.sort(by: Candidate.before)
            for candidate in candidates.prefix(plan.limit - found.count) {
                found.append(candidate.hit)
                seen.insert(candidate.hit)
            }
        }
    }

    /// Adds the first rows in the question's order that satisfy the active constraints and are not there yet. Rows without the
    /// number that is sorted by are left out.
    /// - Returns: how many rows satisfy the active constraints.
    private func collectInOrder(into found: inout [Hit], seen: inout Set<Hit>, scores: [[Float]], active: [Int]) throws -> Int {
        let wanted = plan.limit - found.count
        var best: [Candidate] = []
        // The last one that would be shown so far.
        var worst: [Double]?
        var matches = 0
        try forEachMatch(active: active) { rows, chosen, batch, base in
            let numbers = plan.order.map { rows.numbers($0.field) ?? [Double](repeating: .nan, count: rows.count) }
            let distances = matcher.distances(rows)
            for row in 0..<rows.count where chosen[row] {
                matches += 1
                let ranks = zip(plan.order, numbers).map { ordering, numbers in
                    let value = numbers[row]
                    return ordering.nearest.map { abs(value - $0) } ?? (ordering.isDescending ? -value : value)
                }
                guard !ranks.contains(where: \.isNaN) else { continue }
                if let worst, worst.lexicographicallyPrecedes(ranks) { continue }
                let description = batches[batch].description(ofRow: base + row)
                let hit = Hit(batch: batch, description: description, row: base + row)
                guard !seen.contains(hit) else { continue }
                best.append(
                    candidate(hit, rows, row, ranks: ranks, similarity: scores[batch][description], distance: distances[row]))
                if best.count >= 8 * wanted {
                    best.sort(by: Candidate.before)
                    best.removeSubrange(wanted...)
                    worst = best.last?.ranks
                }
            }
        }
        best.sort(by: Candidate.before)
        for candidate in best.prefix(wanted) {
            found.append(candidate.hit)
            seen.insert(candidate.hit)
        }
        return matches
    }

    private func candidate(
        _ hit: Hit, _ rows: RowBlock, _ row: Int, ranks: [Double] = [], similarity: Float, distance: Double
    ) -> Candidate {
        Candidate(
            hit: hit, ranks: ranks, similarity: similarity, distance: distance, quoteDate: rows.quoteDates[row],
            volume: rows.number(.volume, at: row) ?? -1)
    }

    // MARK: All rows

    /// Hands over every block with rows that meet every constraint.
    /// - Parameter body: gets the rows, which of them meet the constraints, the batch, and the position of the first row in it.
    func forEachMatch(_ body: (RowBlock, [Bool], Int, Int) throws -> Void) throws { try forEachMatch(active: all, body) }

    private func forEachMatch(active: [Int], _ body: (RowBlock, [Bool], Int, Int) throws -> Void) throws {
        for (index, batch) in batches.enumerated() {
            for range in batch.ranges(matcher.descriptionFilter(active: active, known: batch.mask(template))) {
                try batch.forEachBlock(in: range, days: days) { rows, base in
                    try body(rows, chosen(rows, active: active), index, base)
                }
            }
        }
    }

    private func chosen(_ rows: RowBlock, active: [Int]) -> [Bool] {
        var chosen = matcher.satisfied(rows, active: active)
        if let asOf {
            for row in 0..<rows.count where rows.quoteDates[row] > asOf.rawValue { chosen[row] = false }
        }
        return chosen
    }

    /// How many rows meet every constraint; `nil` when more than `limit` rows would have to be read for it.
    func matchingRows(limit: Int) throws -> Int? {
        let plans = batches.map { batch in
            let filter = matcher.descriptionFilter(active: all, known: batch.mask(template))
            return (ranges: batch.ranges(filter), isDecided: filter.isComplete)
        }
        let decided = asOf == nil
        let unread = plans.filter { !(decided && $0.isDecided) }.reduce(0) { $0 + $1.ranges.reduce(0) { $0 + $1.count } }
        guard unread <= limit else { return nil }
        var count = 0
        for (batch, plan) in zip(batches, plans) {
            for range in plan.ranges {
                if decided && plan.isDecided {
                    count += range.count
                } else {
                    try batch.forEachBlock(in: range, days: days) { rows, _ in count += chosen(rows, active: all).count { $0 } }
                }
            }
        }
        return count
    }
}
