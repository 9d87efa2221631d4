import MarketData

/// One piece of a question's text: a word, a number, a date, a contract symbol or a mark.
struct Token: Sendable {
    enum Kind: Sendable {
        case word
        case number(LexedNumber)
        case date(Day)
        /// A month and a day without a year: "6/20".
        case monthDay(month: Int, day: Int)
        /// A month of a year: "2014-06", "6/2014".
        case yearMonth(year: Int, month: Int)
        /// A time of day: "3:45", "15:30".
        case time
        /// Written like a date, but no such day exists.
        case impossibleDate
        case contract(OptionContract)
        /// A mark that can mean something: comma, slash, dash, comparison.
        case mark
        /// A mark that means nothing: brackets, quotes, full stops.
        case separator
    }

    /// UTF-8 offsets in the question.
    var range: Range<Int>
    var kind: Kind
    /// Hash of the folded text; equal words have equal hashes.
    var hash: UInt64
    /// Letters in it, and whether all of them are capitals.
    var letterCount = 0
    var isCapitals = false
    var startsWithCapital = false
    /// Written with a dollar sign in front: `$AAPL`.
    var hasDollar = false

    var isSeparator: Bool { if case .separator = kind { true } else { false } }
    var isMark: Bool { if case .mark = kind { true } else { false } }
}

/// A number as it was written.
struct LexedNumber: Sendable, Hashable {
    enum Form: Sendable, Hashable {
        case plain, percent, money, cents, multiple, ordinal, decade
        /// "150C": a strike with the kind's letter.
        case strike(OptionKind)
    }

    var value: Double
    var form: Form
    /// 1000 of "10k"; 1 without a suffix.
    var scale = 1.0
    var isNegative = false
    /// Digits only: no point, sign, group mark or suffix.
    var isBare = false
    var digitCount = 0
    /// Written with a decimal point.
    var hasPoint = false
}
