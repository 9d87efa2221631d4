import Descriptions
import MarketData

/// A question's constraints, resolved against a store's tickers and template, in the order in which they are given up.
struct ConstraintMatcher: Sendable {
    struct Item: Sendable {
        var constraint: Constraint
        var text: String
    }

    /// A constraint with its tickers as the store's numbers, so that checking a row compares integers.
    private indirect enum Check: Sendable {
        case tickers([UInt32])
        case constraint(Constraint)
        case not(Check)
        case any([Check])

        init(_ constraint: Constraint, _ numberOfTicker: (String) -> UInt32?) {
            switch constraint {
            case .underlyings(let names): self = .tickers(names.compactMap(numberOfTicker))
            case .not(let inner): self = .not(Check(inner, numberOfTicker))
            case .any(let choices): self = .any(choices.map { Check($0, numberOfTicker) })
            default: self = .constraint(constraint)
            }
        }
    }

    private let checks: [Check]

    /// In the order of the question.
    let items: [Item]
    /// Positions in `items` by the order in which they are given up when too few rows satisfy all.
    let relaxationOrder: [Int]

    init(_ constraints: [Constraint], lexicon: Lexicon, numberOfTicker: (String) -> UInt32?) {
        items = constraints.map { Item(constraint: $0, text: $0.words(in: lexicon)) }
        checks = constraints.map { Check($0, numberOfTicker) }
        let ranks = constraints.map(ConstraintMatcher.importance)
        relaxationOrder = constraints.indices.sorted { (ranks[$0], $1) < (ranks[$1], $0) }
    }

    /// What a person would give up last has the highest rank: a question about Apple calls is still about Apple calls
    /// at another strike. Documented in docs/questions.md.
    private static func importance(_ constraint: Constraint) -> Int {
        switch constraint {
        case .category(let attribute, _):
            switch attribute {
            case .spread: 0
            case .regime: 1
            case .gap, .range, .drawdown: 2
            case .impliedVolatility, .realisedVolatility: 4
            case .openInterest: 5
            case .volume, .relativeVolume: 6
            case .unusualActivity, .underlyingMove, .trend: 8
            case .tenor: 10
            case .moneyness: 11
            }
        case .number(let field, _, _):
            switch field {
            case .bid, .ask, .mid, .spread: 3
            case .impliedVolatility, .delta, .volume, .openInterest, .underlyingClose: 7
            case .daysToExpiry: 10
            case .strike, .moneyness: 11
            }
        case .expiration: 10
        case .quoteDate: 12
        case .kinds: 13
        case .underlyings: 14
        case .not(let inner): importance(inner)
        case .any(let choices): choices.map(importance).max() ?? 0
        }
    }

    /// Whether rows of a description can satisfy the constraints at `active`, as far as the description tells.
    ///
    /// - Parameter known: the attributes that the template keeps in keys; others are only in the rows.
    func accepts(_ key: DescriptionKey, active: [Int], known: UInt64) -> Bool {
        active.allSatisfy { Self.verdict(checks[$0], key, known: known) != false }
    }

    /// What a description says of a constraint: `nil` when only its rows can tell.
    private static func verdict(_ check: Check, _ key: DescriptionKey, known: UInt64) -> Bool? {
        switch check {
        case .tickers(let numbers): return numbers.contains(key.ticker)
        case .constraint(.kinds(let kinds)): return key.kind.map(kinds.contains) ?? false
        case .constraint(.category(let attribute, let codes)):
            guard let kind = key.kind, attribute.applies(to: kind) else { return false }
            guard known & (7 << (attribute.slot * 3)) != 0 else { return nil }
            return codes & (1 << key[attribute]) != 0
        case .not(let inner):
            // The opposite of a category holds only for rows that have the input, which the row's check sees to.
            return verdict(inner, key, known: known) == true ? false : nil
        case .any(let choices):
            let verdicts = choices.map { verdict($0, key, known: known) }
            return verdicts.contains(true) ? true : verdicts.contains(nil) ? nil : false
        case .constraint: return nil
        }
    }

    /// Whether a row satisfies one constraint.
    func satisfies(_ row: RowFacts, _ index: Int) -> Bool { Self.holds(checks[index], row) ?? false }

    /// `nil` when the row lacks the input.
    private static func holds(_ check: Check, _ row: RowFacts) -> Bool? {
        switch check {
        case .tickers(let numbers): return numbers.contains(row.key.ticker)
        case .not(let inner): return holds(inner, row).map { !$0 }
        case .any(let choices):
            let verdicts = choices.compactMap { holds($0, row) }
            return verdicts.isEmpty ? nil : verdicts.contains(true)
        case .constraint(let constraint): return holds(constraint, row)
        }
    }

    private static func holds(_ constraint: Constraint, _ row: RowFacts) -> Bool? {
        switch constraint {
        case .kinds(let kinds): return row.key.kind.map(kinds.contains)
        case .category(let attribute, let codes):
            guard let kind = row.key.kind, attribute.applies(to: kind), row.key[attribute] != 0 else {
                // Only unusual activity has no opposite category: its absence is its opposite.
                return attribute == .unusualActivity && row.key.kind != .stock ? false : nil
            }
            return codes & (1 << row.key[attribute]) != 0
        case .number(let field, let min, let max):
            return row.number(field).map { $0 >= (min ?? -.infinity) && $0 <= (max ?? .infinity) }
        case .quoteDate(let from, let to):
            return row.quoteDate >= (from ?? row.quoteDate) && row.quoteDate <= (to ?? row.quoteDate)
        case .expiration(let from, let to):
            return row.expiry.map { $0 >= (from ?? $0) && $0 <= (to ?? $0) }
        case .underlyings, .not, .any: return nil  // resolved into checks of their own
        }
    }

    /// How far a row is from the numbers asked for, 0 in the middle of every two-sided range: the second ranking.
    func distance(_ row: RowFacts) -> Double {
        var sum = 0.0
        for item in items {
            guard case .number(let field, let min?, let max?) = item.constraint, let value = row.number(field) else {
                continue
            }
            let half = (max - min) / 2
            let away = abs(value - (min + half))
            sum += half > 0 ? away / half : away
        }
        return sum
    }
}
