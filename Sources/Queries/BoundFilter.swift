import Archive
import Descriptions
import Questions

/// Computes the lowest level of a description's rows from the bounds of its numbers.
struct BoundFilter: Sendable {
    /// A constraint on bounds. If bounds cannot decide it, rows may meet it.
    private indirect enum Check: Sendable {
        case possible
        case all([Check])
        case any([Check])
        case number(field: Int, ClosedRange<UInt8>)
    }

    /// In the order in which constraints are given up, without those that bounds cannot decide.
    private let checks: [(place: Int, check: Check)]
    /// The same, if each is a test of one number.
    private let numbers: [(place: Int, field: Int, codes: ClosedRange<UInt8>)]?

    init(_ matcher: ConstraintMatcher, lexicon: Lexicon) {
        checks = matcher.relaxationOrder.enumerated().compactMap { place, item in
            let check = Self.check(matcher.checks[item], lexicon)
            if case .possible = check { return nil }
            return (place, check)
        }
        let simple = checks.compactMap { place, check -> (place: Int, field: Int, codes: ClosedRange<UInt8>)? in
            if case .number(let field, let codes) = check { (place, field, codes) } else { nil }
        }
        numbers = simple.count == checks.count ? simple : nil
    }

    /// Whether no constraint is on a number with bounds.
    var isEmpty: Bool { checks.isEmpty }

    private static func check(_ check: ConstraintMatcher.Check, _ lexicon: Lexicon) -> Check {
        switch check {
        case .all(let parts):
            let parts = parts.map { Self.check($0, lexicon) }.filter { if case .possible = $0 { false } else { true } }
            return parts.isEmpty ? .possible : .all(parts)
        case .any(let parts):
            let parts = parts.map { Self.check($0, lexicon) }
            return parts.contains { if case .possible = $0 { true } else { false } } ? .possible : .any(parts)
        case .number(.mid, let bounds):
            // The mid lies between bid and ask, whichever is higher.
            let low = Bounds(lower: bounds.lower), high = Bounds(upper: bounds.upper)
            return .all([.any([number(.bid, low), number(.ask, low)]), .any([number(.bid, high), number(.ask, high)])])
        case .number(.signedDelta, let bounds): return size(.delta, bounds)
        case .number(.theta, let bounds): return size(.theta, bounds)
        case .number(let field, let bounds): return number(field, bounds)
        case .category(.impliedVolatility, let codes): return category(.impliedVolatility, codes, .impliedVolatility, lexicon)
        case .category(.spread, let codes): return category(.spread, codes, .spread, lexicon)
        default: return .possible
        }
    }

    /// A number with bounds of its absolute value.
    private static func size(_ field: Field, _ bounds: Bounds) -> Check {
        if let lower = bounds.lower, lower.value >= 0 { return number(field, bounds) }
        if let upper = bounds.upper, upper.value <= 0 {
            return number(field, Bounds(lower: Bounds.End(-upper.value), upper: bounds.lower.map { Bounds.End(-$0.value) }))
        }
        return .possible
    }

    /// Categories of a number: the rows of each lie between two boundaries.
    /// - Parameter codes: bit `code` for each category.
    private static func category(_ attribute: Attribute, _ codes: UInt8, _ field: Field, _ lexicon: Lexicon) -> Check {
        let boundaries = lexicon[attribute].boundaries.map(Double.init)
        // Categories are computed in single precision.
        let slack = 1e-5
        let checks = (0..<8).filter { codes >> $0 & 1 != 0 }.map { code in
            switch code {
            case 0: Check.possible
            case 1...boundaries.count + 1:
                number(
                    field,
                    Bounds(
                        lower: code > 1 ? Bounds.End(boundaries[code - 2] * (1 - slack)) : nil,
                        upper: code <= boundaries.count ? Bounds.End(boundaries[code - 1] * (1 + slack)) : nil))
            // Beyond the numbered categories of spreads: no bid.
            default: number(.bid, Bounds(upper: Bounds.End(0)))
            }
        }
        return checks.count == 1 ? checks[0] : .any(checks)
    }

    private static func number(_ field: Field, _ bounds: Bounds) -> Check {
        guard let place = PostingBounds.fields.firstIndex(of: field.rawValue) else { return .possible }
        let low = bounds.lower.map { PostingBounds.code(Float($0.value).nextDown) } ?? 0
        let high = bounds.upper.map { PostingBounds.code(Float($0.value).nextUp) } ?? .max
        return .number(field: place, low...max(low, high))
    }

    /// Whether rows of some descriptions can be found at a level.
    func verdicts(_ index: DescriptionIndex, descriptions: Range<Int>, level: Int) -> [Bool] {
        guard let numbers else {
            return descriptions.map { description in self.level { index.canHold(description: description, field: $0, $1) } <= level }
        }
        var verdicts = [Bool](repeating: true, count: descriptions.count)
        for one in numbers where one.place >= level { index.mark(&verdicts, descriptions, field: one.field, one.codes) }
        return verdicts
    }

    func level(_ index: DescriptionIndex, posting: Int) -> Int {
        if let numbers {
            for one in numbers.reversed() where !index.canHold(posting: posting, field: one.field, one.codes) { return one.place + 1 }
            return 0
        }
        return level { index.canHold(posting: posting, field: $0, $1) }
    }

    private func level(_ canHold: (Int, ClosedRange<UInt8>) -> Bool) -> Int {
        for (place, check) in checks.reversed() where !Self.isPossible(check, canHold) { return place + 1 }
        return 0
    }

    private static func isPossible(_ check: Check, _ canHold: (Int, ClosedRange<UInt8>) -> Bool) -> Bool {
        switch check {
        case .possible: true
        case .all(let parts): parts.allSatisfy { isPossible($0, canHold) }
        case .any(let parts): parts.contains { isPossible($0, canHold) }
        case .number(let field, let codes): canHold(field, codes)
        }
    }
}
