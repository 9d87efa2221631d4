public import Descriptions
public import MarketData
import Questions

/// Generates questions about options with the conditions of a correct answer, to measure search on sentences that nobody wrote
/// by hand. The same seed gives the same questions.
public struct QuestionGenerator: Sendable {
    /// The subjects of the questions.
    public struct Underlying: Sendable {
        public var symbol: String
        /// A name that the parser's alias table knows; `nil` to ask by ticker only.
        public var name: String?
        /// Listed strikes to ask for; if empty, no question names a strike.
        public var strikes: [Double]

        public init(symbol: String, name: String? = nil, strikes: [Double] = []) {
            self.symbol = symbol
            self.name = name
            self.strikes = strikes
        }
    }

    let lexicon: Lexicon
    private let underlyings: [Underlying]
    /// Quote dates to ask for.
    let days: [Day]
    var random: QuestionRandom
    private var count = 0

    /// - Parameter days: the store's quote dates, ascending; empty for questions without dates.
    public init(lexicon: Lexicon, underlyings: [Underlying], days: [Day] = [], seed: UInt64) {
        self.lexicon = lexicon
        self.underlyings = underlyings
        self.days = days
        random = QuestionRandom(state: seed)
    }

    /// The next question.
    public mutating func next() -> QuestionExample {
        count += 1
        var example = QuestionExample(id: "g\(count)", text: "")
        let named = pickUnderlyings(&example)
        let kind = pickKind(&example)
        var before: [String] = []
        var after: [String] = []
        for topic in pickTopics() {
            switch clause(topic, named.first?.underlying, &example) {
            case .before(let words): before.append(words)
            case .after(let words): after.append(words)
            case nil: break
            }
        }
        example.text = sentence(before, named.map(\.words), kind, after)
        return example
    }

    // MARK: Sentences

    private mutating func sentence(_ before: [String], _ names: [String], _ kind: String, _ after: [String]) -> String {
        let name = names.joined(separator: random.pick([" or ", " and "]))
        let adjectives = before.joined(separator: random.pick([" ", ", "]))
        var head: String
        switch random.below(4) {
        case 0 where !name.isEmpty: head = "\(adjectives) \(kind) on \(name)"
        case 1 where names.count == 1: head = "\(name) \(adjectives) \(kind)"
        default: head = "\(adjectives) \(name) \(kind)"
        }
        if names.count == 1, before.isEmpty, !name.hasSuffix("s"), random.below(12) == 0 { head = "\(name)'s \(kind)" }
        head = head.split(separator: " ").joined(separator: " ")
        let tail = after.joined(separator: random.pick([", ", " and ", " "]))
        let opening = random.pick([
            "", "", "", "", "show me ", "find ", "which ", "I want ", "looking for ", "list all the ",
        ])
        let text = opening + head + (tail.isEmpty ? "" : random.pick([" ", " ", ", "]) + tail)
        switch random.below(8) {
        // A ticker of one letter is recognised only in capitals.
        case 0 where names.allSatisfy({ $0.count > 2 }): return text.lowercased()
        case 1: return text + "?"
        default: return text
        }
    }

    // MARK: Underlyings and kinds

    private mutating func pickUnderlyings(_ example: inout QuestionExample) -> [(underlying: Underlying, words: String)] {
        guard !underlyings.isEmpty, random.below(12) > 0 else { return [] }
        var chosen = [random.pick(underlyings)]
        if random.below(8) == 0 {
            let other = random.pick(underlyings)
            if other.symbol != chosen[0].symbol { chosen.append(other) }
        }
        example.where.underlying = chosen.map(\.symbol)
        return chosen.map { underlying in
            let isNamed = random.below(2) == 0
            guard isNamed, let name = underlying.name else {
                return (underlying, random.below(8) == 0 ? "$\(underlying.symbol)" : underlying.symbol)
            }
            return (underlying, random.below(8) == 0 ? "\(name) (\(underlying.symbol))" : name)
        }
    }

    private mutating func pickKind(_ example: inout QuestionExample) -> String {
        switch random.below(5) {
        case 0, 1:
            example.where.kind = "call"
            return random.pick(["calls", "calls", "calls", "call options", "call"])
        case 2, 3:
            example.where.kind = "put"
            return random.pick(["puts", "puts", "puts", "put options", "put"])
        default:
            return random.pick(["options", "options", "contracts", "option contracts"])
        }
    }

    private mutating func pickTopics() -> [QuestionTopic] {
        var topics = QuestionTopic.allCases
        var chosen: [QuestionTopic] = []
        for _ in 0..<random.pick([0, 1, 1, 2, 2, 2, 3, 3]) where !topics.isEmpty {
            chosen.append(topics.remove(at: random.below(topics.count)))
        }
        // Unusual activity is about volume and open interest, delta about moneyness.
        if chosen.contains(.unusualActivity) { chosen.removeAll { $0 == .volume || $0 == .openInterest } }
        if chosen.contains(.moneyness) || chosen.contains(.strike) { chosen.removeAll { $0 == .delta } }
        return chosen
    }
}

/// The subject of a clause of a generated question.
enum QuestionTopic: CaseIterable, Sendable {
    case moneyness, tenor, impliedVolatility, volume, openInterest, unusualActivity, strike, delta, date
}

/// Deterministic random numbers (SplitMix64, Steele, Lea and Flood 2014).
struct QuestionRandom: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0 ..< limit; 0 for a limit below 1.
    mutating func below(_ limit: Int) -> Int { limit < 1 ? 0 : Int(next() % UInt64(limit)) }

    /// - Precondition: the list is not empty.
    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
}
