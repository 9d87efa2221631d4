import Descriptions
import MarketData

/// The meaning of a span of the question: values of terminals and results of rules.
enum Value: Sendable {
    case none
    case key(String)
    case number(Double)
    case quantity(Quantity)
    case amount(Amount)
    case fields([Field])
    case comparator(Comparator)
    case attributes([Attribute])
    case level(Level)
    case tree(ConstraintTree)
    /// Several conditions side by side: "high IBM call volume".
    case atoms([ConstraintTree])
    case kinds([InstrumentKind])
    case symbols([String])
    case period(Period)
    case unit(TimeUnit)
    case duration(Duration)
    case ordering([Ordering])
    case function(Measure.Function)
    case grouping(Grouping)
    case intent(Intent)
    case contract(OptionContract)
    case piece(Piece)
}

/// A number with its unit as written.
struct Quantity: Sendable, Hashable {
    enum Unit: Sendable { case plain, percent, dollars }

    var value: Double
    var unit = Unit.plain
    /// 1000 of "10k": "5-10k" means 5,000 to 10,000.
    var scale = 1.0
    var isSigned = false
    /// Written in cents: "10 to 20 cents" are both.
    var isCents = false
    var isBare = true
    var hasPoint = false
    /// Four bare digits that could be a year.
    var isYear = false
}

enum Comparator: String, Sendable {
    case above, atLeast, below, atMost
    /// "better than", "or better", "worse than", "or worse": which side that is depends on what is compared.
    case better, noWorse, worse, noBetter

    /// Of the other side: "5 < dte" says "dte > 5".
    var flipped: Comparator {
        switch self {
        case .above: .below
        case .atLeast: .atMost
        case .below: .above
        case .atMost: .atLeast
        case .better: .worse
        case .noWorse: .noBetter
        case .worse: .better
        case .noBetter: .noWorse
        }
    }

    var isJudgement: Bool {
        switch self {
        case .better, .noWorse, .worse, .noBetter: true
        default: false
        }
    }
}

/// Numbers that a field may be compared with: one or more alternatives.
struct Amount: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case exactly(Double)
        case about(Double)
        case bounds(Bounds)
    }

    var parts: [Part]
    var unit: Quantity.Unit
    var isSigned = false
    /// Written as digits alone, without unit or comparison: it could be anything.
    var isBare = false
    /// Compared by "better" or "worse": the bounds are those of numbers that are better when they are large.
    var isJudged = false
    var isExact: Bool {
        if case .exactly = parts.first, parts.count == 1 { true } else { false }
    }

    /// Compared, not only named.
    var isBounded: Bool { parts.allSatisfy { if case .bounds = $0 { true } else { false } } }

    /// The largest number in it, by size.
    var magnitude: Double {
        parts.flatMap { part -> [Double] in
            switch part {
            case .exactly(let value), .about(let value): [abs(value)]
            case .bounds(let bounds): [bounds.lower?.value, bounds.upper?.value].compactMap { $0.map(abs) }
            }
        }.max() ?? 0
    }
}

/// An adjective: for each attribute that it can describe, the categories it means.
struct Level: Sendable, Hashable {
    var codes: [Attribute: [Int]]
}

enum TimeUnit: String, Sendable { case day, week, month, quarter, year }

/// A span of time: "30 to 45 days", "two weeks".
struct Duration: Sendable, Hashable {
    var amount: Amount
    var unit: TimeUnit
    /// Written without a number: "a week", or just "week".
    var isUnitOnly = false
}

/// A period of the calendar as written; the year may be missing.
struct Period: Sendable, Hashable {
    enum Part: Sendable, Hashable {
        case year
        case half(Int)
        case quarter(Int)
        case month(Int)
        case day(month: Int, day: Int)
    }
    enum Base: Sendable, Hashable {
        case fixed(DayInterval)
        case calendar(year: Int?, part: Part)
        case impossible
    }
    enum Modifier: Sendable, Hashable {
        case firstDays(Int)
        case lastDays(Int)
        /// Thirds: 0, 1, 2.
        case third(Int)
        case week
        /// The seven days up to it.
        case weekEnding
        /// Of a month: days 1–15, or from the 16th on.
        case half(Int)
        /// The last third; its last day, when something is before, until or after it.
        case end
        case firstSessions(Int)
        case lastSessions(Int)
        /// The n-th session, −1 for the last.
        case session(Int)
        /// The n-th weekday, −1 for the last: "third Friday of".
        case weekday(Int, Int)

        var isOneDay: Bool {
            switch self {
            case .weekday, .session, .firstSessions(1), .lastSessions(1): true
            default: false
            }
        }
    }

    var base: Base
    var modifiers: [Modifier] = []
    /// The end of a range that begins with this.
    var end: [Period] = []
    /// A relation already applied: since, before.
    var relation: String?
    /// A quarter, a half or a stretch of a month: nothing that contracts are named by.
    var isPartOfYear: Bool {
        guard end.isEmpty else { return false }
        if case .calendar(_, let part) = base {
            switch part {
            case .quarter, .half: return true
            default: break
            }
        }
        return !modifiers.isEmpty && !isDay
    }

    /// Written as a whole day.
    var isDay: Bool {
        if !end.allSatisfy({ $0.isDay }) { return false }
        switch base {
        case .fixed(let interval): return interval.from == interval.to
        case .calendar(_, .day): return true
        default: return modifiers.contains(where: \.isOneDay)
        }
    }
}

/// A top-level part of a question.
enum Piece: Sendable {
    case atoms([ConstraintTree])
    case and, or, comma, but
    case not, except, neither, nor
    /// A period without a word that says which date it refers to.
    case period(Period)
    /// A number beside no field.
    case amount(Amount)
    /// A field beside no number.
    case fields([Field])
    case order([Ordering])
    /// An order that names its subject: "most SPY put volume".
    case ordered([Ordering], with: [ConstraintTree])
    case limit(Int)
    /// "bottom 5": so many from the low end of an order said elsewhere.
    case lastOf(Int)
    /// "12 biggest": so many, of an order said elsewhere.
    case superlativeCount(Int, isDescending: Bool)
    case limited([Ordering], Int)
    case groupOrder(Grouping, Ordering, Measure.Function?, with: [ConstraintTree])
    case limitedGroup(Grouping, Ordering, Int)
    case groupWhich(Grouping)
    case groups([Grouping])
    case measure(Measure, with: [ConstraintTree])
    case measures([Measure])
    /// "monthly average volume".
    case measureBy(Measure, Grouping)
    case group(Grouping)
    case intent(Intent)
    case reference(OptionContract)
    case horizon(Int)
    case refused(String)
    case event(String, relation: String?, sessions: Int?)
    case impossibleDate
    /// "3 strikes below the money": which side that is depends on the kind.
    case strikesAside(Amount, isAbove: Bool)
    case filler
}
