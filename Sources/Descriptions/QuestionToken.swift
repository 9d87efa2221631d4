import MarketData

/// A word, number or mark of a question, as the parser's matchers see it.
struct QuestionToken {
    enum Form {
        case word, number, ordinal, date, mark
    }

    enum Lettering {
        case lower, capitalised, upper
    }

    /// Lower case, without accents, apostrophes, possessive endings and full stops inside. Numbers written in words or
    /// with separators are their digits, so that "three", "3" and "3.0" are the same word of a phrase.
    var text: String
    var form: Form
    /// The value of a number or ordinal.
    var value: Double = 0
    /// The days that a date written in digits covers.
    var days: ClosedRange<Day>?
    /// Where the token stands, counted in Unicode scalars.
    var range: Range<Int>
    /// Nothing stands between this token and the one before.
    var isGlued = false
    var lettering = Lettering.lower
    /// Written "$AAPL" or "(AAPL)".
    var isMarkedAsTicker = false
    /// Alone in parentheses.
    var isParenthesised = false
    /// Written "Apple's".
    var isPossessive = false
    /// A number that was spelled out: "three".
    var isSpelledNumber = false

    var isNumber: Bool { form == .number }
    func isMark(_ mark: String) -> Bool { form == .mark && text == mark }
}
