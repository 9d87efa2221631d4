import Descriptions
import MarketData
import Questions

/// The clauses of made-up questions.
extension QuestionGenerator {
    /// Position of a clause relative to the kind: "deep in the money (calls)", "(calls) with high volume".
    enum Clause {
        case before(String)
        case after(String)
    }

    mutating func clause(
        _ topic: QuestionTopic, _ underlying: Underlying?, _ example: inout QuestionExample
    ) -> Clause? {
        switch topic {
        case .moneyness: return moneyness(&example)
        case .tenor: return random.below(2) == 0 ? tenorCategory(&example) : tenorNumber(&example)
        case .impliedVolatility:
            return random.below(2) == 0 ? adjective(.impliedVolatility, &example) : volatility(&example)
        case .volume: return random.below(2) == 0 ? adjective(.volume, &example) : count(.volume, &example)
        case .openInterest:
            return random.below(2) == 0 ? adjective(.openInterest, &example) : count(.openInterest, &example)
        case .unusualActivity: return unusual(&example)
        case .strike: return underlying.flatMap { strike($0.strikes, &example) }
        case .delta: return delta(&example)
        case .date: return date(&example)
        }
    }

    // MARK: Categories

    /// The bounds of the values of a category.
    private func meaning(_ attribute: Attribute, _ index: Int) -> (low: Double?, high: Double?) {
        let entry = lexicon[attribute]
        let category = entry.categories[index]
        let first = category.includesBelow == true ? 0 : index
        let last = category.includesAbove == true ? entry.boundaries.count : index
        // Boundaries are written with few digits; Float would show more.
        func boundary(_ index: Int) -> Double { (Double(entry.boundaries[index]) * 1e4).rounded() / 1e4 }
        return (first == 0 ? nil : boundary(first - 1), last == entry.boundaries.count ? nil : boundary(last))
    }

    /// Bounds of whole numbers, both included.
    private func whole(_ low: Double?, _ high: Double?) -> [Double?] { [low ?? 0, high.map { $0 - 1 }] }

    private mutating func moneyness(_ example: inout QuestionExample) -> Clause? {
        let entry = lexicon[.moneyness]
        let index = random.below(entry.categories.count)
        let (low, high) = meaning(.moneyness, index)
        example.where.m = [low, high]
        let category = entry.categories[index]
        let words = random.pick([category.words, category.words] + (category.synonyms ?? []))
        let spelled = random.below(4) == 0 ? words.split(separator: " ").joined(separator: "-") : words
        switch random.below(3) {
        case 0: return .before(spelled)
        case 1: return .after(spelled)
        default: return .after("that are \(words)")
        }
    }

    private mutating func tenorCategory(_ example: inout QuestionExample) -> Clause? {
        let entry = lexicon[.tenor]
        let index = random.below(entry.categories.count)
        let (low, high) = meaning(.tenor, index)
        example.where.dte = whole(low, high)
        let category = entry.categories[index]
        let words = random.pick([category.words, category.words] + (category.synonyms ?? []))
        return .after(words)
    }

    private mutating func adjective(_ attribute: Attribute, _ example: inout QuestionExample) -> Clause? {
        let entry = lexicon[attribute]
        let index = random.below(entry.categories.count)
        let category = entry.categories[index]
        let (low, high) = meaning(attribute, index)
        switch attribute {
        case .volume: example.where.volume = whole(low, high)
        case .openInterest: example.where.openInterest = whole(low, high)
        default: example.where.iv = [low, high]
        }
        guard let noun = entry.nouns.map({ random.pick($0) }),
            let adjective = category.adjectives.map({ random.pick($0) }),
            random.below(4) > 0
        else {
            if let synonyms = category.synonyms, random.below(2) == 0 { return .after(random.pick(synonyms)) }
            return random.below(2) == 0 ? .before(category.words) : .after("with \(category.words)")
        }
        let isDeterminer = ["no", "without", "zero", "few", "lots of", "a lot of", "plenty of", "little"].contains {
            adjective.hasPrefix($0)
        }
        switch random.below(5) {
        case 0: return .before("\(adjective) \(noun)")
        case 1 where !isDeterminer: return .after("with \(noun) that is \(adjective)")
        case 2 where !isDeterminer: return .after("where \(noun) is \(adjective)")
        default: return .after(adjective.hasPrefix("without") ? "\(adjective) \(noun)" : "with \(adjective) \(noun)")
        }
    }

    private mutating func unusual(_ example: inout QuestionExample) -> Clause? {
        let category = lexicon[.unusualActivity].categories[0]
        example.where.unusual = true
        let words = random.pick((category.synonyms ?? []) + [category.words])
        return .after("with \(words)")
    }

    // MARK: Numbers

    private func spelled(_ value: Int) -> String {
        let words = [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        ]
        return words.indices.contains(value) ? words[value] : String(value)
    }

    private func grouped(_ value: Int) -> String {
        var text = String(value)
        if value >= 1000 {
            text = "\(value / 1000),\(String(repeating: "0", count: 3 - String(value % 1000).count))\(value % 1000)"
        }
        return text
    }

    private mutating func number(_ value: Int) -> String {
        switch random.below(3) {
        case 0: grouped(value)
        case 1 where value >= 1000 && value % 1000 == 0: "\(value / 1000)k"
        default: String(value)
        }
    }

    private mutating func tenorNumber(_ example: inout QuestionExample) -> Clause? {
        let unit = random.pick([
            (name: "days", days: 1.0, limit: 120), (name: "weeks", days: 7.0, limit: 12),
            (name: "months", days: 30.4375, limit: 15),
        ])
        let first = 2 + random.below(unit.limit)
        let tail = random.pick(["to expiry", "to expiration", "left", "until expiration", "out"])
        let words = random.below(3) == 0 && first <= 12 ? spelled(first) : String(first)
        let low = (Double(first) * unit.days).rounded(.down)
        let high = (Double(first) * unit.days).rounded(.up)
        switch random.below(4) {
        case 0:
            let second = first + 1 + random.below(unit.limit)
            // The lexicon has categories of these names.
            if unit.name == "months", [[1, 3], [3, 12]].contains([first, second]) { return nil }
            let end = (Double(second) * unit.days).rounded(.up)
            set(.daysToExpiry, low, end, &example)
            return .after(
                random.pick([
                    "\(first) to \(second) \(unit.name) \(tail)", "\(first)-\(second) \(unit.name) \(tail)",
                    "with between \(first) and \(second) \(unit.name) \(tail)",
                ]))
        case 1:
            set(.daysToExpiry, nil, high, &example)
            return .after(
                random.pick(["at most", "no more than", "up to"]) + " \(words) \(unit.name) \(tail)")
        case 2:
            set(.daysToExpiry, low, nil, &example)
            return .after("with " + random.pick(["at least", "no less than"]) + " \(words) \(unit.name) \(tail)")
        default:
            set(.daysToExpiry, nil, high, &example)
            return .after("expiring within \(words) \(unit.name)")
        }
    }

    private mutating func count(_ field: Field, _ example: inout QuestionExample) -> Clause? {
        let noun = field == .volume ? random.pick(["volume", "trading volume"]) : random.pick(["open interest", "OI"])
        let value = random.pick([50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10000])
        let words = number(value)
        switch random.below(4) {
        case 0:
            set(field, Double(value).nextUp, nil, &example)
            return .after(
                random.pick([
                    "with \(noun) over \(words)", "with \(noun) above \(words)", "with more than \(words) \(noun)",
                    "\(noun) > \(words)", "where the \(noun) exceeds \(words) contracts",
                ]))
        case 1:
            set(field, Double(value), nil, &example)
            return .after(
                random.pick([
                    "with \(noun) of at least \(words)", "with \(noun) \(words) or more", "\(noun) >= \(words)",
                    "with \(noun) of \(words)+",
                ]))
        case 2:
            set(field, nil, Double(value).nextDown, &example)
            return .after(
                random.pick(["with \(noun) under \(words)", "with \(noun) below \(words)", "\(noun) < \(words)"]))
        default:
            let upper = value + random.pick([50, 150, 500, 5000])
            set(field, Double(value), Double(upper), &example)
            return .after(
                random.pick([
                    "with \(noun) between \(value) and \(upper)", "\(noun) from \(value) to \(upper)",
                    "with \(noun) of \(value)-\(upper)",
                ]))
        }
    }

    private mutating func volatility(_ example: inout QuestionExample) -> Clause? {
        let noun = random.pick(["implied volatility", "IV", "implied vol"])
        let percent = 10 + 5 * random.below(14)
        let value = Double(percent) / 100
        switch random.below(3) {
        case 0:
            set(.impliedVolatility, value.nextUp, nil, &example)
            return .after(
                random.pick([
                    "with \(noun) above \(percent)%", "with \(noun) over \(percent) percent", "\(noun) > \(value)",
                ]))
        case 1:
            set(.impliedVolatility, nil, value.nextDown, &example)
            return .after(
                random.pick(["with \(noun) below \(percent)%", "\(noun) under \(percent)%", "\(noun) < \(value)"]))
        default:
            let upper = percent + 5 + 5 * random.below(4)
            set(.impliedVolatility, value, Double(upper) / 100, &example)
            return .after(
                random.pick([
                    "with \(noun) between \(percent) and \(upper)%", "\(noun) of \(percent)%-\(upper)%",
                    "with \(noun) from \(percent)% to \(upper)%",
                ]))
        }
    }

    private mutating func delta(_ example: inout QuestionExample) -> Clause? {
        let hundredths = 10 + 5 * random.below(17)
        let value = Double(hundredths) / 100
        switch random.below(3) {
        case 0:
            set(.delta, Double(hundredths - 5) / 100, Double(hundredths + 5) / 100, &example)
            return .after(
                random.pick(["with delta around \(value)", "with a delta of \(value)", "\(hundredths) delta"]))
        case 1:
            set(.delta, value.nextUp, nil, &example)
            return .after(random.pick(["with delta above \(value)", "delta > \(value)"]))
        default:
            set(.delta, nil, value.nextDown, &example)
            return .after(random.pick(["with delta below \(value)", "delta < \(value)"]))
        }
    }

    private mutating func strike(_ strikes: [Double], _ example: inout QuestionExample) -> Clause? {
        guard let low = strikes.isEmpty ? nil : random.pick(strikes) else { return nil }
        func text(_ value: Double) -> String { value == value.rounded() ? String(Int(value)) : String(value) }
        switch random.below(4) {
        case 0:
            set(.strike, low, low, &example)
            return .after(
                random.pick([
                    "strike \(text(low))", "with a strike of \(text(low))", "struck at $\(text(low))",
                    "\(text(low)) strike",
                ]))
        case 1:
            set(.strike, low.nextUp, nil, &example)
            return .after(random.pick(["with strikes above \(text(low))", "strike > \(text(low))"]))
        case 2:
            set(.strike, nil, low.nextDown, &example)
            return .after(random.pick(["with strikes below $\(text(low))", "strike under \(text(low))"]))
        default:
            let other = random.pick(strikes)
            let (first, last) = (min(low, other), max(low, other))
            guard first < last else { return nil }
            set(.strike, first, last, &example)
            return .after(
                random.pick([
                    "with strikes between \(text(first)) and \(text(last))", "strikes \(text(first))-\(text(last))",
                    "strike from \(text(first)) to \(text(last))",
                ]))
        }
    }

    private func set(_ field: Field, _ low: Double?, _ high: Double?, _ example: inout QuestionExample) {
        switch field {
        case .daysToExpiry: example.where.dte = [low, high]
        case .volume: example.where.volume = [low, high]
        case .openInterest: example.where.openInterest = [low, high]
        case .impliedVolatility: example.where.iv = [low, high.map(\.nextUp)]
        case .delta: example.where.deltaAbs = [low, high]
        case .strike: example.where.strike = [low, high]
        default: break
        }
    }

    // MARK: Dates

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private mutating func date(_ example: inout QuestionExample) -> Clause? {
        guard !days.isEmpty else { return nil }
        let day = random.pick(days)
        let month = QuestionGenerator.months[day.month - 1]
        switch random.below(5) {
        case 0:
            setDate(day, day, &example)
            return .after(
                random.pick([
                    "on \(day)", "on \(month) \(day.dayOfMonth), \(day.year)",
                    "on \(day.dayOfMonth) \(month) \(day.year)",
                    "on \(day.month)/\(day.dayOfMonth)/\(day.year)",
                ]))
        case 1:
            let next = day.month == 12 ? Day(year: day.year + 1, month: 1, day: 1) : Day(year: day.year, month: day.month + 1, day: 1)
            guard let first = Day(year: day.year, month: day.month, day: 1), let next else { return nil }
            setDate(first, next.adding(days: -1), &example)
            return .after(random.pick(["in", "during"]) + " \(month) \(day.year)")
        case 2:
            setDate(Day(year: day.year, month: 1, day: 1), Day(year: day.year, month: 12, day: 31), &example)
            return .after(random.pick(["in", "from", "during"]) + " \(day.year)")
        case 3:
            setDate(nil, day.adding(days: -1), &example)
            return .after("before \(day)")
        default:
            setDate(day, nil, &example)
            return .after("since \(day)")
        }
    }

    private func setDate(_ from: Day?, _ to: Day?, _ example: inout QuestionExample) {
        example.where.date = [from?.description, to?.description]
    }
}
