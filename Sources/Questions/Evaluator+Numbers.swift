import MarketData

extension Evaluator {
    func quantity(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .numberWord:
            guard let value = a.numbers.first else { return nil }
            return .quantity(Quantity(value: value))
        case .sumOfNumbers:
            guard a.numbers.count == 2, a.numbers[0] >= 20, a.numbers[0].truncatingRemainder(dividingBy: 10) == 0, (1...9).contains(a.numbers[1])
            else { return spoken(a.numbers) }
            return .quantity(Quantity(value: a.numbers[0] + a.numbers[1]))
        case .scaled:
            guard let scale = a.numbers.last else { return nil }
            var quantity = a.quantities.first ?? Quantity(value: 1)
            quantity.value *= scale
            quantity.scale = scale
            quantity.isBare = false
            return .quantity(quantity)
        case .coinQuantity: return a.numbers.first.map { .quantity(Quantity(value: $0, unit: .dollars, isBare: false)) }
        case .oneCent: return .quantity(Quantity(value: 0.01, unit: .dollars, isBare: false))
        case .oneDollar: return .quantity(Quantity(value: 1, unit: .dollars, isBare: false))
        case .andHalf:
            // "two and a half".
            guard let whole = a.quantities.first?.value, let part = a.numbers.last, whole == whole.rounded() else { return nil }
            return .quantity(Quantity(value: whole + part))
        case .dollarsAndCents:
            // "a buck fifty", "two dollars and 50 cents".
            guard let last = a.quantities.last, a.quantities.allSatisfy({ !$0.isSigned && !$0.isSpoken }) else { return nil }
            let dollars = a.quantities.count == 2 ? a.quantities[0].value : 1
            // "a dollar and a half" has its fraction already.
            let cents = last.isCents || last.value < 1 ? last.value : last.value / 100
            guard dollars == dollars.rounded(), cents > 0, cents < 1 else { return nil }
            return .quantity(Quantity(value: ((dollars + cents) * 1e6).rounded() / 1e6, unit: .dollars, isBare: false))
        case .spokenNumber: return spoken(a.numbers)
        case .spokenPoint: return spokenDecimal(a)
        case .timesNumber: return a.quantities.first.map { .number($0.value) }
        default:
            guard var quantity = a.quantities.first else { return nil }
            quantity.isBare = false
            switch action {
            case .percentQuantity: quantity.unit = .percent
            case .basisPointQuantity:
                quantity.unit = .percent
                quantity.value = (quantity.value * 1e7).rounded() / 1e9
            case .dollarQuantity: quantity.unit = .dollars
            case .centQuantity:
                quantity.unit = .dollars
                quantity.isCents = true
                quantity.value = (quantity.value * 1e7).rounded() / 1e9
            case .signed:
                quantity.value *= a.numbers.first ?? 1
                quantity.isSigned = true
            default: return nil
            }
            return .quantity(quantity)
        }
    }

    /// "three fifty", "ninety two fifty", "one eighty five": dollars and cents, or hundreds of a strike.
    private func spoken(_ words: [Double]) -> Value? {
        /// Up to 99 from the front.
        func group(_ words: inout ArraySlice<Double>) -> Double? {
            guard let first = words.popFirst(), first == first.rounded(), (1..<100).contains(first) else { return nil }
            guard first >= 20, let next = words.first, (1...9).contains(next) else { return first }
            words.removeFirst()
            return first + next
        }
        var rest = words[...]
        guard let dollars = group(&rest), let cents = group(&rest), rest.isEmpty, cents >= 10, dollars != 20 || cents >= 30 else { return nil }
        return .quantity(
            Quantity(value: ((dollars + cents / 100) * 100).rounded() / 100, unit: .dollars, isBare: false, isSpoken: true))
    }

    /// "point two five", "one point five".
    private func spokenDecimal(_ a: Arguments) -> Value? {
        guard let point = place("pointWord", a) else { return nil }
        func number(_ value: Value) -> Double? { if case .number(let number) = value { number } else { nil } }
        let words = a.values[(point + 1)...].compactMap(number)
        let whole = a.values[..<point].compactMap(number).first ?? 0
        guard words.allSatisfy({ $0 == $0.rounded() && $0 < 100 }), whole == whole.rounded() else { return nil }
        // "point twenty five" is 0.25, and so is "point two five".
        let isTens = words.count == 2 && words[0] >= 20 && (1...9).contains(words[1])
        guard isTens || words.count == 1 || words.allSatisfy({ $0 < 10 }) else { return nil }
        let digits = isTens ? "\(Int(words[0] + words[1]))" : words.map { "\(Int($0))" }.joined()
        guard let fraction = Double("0.\(digits)") else { return nil }
        return .quantity(Quantity(value: whole + fraction, isBare: false, hasPoint: true))
    }

    func amount(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .bound:
            guard let quantity = a.quantities.first, let comparator = a.comparator else { return nil }
            return .amount(Amount(comparator, quantity))
        case .exact:
            guard let quantity = a.quantities.first else { return nil }
            return .amount(
                Amount(
                    parts: [.exactly(quantity.value)], unit: quantity.unit, isSigned: quantity.isSigned, isBare: quantity.isBare,
                    isSpoken: quantity.isSpoken))
        case .about:
            guard let quantity = a.quantities.first else { return nil }
            return .amount(
                Amount(parts: [.about(quantity.value)], unit: quantity.unit, isSigned: quantity.isSigned, isSpoken: quantity.isSpoken))
        case .range:
            guard a.quantities.count == 2 else { return nil }
            return Self.range(a.quantities[0], a.quantities[1])
        case .plusMinus:
            guard a.quantities.count == 2, let middle = a.quantities.first, let width = a.quantities.last, width.value >= 0,
                width.unit == middle.unit || width.unit == .plain || middle.unit == .plain
            else { return nil }
            let unit = middle.unit == .plain ? width.unit : middle.unit
            return .amount(Amount(parts: [.bounds(.between(middle.value - width.value, middle.value + width.value))], unit: unit))
        case .orTwo:
            // "a cent or two".
            guard let one = a.quantities.first, one.unit != .plain, a.quantities.count == 2, (2...3).contains(a.quantities[1].value) else {
                return nil
            }
            return .amount(Amount(parts: [.bounds(.between(one.value, one.value * a.quantities[1].value))], unit: one.unit))
        case .negatedBound, .notRange: return negated(a)
        case .bothBounds: return both(a)
        case .eitherBound, .listOfRanges: return either(a)
        case .listOfNumbers: return list(a)
        case .listAmount, .ofList: return a.amounts.first.map { .amount($0) }
        case .vague: return vague(a)
        case .vagueCents:
            // "single digit cents".
            guard case .amount(var amount)? = vague(a), amount.parts.count == 1, case .bounds(let bounds)? = amount.parts.first,
                let upper = bounds.upper
            else { return nil }
            let lower = max(1, bounds.lower?.value ?? 1)
            amount.parts = [.bounds(.between(lower / 100, upper.value / 100))]
            amount.unit = .dollars
            return .amount(amount)
        case .decade: return decade(a)
        default: return nil
        }
    }

    private func negated(_ a: Arguments) -> Value? {
        guard var amount = a.amounts.first, case .bounds(let bounds) = amount.parts.first else { return nil }
        amount.parts = bounds.complement.map { .bounds($0) }
        return .amount(amount)
    }

    /// "above 600 and below 650": both hold.
    private func both(_ a: Arguments) -> Value? {
        guard a.amounts.count == 2, case .bounds(let one) = a.amounts[0].parts.first, case .bounds(var other) = a.amounts[1].parts.first
        else { return nil }
        // "above thirty cents but below ninety": both are cents.
        if a.amounts[0].isCents, a.amounts[1].unit == .plain, a.amounts[1].magnitude >= 10 { other = other.mapped { $0 / 100 } }
        // "over 100 and over 200" are two statements, not the two ends of one.
        guard (one.lower == nil) != (other.lower == nil) else { return nil }
        let both = one.intersection(other)
        // A contradiction is reported when conditions are joined.
        guard !both.isEmpty else { return nil }
        let unit = a.amounts[0].unit == .plain ? a.amounts[1].unit : a.amounts[0].unit
        return .amount(Amount(parts: [.bounds(both)], unit: unit, isSigned: a.amounts.contains { $0.isSigned }))
    }

    private func either(_ a: Arguments) -> Value? {
        guard a.amounts.count == 2 else { return nil }
        var amount = a.amounts[0]
        amount.parts += a.amounts[1].parts
        if amount.unit == .plain { amount.unit = a.amounts[1].unit }
        return .amount(amount)
    }

    private func list(_ a: Arguments) -> Value? {
        let isCents = a.quantities.last?.isCents == true
        var parts = a.quantities.map { Amount.Part.exactly(isCents && $0.unit == .plain ? $0.value / 100 : $0.value) }
        for amount in a.amounts { parts += amount.parts }
        guard parts.count >= 2, parts.count <= 12 else { return nil }
        let unit = a.quantities.map(\.unit).first { $0 != .plain } ?? a.amounts.first?.unit ?? .plain
        let isSigned = a.quantities.contains { $0.isSigned } || a.amounts.contains { $0.isSigned }
        return .amount(Amount(parts: parts, unit: unit, isSigned: isSigned))
    }

    /// "5-10k" means 5,000 to 10,000; "30 to 60%" shares its unit.
    static func range(_ first: Quantity, _ second: Quantity) -> Value {
        var low = first.value
        if first.scale == 1, second.scale > 1, first.value * second.scale <= second.value { low *= second.scale }
        if first.unit == .plain, second.isCents { low /= 100 }
        let unit = first.unit == .plain ? second.unit : first.unit
        return .amount(
            Amount(
                parts: [.bounds(.between(low, second.value))], unit: unit, isSigned: first.isSigned || second.isSigned,
                isSpoken: first.isSpoken && second.isSpoken))
    }

    /// Keys like "10000.." and "1000..9999".
    private func vague(_ a: Arguments) -> Value? {
        guard let key = a.keys.first else { return nil }
        if key.hasPrefix(">"), let low = Double(key.dropFirst()) { return .amount(Amount(parts: [.bounds(.above(low))], unit: .plain)) }
        let ends = key.split(separator: ".", omittingEmptySubsequences: true).compactMap { Double($0) }
        guard let low = ends.first else { return nil }
        return .amount(Amount(parts: [.bounds(ends.count > 1 ? .between(low, ends[1]) : .atLeast(low))], unit: .plain))
    }

    /// "the 40s": 40 up to but not 50.
    private func decade(_ a: Arguments) -> Value? {
        guard let start = a.quantities.first?.value ?? a.numbers.first, start >= 10, start < 100_000 else { return nil }
        let width =
            start >= 1000 && start.truncatingRemainder(dividingBy: 1000) == 0
            ? 1000.0 : start >= 100 && start.truncatingRemainder(dividingBy: 100) == 0 ? 100 : 10
        return .amount(
            Amount(parts: [.bounds(Bounds(lower: .init(start), upper: .init(start + width, isStrict: true)))], unit: .plain))
    }
}

extension Amount {
    init(_ comparator: Comparator, _ quantity: Quantity) {
        self.init(
            parts: [.bounds(Bounds(comparator, quantity.value))], unit: quantity.unit, isSigned: quantity.isSigned,
            isJudged: comparator.isJudgement, isSpoken: quantity.isSpoken, isCents: quantity.isCents)
    }
}

extension Bounds {
    init(_ comparator: Comparator, _ value: Double) {
        switch comparator {
        case .above, .better: self = .above(value)
        case .atLeast, .noWorse: self = .atLeast(value)
        case .below, .worse: self = .below(value)
        case .atMost, .noBetter: self = .atMost(value)
        }
    }
}
