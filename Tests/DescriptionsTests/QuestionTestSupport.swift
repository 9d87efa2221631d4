import Descriptions
import Foundation
import MarketData
import Testing

/// The parser that the tests share: the built-in words, and a store of some tickers.
let testSymbols: Set<String> = [
    "AAPL", "NWSA", "FOXA", "SPY", "IWM", "IBM", "QQQ", "BAC", "AIG", "EEM", "USO", "BNO", "WM", "ALL", "ON", "IT",
    "LOW", "A",
]

func testParser(symbols: Set<String> = testSymbols, asOf: Day? = nil) throws -> QuestionParser {
    try QuestionParser(lexicon: .builtIn(), aliases: .builtIn(), symbols: symbols, asOf: asOf)
}

// Short spellings of constraints, to keep the tables readable.

func on(_ symbols: String...) -> Constraint { .underlyings(symbols) }
let calls = Constraint.kinds([.call])
let puts = Constraint.kinds([.put])
let options = Constraint.kinds([.call, .put])
let stock = Constraint.kinds([.stock])

/// Categories by their place in the lexicon, 1 for the first.
func category(_ attribute: Attribute, _ codes: Int...) -> Constraint {
    .category(attribute, codes: codes.reduce(0) { $0 | 1 << UInt8($1) })
}

func exactly(_ field: NumericField, _ value: Double) -> Constraint { .number(field, min: value, max: value) }
func between(_ field: NumericField, _ min: Double, _ max: Double) -> Constraint { .number(field, min: min, max: max) }
func atLeast(_ field: NumericField, _ value: Double) -> Constraint { .number(field, min: value, max: nil) }
func atMost(_ field: NumericField, _ value: Double) -> Constraint { .number(field, min: nil, max: value) }
func above(_ field: NumericField, _ value: Double) -> Constraint { .number(field, min: value.nextUp, max: nil) }
func below(_ field: NumericField, _ value: Double) -> Constraint { .number(field, min: nil, max: value.nextDown) }

func dated(_ from: String?, _ to: String?) -> Constraint {
    .quoteDate(from: from.flatMap { Day(iso: $0) }, to: to.flatMap { Day(iso: $0) })
}

func expiring(_ from: String?, _ to: String?) -> Constraint {
    .expiration(from: from.flatMap { Day(iso: $0) }, to: to.flatMap { Day(iso: $0) })
}

let deepOut = category(.moneyness, 1)
let out = category(.moneyness, 2)
let atTheMoney = category(.moneyness, 3)
let inside = category(.moneyness, 4, 5)
let deepIn = category(.moneyness, 5)
let thisWeek = category(.tenor, 1)
let thisMonth = category(.tenor, 2)
let oneToThree = category(.tenor, 3)
let threeToTwelve = category(.tenor, 4)
let leaps = category(.tenor, 5)
let highVolume = category(.volume, 4, 5)
let highOpenInterest = category(.openInterest, 4)
let unusual = category(.unusualActivity, 1)

/// A question, what it asks for, and what of it is not understood.
struct Reading: CustomTestStringConvertible {
    var text: String
    var constraints: Set<Constraint>
    var notUnderstood: [String]

    init(_ text: String, _ constraints: Constraint..., rest notUnderstood: String...) {
        self.text = text
        self.constraints = Set(constraints)
        self.notUnderstood = notUnderstood
    }

    var testDescription: String { text }
}
