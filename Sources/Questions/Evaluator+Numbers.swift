import MarketData

extension Evaluator {
    func quantity(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .numberWord:
            guard let value = a.numbers.first else { return nil }
            return .quantity(Quantity(value: value))
        case .sumOfNumbers:
            guard a.numbers.count == 2, a.numbers[0] >= 20, a.numbers[0].truncatingRemainder(dividingBy: 10) == 0, (1...9).contains(a.numbers[1])
            else { return nil }
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
            guard a.quantities.count == 2, [0.5, 0.25].contains(a.quantities[1].value), a.quantities[0].value == a.quantities[0].value.rounded()
            else {
                return nil
            }
            return .quantity(Quantity(value: a.quantities[0].value + a.quantities[1].value))
        case .dollarsAndCents:
            // "a buck fifty", "two dollars and 50 cents".
            guard let last = a.quantities.last, a.quantities.allSatisfy({ !$0.isSigned }) else { return nil }
            let dollars = a.quantities.count == 2 ? a.quantities[0].value : 1
            // "a dollar and a half" has its fraction already.
            let cents = last.isCents || last.value < 1 ? last.value : last.value / 100
            guard dollars == dollars.rounded(), cents > 0, cents < 1 else { return nil }
            return .quantity(Quantity(value: ((dollars + cents) * 1e6).rounded() / 1e6, unit: .dollars, isBare: false))
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

    func amount(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .bound:
            guard let quantity = a.quantities.first, let comparator = a.comparator else { return nil }
            return .amount(Amount(comparator, quantity))
        case .exact:
            guard let quantity = a.quantities.first else { return nil }
            return .amount(
                Amount(parts: [.exactly(quantity.value)], unit: quantity.unit, isSigned: quantity.isSigned, isBare: quantity.isBare))
        case .about:
            guard let quantity = a.quantities.first else { return nil }
            return .amount(Amount(parts: [.about(quantity.value)], unit: quantity.unit, isSigned: quantity.isSigned))
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
        guard a.amounts.count == 2, case .bounds(let one) = a.amounts[0].parts.first, case .bounds(let other) = a.amounts[1].parts.first
        else { return nil }
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
        return .amount(Amount(parts: parts, unit: unit))
    }

    /// "5-10k" means 5,000 to 10,000; "30 to 60%" shares its unit.
    static func range(_ first: Quantity, _ second: Quantity) -> Value {
        var low = first.value
        if first.scale == 1, second.scale > 1, first.value * second.scale <= second.value { low *= second.scale }
        if first.unit == .plain, second.isCents { low /= 100 }
        let unit = first.unit == .plain ? second.unit : first.unit
        return .amount(
            Amount(parts: [.bounds(.between(low, second.value))], unit: unit, isSigned: first.isSigned || second.isSigned))
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
            isJudged: comparator.isJudgement)
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
