import Descriptions
import MarketData
import Questions

/// Whether a row satisfies a constraint; unknown if it lacks an input.
///
/// Kleene's three values: a row that lacks the input of a condition satisfies neither it nor its opposite.
enum Verdict: Int8 {
    case unknown = -1
    case no = 0
    case yes = 1

    func and(_ other: Verdict) -> Verdict {
        self == .no || other == .no ? .no : self == .yes && other == .yes ? .yes : .unknown
    }

    func or(_ other: Verdict) -> Verdict {
        self == .yes || other == .yes ? .yes : self == .no && other == .no ? .no : .unknown
    }

    static prefix func ! (verdict: Verdict) -> Verdict {
        switch verdict {
        case .unknown: .unknown
        case .no: .yes
        case .yes: .no
        }
    }
}

/// A question's constraints, resolved against a store's tickers and template, in the order in which they are given up.
struct ConstraintMatcher: Sendable {
    /// A part of the question that is satisfied or given up as a whole.
    struct Item: Sendable {
        var tree: ConstraintTree
        var text: String
    }

    /// A constraint prepared for rows: tickers are the store's numbers, categories are bits.
    indirect enum Check: Sendable {
        case all([Check])
        case any([Check])
        case not(Check)
        case tickers([UInt32])
        case kinds([InstrumentKind])
        case category(Attribute, codes: UInt8)
        case number(Field, Bounds)
        case ratio(Field, Field, Bounds)
        case dates(DateField, DayInterval)
        case weekdays(DateField, [Int])
        case expiryClass([ExpiryClass])
        /// Quote dates near an event: for every underlying, and by ticker.
        case event([ClosedRange<Day>], [UInt32: [ClosedRange<Day>]])
    }

    /// In the order of the question.
    let items: [Item]
    /// Positions in `items` by the order in which they are given up when too few rows satisfy all.
    let relaxationOrder: [Int]
    let checks: [Check]

    /// - Parameters:
    ///   - items: parts of the question that must hold together.
    ///   - numberOfTicker: the store's number of a ticker, `nil` when it has none.
    init(_ items: [Item], calendar: EventCalendar? = nil, numberOfTicker: (String) -> UInt32?) {
        self.items = items
        checks = items.map { Self.check($0.tree, calendar, numberOfTicker) }
        let ranks = items.map { Self.importance($0.tree) }
        relaxationOrder = items.indices.sorted { (ranks[$0], $1) < (ranks[$1], $0) }
    }

    private static func check(_ tree: ConstraintTree, _ calendar: EventCalendar?, _ numberOfTicker: (String) -> UInt32?) -> Check {
        switch tree {
        case .all(let parts): return .all(parts.map { check($0, calendar, numberOfTicker) })
        case .any(let parts): return .any(parts.map { check($0, calendar, numberOfTicker) })
        case .not(let inner): return .not(check(inner, calendar, numberOfTicker))
        case .test(let condition):
            switch condition {
            case .symbols(let names): return .tickers(names.compactMap(numberOfTicker))
            case .kinds(let kinds): return .kinds(kinds)
            case .category(let attribute, let codes): return .category(attribute, codes: codes.reduce(0) { $0 | 1 << UInt8($1) })
            case .number(let field, let bounds): return .number(field, bounds)
            case .ratio(let over, let under, let bounds): return .ratio(over, under, bounds)
            case .dates(let field, let interval): return .dates(field, interval)
            case .weekdays(let field, let days): return .weekdays(field, days)
            case .expiryClass(let classes): return .expiryClass(classes)
            case .event(let name, let sessions):
                let intervals = calendar?.intervals(name, sessions: sessions) ?? [:]
                let byTicker = intervals.compactMap { symbol, days in numberOfTicker(symbol).map { ($0, days) } }
                return .event(intervals["*"] ?? [], Dictionary(byTicker) { first, _ in first })
            }
        }
    }

    // MARK: Importance

    /// The constraint that a person would give up last has the highest rank: a question about Apple calls is still about Apple
    /// calls at another strike. Documented in docs/questions.md.
    private static func importance(_ tree: ConstraintTree) -> Int {
        tree.conditions.map(importance).max() ?? 0
    }

    private static func importance(_ condition: Condition) -> Int {
        switch condition {
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
        case .number(let field, _): importance(field)
        case .ratio(let over, let under, _): max(importance(over), importance(under))
        case .expiryClass: 10
        case .dates(.expiry, _), .weekdays(.expiry, _): 10
        case .dates(.quoteDate, _), .weekdays(.quoteDate, _), .event: 12
        case .kinds: 13
        case .symbols: 14
        }
    }

    private static func importance(_ field: Field) -> Int {
        switch field {
        case .bid, .ask, .mid, .bidSize, .askSize, .spread, .spreadDollars: 3
        case .daysToExpiry, .expiryRank: 10
        case .strike, .moneyness, .distance, .distanceDollars, .outOfTheMoney, .outOfTheMoneyDollars, .outOfTheMoneyStrikes,
            .strikeOverSpot, .strikeMinusSpot:
            11
        case .move, .absoluteMove, .gap, .range, .trend, .drawdown, .relativeVolume: 8
        default: 7
        }
    }

    // MARK: Descriptions

    /// What descriptions tell of the constraints.
    struct DescriptionFilter: Sendable {
        /// A constraint, by the order in which constraints are given up.
        fileprivate enum Test {
            /// Three bits of a key: covers most constraints that descriptions decide, without traversing a tree.
            case bits(BitTest)
            case decided(Check)
            /// Only rows decide it, unless the description excludes it.
            case open(Check)
        }

        fileprivate struct BitTest {
            var shift: UInt64
            /// Values that pass, by kind: bit `value` of the byte `kind`.
            var allowed: UInt32

            init(kinds: [InstrumentKind]) {
                shift = DescriptionKey.kindShift
                allowed = kinds.reduce(0) { $0 | 1 << (9 * UInt32($1.rawValue)) }
            }

            init(_ attribute: Attribute, codes: UInt8) {
                shift = attribute.slot * 3
                // Code 0 means that the input is missing.
                allowed = InstrumentKind.allCases.reduce(0) { allowed, kind in
                    attribute.applies(to: kind) ? allowed | UInt32(codes & ~1) << (8 * UInt32(kind.rawValue)) : allowed
                }
            }

            func passes(_ key: DescriptionKey) -> Bool {
                let kind = UInt32(truncatingIfNeeded: key.rawValue >> DescriptionKey.kindShift) & 3
                let width: UInt64 = shift == DescriptionKey.kindShift ? 3 : 7
                return allowed >> (8 * kind + UInt32(truncatingIfNeeded: key.rawValue >> shift & width)) & 1 != 0
            }
        }

        fileprivate var tests: [Test] = []
        fileprivate var known: UInt64
        /// Whether descriptions decide every constraint, so that no row needs to be read.
        fileprivate(set) var isComplete = true
        /// Whether a constraint is on underlyings.
        fileprivate(set) var namesTickers = false

        /// The lowest possible level of a description's rows: 0 if they can satisfy every constraint, otherwise the number of
        /// constraints to give up.
        /// - Parameter withTicker: whether to use the key's ticker; otherwise it counts as unknown.
        func level(_ key: DescriptionKey, withTicker: Bool = true) -> Int {
            for place in tests.indices.reversed() {
                let fails =
                    switch tests[place] {
                    case .bits(let test): !test.passes(key)
                    case .decided(let check):
                        switch ConstraintMatcher.verdict(check, key, known: known, withTicker: withTicker) {
                        case .yes: false
                        case .no: true
                        case .unknown: withTicker || !check.namesTickers
                        }
                    case .open(let check): ConstraintMatcher.verdict(check, key, known: known, withTicker: withTicker) == .no
                    }
                if fails { return place + 1 }
            }
            return 0
        }
    }

    /// What descriptions tell of the constraints.
    /// - Parameter known: the attributes that the template stores in keys; others are only in the rows.
    func descriptionFilter(known: UInt64) -> DescriptionFilter {
        var filter = DescriptionFilter(known: known)
        for item in relaxationOrder {
            let check = checks[item]
            filter.namesTickers = filter.namesTickers || check.namesTickers
            switch check {
            case .kinds(let kinds): filter.tests.append(.bits(DescriptionFilter.BitTest(kinds: kinds)))
            case .category(let attribute, let codes) where Self.isInKeys(check, known):
                filter.tests.append(.bits(DescriptionFilter.BitTest(attribute, codes: codes)))
            default:
                if Self.isInKeys(check, known) {
                    filter.tests.append(.decided(check))
                } else {
                    filter.tests.append(.open(check))
                    filter.isComplete = false
                }
            }
        }
        return filter
    }

    /// The only underlyings that rows can have once as many constraints as `level` are given up; `nil` when all can.
    func tickers(level: Int) -> Set<UInt32>? {
        var result: Set<UInt32>?
        for item in relaxationOrder.dropFirst(level) {
            guard case .tickers(let numbers) = checks[item] else { continue }
            result = result?.intersection(numbers) ?? Set(numbers)
        }
        return result
    }

    private static func isInKeys(_ check: Check, _ known: UInt64) -> Bool {
        switch check {
        case .all(let parts), .any(let parts): parts.allSatisfy { isInKeys($0, known) }
        case .not(let inner): isInKeys(inner, known)
        case .tickers, .kinds: true
        case .category(let attribute, _): known & (7 << (attribute.slot * 3)) != 0
        case .number, .ratio, .dates, .weekdays, .expiryClass, .event: false
        }
    }

    /// Whether a description satisfies a constraint; unknown if only its rows can decide.
    fileprivate static func verdict(_ check: Check, _ key: DescriptionKey, known: UInt64, withTicker: Bool) -> Verdict {
        switch check {
        case .all(let parts): return parts.reduce(.yes) { $0.and(verdict($1, key, known: known, withTicker: withTicker)) }
        case .any(let parts): return parts.reduce(.no) { $0.or(verdict($1, key, known: known, withTicker: withTicker)) }
        case .not(let inner): return !verdict(inner, key, known: known, withTicker: withTicker)
        case .category(let attribute, let codes):
            return known & (7 << (attribute.slot * 3)) == 0 ? .unknown : category(attribute, codes, key)
        case .tickers(let numbers): return withTicker ? numbers.contains(key.ticker) ? .yes : .no : .unknown
        case .kinds(let kinds): return key.kind.map(kinds.contains) == true ? .yes : .no
        case .number(.daysToExpiry, let bounds): return tenor(bounds, key, known: known)
        case .number, .ratio, .dates, .weekdays, .expiryClass, .event: return .unknown
        }
    }

    private static let tenorBoundaries: [Double]? = try? Lexicon.builtIn().thresholds(.tenor).map(Double.init)

    /// Whether all days of a description's tenor lie outside of bounds on days to expiry.
    private static func tenor(_ bounds: Bounds, _ key: DescriptionKey, known: UInt64) -> Verdict {
        let code = Int(key[.tenor])
        guard let boundaries = tenorBoundaries, key.kind != .stock, known & (7 << (Attribute.tenor.slot * 3)) != 0,
            (1...boundaries.count + 1).contains(code)
        else { return .unknown }
        // Days are whole: the last one of a category is the one before its end.
        let first = code == 1 ? -Double.infinity : boundaries[code - 2],
            last = code > boundaries.count ? .infinity : boundaries[code - 1].rounded(.up) - 1
        if let lower = bounds.lower, lower.isStrict ? last <= lower.value : last < lower.value { return .no }
        if let upper = bounds.upper, upper.isStrict ? first >= upper.value : first > upper.value { return .no }
        return .unknown
    }

    private static func category(_ attribute: Attribute, _ codes: UInt8, _ key: DescriptionKey) -> Verdict {
        guard let kind = key.kind, attribute.applies(to: kind), key[attribute] != 0 else {
            // Only unusual activity has no opposite category: its absence is the opposite.
            return attribute == .unusualActivity && key.kind != .stock ? .no : .unknown
        }
        return codes & (1 << key[attribute]) != 0 ? .yes : .no
    }

    // MARK: Rows

    /// How many constraints must be given up for each row, in the order of relaxation: 0 for rows that satisfy all.
    ///
    /// The most important constraints are checked first: once every row has failed one, the columns of the rest need not be read.
    func levels(_ rows: RowBlock) -> [UInt8] {
        var levels = [UInt8](repeating: 0, count: rows.count)
        for (place, item) in relaxationOrder.enumerated().reversed() {
            let verdicts = Self.verdicts(checks[item], rows)
            var undecided = false
            for row in 0..<rows.count where levels[row] == 0 {
                if verdicts[row] == .yes { undecided = true } else { levels[row] = UInt8(clamping: place + 1) }
            }
            if !undecided { break }
        }
        return levels
    }

    /// Whether each row satisfies one item.
    func satisfied(_ rows: RowBlock, item: Int) -> [Bool] { Self.verdicts(checks[item], rows).map { $0 == .yes } }

    private static func verdicts(_ check: Check, _ rows: RowBlock) -> [Verdict] {
        func each(_ test: (Int) -> Verdict) -> [Verdict] { (0..<rows.count).map(test) }
        func numbers(_ numbers: [Double]?, _ bounds: Bounds) -> [Verdict] {
            guard let numbers else { return each { _ in .unknown } }
            return numbers.map { $0.isNaN ? .unknown : bounds.contains($0) ? .yes : .no }
        }
        switch check {
        case .all(let parts): return combined(parts, rows, from: .yes) { $0.and($1) }
        case .any(let parts): return combined(parts, rows, from: .no) { $0.or($1) }
        case .not(let inner): return verdicts(inner, rows).map { !$0 }
        case .tickers(let tickers): return rows.keys.map { tickers.contains($0.ticker) ? .yes : .no }
        case .kinds(let kinds): return rows.keys.map { key in key.kind.map(kinds.contains) == true ? .yes : .no }
        case .category(let attribute, let codes): return rows.keys.map { category(attribute, codes, $0) }
        case .number(let field, let bounds): return rows.verdicts(field, bounds) ?? each { _ in .unknown }
        case .ratio(let over, let under, let bounds):
            guard let above = rows.numbers(over), let below = rows.numbers(under) else { return each { _ in .unknown } }
            return numbers(zip(above, below).map { $1 > 0 ? $0 / $1 : $0 > 0 ? .infinity : .nan }, bounds)
        case .dates(let field, let interval):
            guard let days = days(field, rows) else { return each { _ in .unknown } }
            return days.map { interval.contains(Day(rawValue: $0)) ? .yes : .no }
        case .weekdays(let field, let weekdays):
            guard let days = days(field, rows) else { return each { _ in .unknown } }
            return days.map { day in
                let weekday = Day(rawValue: day).weekday
                // Until January 2015, contracts that expired on a Friday were listed with the Saturday after it.
                return weekdays.contains(field == .expiry && weekday == 6 ? 5 : weekday) ? .yes : .no
            }
        case .expiryClass(let classes):
            guard let days = rows.expiries else { return each { _ in .unknown } }
            return days.map { classes.contains(ExpiryClass(of: Day(rawValue: $0))) ? .yes : .no }
        case .event(let general, let byTicker):
            return each { row in
                let day = Day(rawValue: rows.quoteDates[row])
                return (general + (byTicker[rows.keys[row].ticker] ?? [])).contains { $0.contains(day) } ? .yes : .no
            }
        }
    }

    private static func combined(
        _ parts: [Check], _ rows: RowBlock, from start: Verdict, _ combine: (Verdict, Verdict) -> Verdict
    ) -> [Verdict] {
        parts.reduce([Verdict](repeating: start, count: rows.count)) { zip($0, verdicts($1, rows)).map(combine) }
    }

    private static func days(_ field: DateField, _ rows: RowBlock) -> [Int32]? {
        field == .quoteDate ? rows.quoteDates : rows.expiries
    }

    // MARK: Closeness

    /// Whether a constraint asks for numbers around a midpoint.
    var hasDistances: Bool {
        items.contains { item in
            guard case .test(.number(_, let bounds)) = item.tree else { return false }
            return bounds.lower != nil && bounds.upper != nil
        }
    }

    /// How far each row is from the numbers asked for, 0 in the middle of every two-sided range: the second ranking.
    func distances(_ rows: RowBlock) -> [Double] {
        var sums = [Double](repeating: 0, count: rows.count)
        for item in items {
            guard case .test(.number(let field, let bounds)) = item.tree, let low = bounds.lower?.value, let high = bounds.upper?.value,
                let values = rows.numbers(field)
            else { continue }
            let half = (high - low) / 2
            for row in 0..<rows.count where !values[row].isNaN {
                let away = abs(values[row] - (low + half))
                sums[row] += half > 0 ? away / half : away
            }
        }
        return sums
    }
}

extension ConstraintMatcher.Check {
    /// Whether the constraint is on underlyings.
    var namesTickers: Bool {
        switch self {
        case .all(let parts), .any(let parts): parts.contains(where: \.namesTickers)
        case .not(let inner): inner.namesTickers
        case .tickers: true
        default: false
        }
    }
}
