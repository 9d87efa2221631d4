import Descriptions
import MarketData

/// A question's constraints, resolved against a store's tickers and template, in the order in which they are given up.
struct ConstraintMatcher: Sendable {
    struct Item: Sendable {
        var constraint: Constraint
        var text: String
        /// Ticker numbers, where the constraint names underlyings.
        var tickers: Set<UInt32>
    }

    /// In the order of the question.
    let items: [Item]
    /// Positions in `items` by the order in which they are given up when too few rows satisfy all.
    let relaxationOrder: [Int]

    init(_ constraints: [Constraint], numberOfTicker: (String) -> UInt32?) {
        items = constraints.map { constraint in
            var tickers: Set<UInt32> = []
            if case .underlyings(let names) = constraint { tickers = Set(names.compactMap(numberOfTicker)) }
            return Item(constraint: constraint, text: constraint.description, tickers: tickers)
        }
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
            case .bid, .ask: 3
            case .impliedVolatility, .delta: 7
            case .volume, .openInterest: 7
            case .daysToExpiry: 10
            case .strike, .moneyness: 11
            }
        case .quoteDate: 12
        case .kinds: 13
        case .underlyings: 14
        default: 9
        }
    }

    /// Whether rows of a description can satisfy the constraints at `active`, as far as the description tells.
    ///
    /// - Parameter known: the attributes that the template keeps in keys; others are only in the rows.
    func accepts(_ key: DescriptionKey, active: [Int], known: UInt64) -> Bool {
        active.allSatisfy { index in
            let item = items[index]
            switch item.constraint {
            case .underlyings: return item.tickers.contains(key.ticker)
            case .kinds(let kinds): return key.kind.map(kinds.contains) ?? false
            case .category(let attribute, let codes):
                guard let kind = key.kind, attribute.applies(to: kind) else { return false }
                guard known & (7 << (attribute.slot * 3)) != 0 else { return true }
                return codes & (1 << key[attribute]) != 0
            default: return true
            }
        }
    }

    /// Whether a row satisfies one constraint.
    func satisfies(_ row: RowFacts, _ index: Int) -> Bool {
        let item = items[index]
        switch item.constraint {
        case .underlyings: return item.tickers.contains(row.key.ticker)
        case .kinds(let kinds): return row.key.kind.map(kinds.contains) ?? false
        case .category(let attribute, let codes):
            guard let kind = row.key.kind, attribute.applies(to: kind) else { return false }
            return codes & (1 << row.key[attribute]) != 0
        case .number(let field, let min, let max):
            guard let value = row.number(field) else { return false }
            return value >= (min ?? -.infinity) && value <= (max ?? .infinity)
        case .quoteDate(let from, let to):
            return row.quoteDate >= (from ?? row.quoteDate) && row.quoteDate <= (to ?? row.quoteDate)
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
