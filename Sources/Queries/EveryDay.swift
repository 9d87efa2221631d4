import Archive
import Base
import Descriptions
package import MarketData
package import Questions

extension SearchBase {
    /// The rows of a day that meet every constraint of a question.
    package struct DayMatches: Sendable {
        package var day: Day
        package var matches = 0
        /// By measure; NaN where a row lacks the number.
        package var values: [[Double]]
        /// A random sample of the options among the matches, up to the requested number.
        package var sample: [(contract: OptionContract, underlying: String)] = []
        /// Options among the matches.
        fileprivate var options = 0
    }

    /// A question on every stored day, in one pass over the rows that can match.
    /// - Parameters:
    ///   - request: constraints, years and as-of day count; orders, groups and limits do not.
    ///   - fields: measures beside those that the question names.
    ///   - sample: options kept of each day.
    /// - Returns: the interpretation, the measures, and all days that the question allows, including those without a match.
    /// - Throws: `QueryError` for a question without constraints, in which every row would match; errors of the store.
    package func everyDay(
        _ request: SearchRequest, fields: [Field], sample: Int, seed: UInt64
    ) async throws -> (answer: SearchAnswer, fields: [Field], days: [DayMatches]) {
        let start = ContinuousClock.now
        let years = try await snapshot.years(request.years)
        let plan = SearchPlan(request, reader: try await questionReader(request.years)) { archive.parts.number(ofTicker: $0) }
        guard !plan.matcher.items.isEmpty else {
            throw QueryError("the question sets no condition, so every row matches; name a ticker, a kind, a range or a category")
        }
        var measured = fields
        for field in plan.reading.query.measures.compactMap(\.field) where !measured.contains(field) { measured.append(field) }
        if let unknown = measured.first(where: { !RowBlock.computes($0) }) { throw QueryError("`search` cannot compute \(unknown.snakeCase)") }
        let search = Search(
            plan: plan, asOf: request.asOf, isStrict: true, snapshot: snapshot, years: years, template: archive.manifest.descriptions.template,
            lexicon: lexicon, days: try await snapshot.dayNumbers(plan.fields.union(measured), ladders: plan.ladders), strategy: .automatic)
        let time = plan.reading.query.time
        let stored = try await optionDays().filter { day in
            time.contains(day) && (request.asOf.map { day <= $0 } ?? true) && (request.years.isEmpty || request.years.contains(day.year))
        }
        var found = Dictionary(
            uniqueKeysWithValues: stored.map { ($0.rawValue, DayMatches(day: $0, values: [[Double]](repeating: [], count: measured.count))) })
        var random = SplitMix64(state: seed)
        try await search.forEachMatch { rows, chosen in
            let numbers = measured.map { rows.numbers($0) }
            let contracts = sample > 0 ? rows.contracts(snapshot.name(ofTicker:)) : nil
            for row in chosen.indices where chosen[row] {
                let day = rows.quoteDates[row]
                var one = found[day] ?? DayMatches(day: Day(rawValue: day), values: [[Double]](repeating: [], count: measured.count))
                found[day] = nil
                one.matches += 1
                for place in measured.indices { one.values[place].append(numbers[place]?[row] ?? .nan) }
                // Algorithm R (Vitter, 1985): each option of the day is kept with the same probability.
                if let contract = contracts?(row) {
                    let entry = (contract, snapshot.name(ofTicker: rows.keys[row].ticker))
                    one.options += 1
                    let place = Int(random.next() % UInt64(one.options))
                    if one.sample.count < sample { one.sample.append(entry) } else if place < sample { one.sample[place] = entry }
                }
                found[day] = one
            }
        }
        let days = found.values.sorted { $0.day < $1.day }
        var notes = plan.notes + archive.notes
        let ignored = plan.requests
        if !ignored.isEmpty { notes.append("counts all rows of a day that meet the constraints; not applied: \(ignored.joined(separator: " · "))") }
        let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
        let answer = SearchAnswer(
            question: request.question, constraints: plan.matcher.items.map(\.text), requests: [], query: plan.reading.query,
            notUnderstood: plan.reading.notUnderstood, cannotKnow: plan.cannotKnow, corrections: plan.corrections, notes: notes, relaxed: [],
            exact: true, matchingRows: days.reduce(0) { $0 + $1.matches }, groups: nil, steps: plan.reading.steps,
            elapsedMilliseconds: (elapsed * 1000).rounded() / 1000, results: [])
        return (answer, measured, days)
    }
}

extension Snapshot {
    /// The day numbers that conditions on some fields need; `nil` if they need none.
    /// - Parameter scope: rows whose strikes are counted, if the fields need them.
    func dayNumbers(_ fields: Set<Field>, ladders scope: LadderScope?) async throws -> DayNumbers? {
        let premium = !fields.isDisjoint(with: [.volatilityPremium, .volatilityRatio])
        let needsBars = premium || !fields.isDisjoint(with: DayNumbers.barFields)
        let needsChains = premium || !fields.isDisjoint(with: DayNumbers.chainFields.union(DayNumbers.rankFields))
        let needsLadders = scope != nil && !fields.isDisjoint(with: StrikeLadders.fields)
        guard needsBars || needsChains || needsLadders else { return nil }
        var ladders: StrikeLadders?
        if needsLadders, let scope { ladders = try await strikeLadders(scope) }
        return DayNumbers(
            bars: needsBars ? try await barHistory() : nil, chains: needsChains ? try await chainTable() : nil, ladders: ladders,
            tickers: archive.parts.tickers)
    }
}
