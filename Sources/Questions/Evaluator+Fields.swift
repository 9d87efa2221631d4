import Descriptions
import MarketData

extension Evaluator {
    mutating func comparison(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .fieldList:
            // Fields that share a number share its unit.
            guard Set(a.fields.map { vocabulary.entry($0).unit }).count == 1, !a.hasGaps else { return nil }
            return .fields(a.fields)
        case .compare:
            guard let amount = a.amounts.first, !a.fields.isEmpty else { return nil }
            // In "open interest of 500 contracts" the unit says nothing new.
            let isCounted = has("fieldUnit", a) && a.fields.count > 1
            // "premium of at least $200 per contract" is another field.
            if isCounted, a.fields[0] == .mid, a.fields[1] == .contractPremium { return condition(on: .contractPremium, amount).map { .tree($0) } }
            // "expiring June 27 cost" ends with a question, not with a price.
            if a.fields == [.mid], has("field", a), amount.isBare, let place = place("field", a), place > 0 { return nil }
            // "with volume less than half of open interest" is no condition on open interest.
            if has("traded", a), a.fields != [.volume] { return nil }
            if isCounted, a.hasGaps || a.fields[1] != a.fields[0] && a.fields[1] != .volume { return nil }
            let fields = (isCounted ? Array(a.fields.prefix(1)) : a.fields).reduce(into: [Field]()) { if !$0.contains($1) { $0.append($1) } }
            var atoms: [ConstraintTree] = []
            for field in fields {
                guard let tree = condition(on: field, amount) else { return nil }
                atoms.append(tree)
            }
            return .atoms(atoms)
        case .compareEither:
            guard let amount = a.amounts.first, a.fields.count == 2 else { return nil }
            let trees = a.fields.compactMap { condition(on: $0, amount) }
            return trees.count == 2 ? .tree(.any(trees)) : nil
        case .compareAround:
            // "volume on IBM 180 calls" names a contract; "IV rank of IBM above 50" a bound.
            guard let amount = a.amounts.first, amount.isBounded || amount.unit == .percent, let field = a.fields.first,
                let tree = condition(on: field, amount)
            else { return nil }
            return .atoms(a.subjects + [tree])
        case .tradedPrice:
            guard let amount = a.amounts.first, amount.unit == .dollars, amount.magnitude < 1000 else { return nil }
            return condition(on: .mid, amount).map { .tree($0) }
        case .volAmount:
            // "vol" abbreviates volume and volatility. A plain number of 100 or more is a volume.
            guard let amount = a.amounts.first, amount.unit == .plain, amount.magnitude >= 100 || amount.magnitude == 0 else { return nil }
            return condition(on: .volume, amount).map { .tree($0) }
        case .multipleAmount:
            // A multiple fits only a field without a unit: "leverage of 10x".
            guard let field = a.fields.first, a.fields.count == 1, vocabulary.entry(field).unit == "number", field != .delta,
                let value = a.numbers.first
            else { return nil }
            let part: Amount.Part = a.comparator.map { .bounds(Bounds($0, value)) } ?? .about(value)
            return condition(on: field, Amount(parts: [part], unit: .plain)).map { .tree($0) }
        case .boundField:
            // "a minimum volume of 500".
            guard let given = a.amounts.first, case .exactly(let value)? = given.parts.first, given.parts.count == 1, let comparator = a.comparator,
                let field = a.fields.first
            else { return nil }
            let amount = Amount(parts: [.bounds(Bounds(comparator, value))], unit: given.unit, isSigned: given.isSigned)
            return condition(on: field, amount).map { .tree($0) }
        case .compareTrailer:
            guard let quantity = a.quantities.first, let comparator = a.comparator, var field = a.fields.first else { return nil }
            if a.fields.count == 2, a.fields[1] != field {
                // "trading 10 cents wide or tighter": the last noun says what.
                guard field == .mid || field == .volume else { return nil }
                field = a.fields[1]
            }
            return condition(on: field, Amount(comparator, quantity)).map { .tree($0) }
        case .compareChain, .compareReversed:
            // "0.3 <= IV <= 0.5", "5 < dte".
            let comparators = a.values.compactMap { value -> Comparator? in if case .comparator(let comparator) = value { comparator } else { nil } }
            guard let field = a.fields.first, let low = a.quantities.first, let first = comparators.first else { return nil }
            var bounds = Bounds(first.flipped, low.value)
            if action == .compareChain {
                guard let high = a.quantities.last, comparators.count == 2 else { return nil }
                bounds = bounds.intersection(Bounds(comparators[1], high.value))
                guard bounds.lower != nil, bounds.upper != nil else { return nil }
            }
            let unit = a.quantities.map(\.unit).first { $0 != .plain } ?? .plain
            return condition(on: field, Amount(parts: [.bounds(bounds)], unit: unit, isSigned: a.quantities.contains { $0.isSigned })).map {
                .tree($0)
            }
        case .budget:
            // "I have $300 to spend" on one contract.
            guard let quantity = a.quantities.first, quantity.unit == .dollars, quantity.value >= 1 else { return nil }
            return .tree(.test(.number(.contractPremium, .atMost(quantity.value))))
        case .tradedTimes:
            guard let amount = a.amounts.first, amount.unit == .plain else { return nil }
            return condition(on: .volume, amount).map { .tree($0) }
        case .handle:
            // "a 20-handle IV": 20 up to but not 21.
            guard let field = a.fields.first, let quantity = a.quantities.first, quantity.value == quantity.value.rounded(), quantity.value >= 0
            else {
                return nil
            }
            let bounds = Bounds(lower: .init(quantity.value), upper: .init(quantity.value + 1, isStrict: true))
            let unit: Quantity.Unit = vocabulary.entry(field).unit == "percent" ? .percent : quantity.unit
            return condition(on: field, Amount(parts: [.bounds(bounds)], unit: unit)).map { .tree($0) }
        case .quantile:
            // "IV rank in the bottom quarter".
            guard let field = a.fields.first, vocabulary.entry(field).unit == "rank", let key = a.keys.last else { return nil }
            let isTop = key.hasSuffix("..")
            guard let edge = Double(key.filter { $0 != "." }) else { return nil }
            return .tree(.test(.number(field, isTop ? .atLeast(edge) : .atMost(edge))))
        case .unitRange:
            // "35 strike through 45 strike".
            guard a.quantities.count == 2, a.fields.count >= 2, Set(a.fields).count == 1, let field = a.fields.first,
                case .amount(let amount) = Self.range(a.quantities[0], a.quantities[1])
            else { return nil }
            return condition(on: field, amount).map { .tree($0) }
        case .decay:
            // "loses less than 2 cents a day": theta has a sign.
            guard let amount = a.amounts.first, amount.unit != .percent, amount.magnitude < 100, amount.parts.count == 1,
                case .bounds(let bounds)? = amount.parts.first
            else { return nil }
            let theta = bounds.mapped { $0 == 0 ? 0 : -$0 }
            guard has("not", a) else { return .tree(.test(.number(.theta, theta))) }
            let pieces = theta.complement
            return pieces.count == 1 ? .tree(.test(.number(.theta, pieces[0]))) : nil
        case .decayBound:
            // "time decay over 5 cents": written without its sign.
            let given = a.amounts.first ?? a.quantities.first.flatMap { quantity in a.comparator.map { Amount($0, quantity) } }
            guard let given, given.unit != .percent, given.magnitude < 100, given.parts.count == 1, case .bounds(let bounds)? = given.parts.first
            else { return nil }
            return .tree(.test(.number(.theta, given.isSigned ? bounds : bounds.mapped { $0 == 0 ? 0 : -$0 })))
        case .compareList:
            // "strike in (90, 95, 100)".
            guard let field = a.fields.first, var amount = a.amounts.first else { return nil }
            if amount.parts.count == 2, field != .strike, field != .daysToExpiry, case .exactly(let low) = amount.parts[0],
                case .exactly(let high) = amount.parts[1], low < high
            {
                // "IV in (0.25, 0.4)" is an interval.
                amount.parts = [.bounds(.between(low, high))]
            }
            return condition(on: field, amount).map { .tree($0) }
        case .multipleRange:
            // "leverage between 10x and 20x".
            guard let field = a.fields.first, a.fields.count == 1, vocabulary.entry(field).unit == "number", field != .delta, a.numbers.count == 2,
                a.numbers[0] < a.numbers[1]
            else { return nil }
            return .tree(.test(.number(field, .between(a.numbers[0], a.numbers[1]))))
        case .quantileOf:
            // "IV rank in the top 10 percent".
            guard let field = a.fields.first, vocabulary.entry(field).unit == "rank", let share = a.quantities.first, share.unit == .percent,
                share.value > 0, share.value < 100
            else { return nil }
            return .tree(.test(.number(field, has("top", a) ? .atLeast(100 - share.value) : .atMost(share.value))))
        case .drawdownBelow:
            // "within 5% of its 52 week high".
            let given = a.amounts.first ?? a.quantities.first.map { Amount(parts: [.bounds(.atLeast($0.value))], unit: $0.unit) }
            guard let given, given.unit == .percent, case .bounds(let bounds)? = given.parts.first else { return nil }
            return .tree(.test(.number(.drawdown, bounds.mapped { ($0 * 1e7).rounded() / 1e9 })))
        case .signOf:
            // "negative time value", "positive skew".
            guard let field = a.fields.first, let sign = a.numbers.first, vocabulary.entry(field).unit != "date" else { return nil }
            return .tree(.test(.number(field == .delta ? .signedDelta : field, sign < 0 ? .below(0) : .above(0))))
        case .breakEvenMove:
            // "need the stock to rise less than 2% to break even".
            guard let amount = a.amounts.first, amount.unit == .percent else { return nil }
            return condition(on: .breakEvenDistance, amount).map { .tree($0) }
        case .levelledBound:
            // "low IV AAPL puts under 20%": the number says what the adjective means.
            guard let amount = a.amounts.first, let field = a.fields.first, !a.levels.isEmpty,
                amount.unit == .percent || field == .delta && amount.magnitude < 1, let tree = condition(on: field, amount)
            else { return nil }
            return .atoms(a.subjects + [tree])
        case .tolerance, .toleranceOf: return tolerance(a, isWidthFirst: action == .toleranceOf)
        case .fieldCategory:
            // "moneyness: atm".
            guard let field = a.fields.first, let tree = a.trees.first, case .test(.category(let attribute, _)) = tree,
                attribute.fields.contains(field)
            else { return nil }
            return .tree(tree)
        case .compareNot:
            guard let amount = a.amounts.first, let field = a.fields.first, let tree = condition(on: field, amount) else { return nil }
            return .tree(.not(tree))
        case .strikeLetter:
            if case .atoms(let atoms)? = a.values.first { return .atoms(atoms) }
            guard let quantity = a.quantities.first, quantity.unit == .plain, !quantity.isYear else { return nil }
            if has("strikePlural", a) { return .tree(.test(.number(.strike, .exactly(quantity.value)))) }
            for case .kinds(let kinds) in a.values {
                return .atoms([.test(.number(.strike, .exactly(quantity.value))), .test(.kinds(kinds))])
            }
            return nil
        case .compareAbout:
            guard let quantity = a.quantities.first, let field = a.fields.first else { return nil }
            return condition(on: field, Amount(parts: [.about(quantity.value)], unit: quantity.unit, isSigned: quantity.isSigned)).map { .tree($0) }
        default: return nil
        }
    }

    /// "45 dte give or take a week", "within $2 of 93".
    private func tolerance(_ a: Arguments, isWidthFirst: Bool) -> Value? {
        let field = a.fields.first ?? .strike
        guard a.fields.allSatisfy({ $0 == field }), var middle = isWidthFirst ? a.quantities.last : a.quantities.first else { return nil }
        var width: Quantity
        if a.quantities.count == 2 {
            width = isWidthFirst ? a.quantities[0] : a.quantities[1]
        } else {
            guard a.quantities.count == 1, a.unit != nil else { return nil }
            width = Quantity(value: 1)
        }
        if let unit = a.unit {
            guard field == .daysToExpiry else { return nil }
            width.value *= unit.days
        }
        // "delta .35 ± 2" and "within 5% of 93" name no width of the same unit.
        guard width.value >= 0, middle.unit == width.unit || middle.unit == .plain || width.unit == .plain, !middle.isYear else { return nil }
        if width.unit == .percent, middle.unit == .plain, vocabulary.entry(field).unit == "dollars" || vocabulary.entry(field).unit == "count" {
            width.value *= abs(middle.value) / 100
            width.unit = .plain
        }
        if a.fields.isEmpty, middle.value < 5 || middle.unit == .percent { return nil }
        // "delta 30 ± .05" mixes its two scales.
        if field == .delta || field == .vendorDelta {
            if middle.value >= 2, width.value < 1 { middle.value /= 100 } else if middle.value < 2, width.value >= 1 { width.value /= 100 }
        }
        func clean(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
        let low = field == .daysToExpiry ? max(0, middle.value - width.value) : middle.value - width.value
        let unit = middle.unit == .plain ? width.unit : middle.unit
        let amount = Amount(
            parts: [.bounds(.between(clean(low), clean(middle.value + width.value)))], unit: unit, isSigned: middle.isSigned)
        if a.fields.isEmpty { return condition(on: .strike, amount).map { .atoms([$0] + a.subjects) } }
        return condition(on: field, amount).map { .tree($0) }
    }

    /// Chances of what must not happen: "a 70% chance of expiring worthless" is one of 30 % of ending in the money.
    func chance(_ action: Action, _ a: Arguments) -> Value? {
        let isOut = a.keys.contains { $0 == "out" || $0 == "loss" }
        switch action {
        case .chance, .chanceAgainst:
            guard isOut == (action == .chanceAgainst) else { return nil }
            if a.keys.contains("touch") { return .fields([.probabilityOfTouch]) }
            let isMoney = a.keys.contains { $0 == "out" || $0 == "in" }
            return .fields([isMoney ? .probabilityInTheMoney : .probabilityOfProfit])
        case .oddsIn:
            // "one in ten".
            guard a.quantities.count == 2, a.quantities.allSatisfy({ $0.unit == .plain }), a.quantities[0].value >= 1,
                a.quantities[1].value > a.quantities[0].value
            else { return nil }
            return .quantity(Quantity(value: (a.quantities[0].value / a.quantities[1].value * 1e7).rounded() / 1e5, unit: .percent, isBare: false))
        case .chanceOfFate:
            // "assigned with a probability below 15%", "less than a one in ten chance of finishing in the money".
            guard case .fields(let fields)? = chance(isOut ? .chanceAgainst : .chance, a) else { return nil }
            var arguments = a
            arguments.values.append(.fields(fields))
            if isOut { return chance(.compareAgainst, arguments) }
            guard let field = fields.first else { return nil }
            let given =
                a.amounts.first
                ?? a.quantities.first.map { quantity in
                    a.comparator.map { Amount($0, quantity) } ?? Amount(parts: [.exactly(quantity.value)], unit: quantity.unit)
                }
            return given.flatMap { condition(on: field, $0) }.map { .tree($0) }
        case .compareAgainst:
            guard let field = a.fields.first else { return nil }
            let given =
                a.amounts.first
                ?? a.quantities.first.map { quantity in
                    a.comparator.map { Amount($0, quantity) } ?? Amount(parts: [.exactly(quantity.value)], unit: quantity.unit)
                }
            guard let given, case .test(.number(let found, let bounds))? = condition(on: field, given) else { return nil }
            return .tree(.test(.number(found, bounds.mapped { ((1 - $0) * 1e9).rounded() / 1e9 })))
        default:
            guard let field = a.fields.first, let direction = a.keys.first(where: { $0 == "descending" || $0 == "ascending" }) else { return nil }
            return .ordering([Ordering(field, isDescending: direction == "ascending")])
        }
    }

    /// "straddles around 93": combinations are refused; the strike counts.
    mutating func strategyStrike(_ a: Arguments) -> Value? {
        guard let quantity = a.quantities.first, quantity.unit != .percent, !quantity.isYear, quantity.value >= 5, !quantity.isSigned else {
            return nil
        }
        let part: Amount.Part = has("approx", a) || a.keys.contains("around") ? .about(quantity.value) : .exactly(quantity.value)
        guard let tree = condition(on: .strike, Amount(parts: [part], unit: quantity.unit)) else { return nil }
        notes.append(refusal("multiLeg", phrase))
        return .tree(tree)
    }

    /// A field compared with an amount, in the field's own unit; `nil` when the units do not fit.
    func condition(on field: Field, _ amount: Amount) -> ConstraintTree? {
        if amount.isSpoken { return condition(on: field, spoken: amount) }
        guard let (field, scale) = unitScale(field, amount) else { return nil }
        if amount.isJudged, !amount.isSigned, field == .theta || field == .vendorTheta {
            // "no worse than 3 cents a day": a decay is written without its sign.
            var signed = amount
            signed.isSigned = true
            signed.parts = amount.parts.map { part in
                guard case .bounds(let bounds) = part else { return part }
                return .bounds(
                    Bounds(
                        lower: bounds.lower.map { .init(-$0.value, isStrict: $0.isStrict) },
                        upper: bounds.upper.map { .init(-$0.value, isStrict: $0.isStrict) }))
            }
            return condition(on: field, signed)
        }
        if amount.isJudged, field.isBetterSmall {
            // "a spread of 5% or better" is at most 5%.
            var turned = amount
            turned.isJudged = false
            turned.parts = amount.parts.map { part in
                guard case .bounds(let bounds) = part else { return part }
                return .bounds(Bounds(lower: bounds.upper, upper: bounds.lower))
            }
            return condition(on: field, turned)
        }
        let tests = amount.parts.map { ConstraintTree.test(.number(field, bounds(of: $0, field, scale, amount))) }
        return tests.count == 1 ? tests[0] : .any(tests)
    }

    /// "three fifty" is $3.50 of a price and 350 of a strike or a volume.
    private func condition(on field: Field, spoken amount: Amount) -> ConstraintTree? {
        let unit = vocabulary.entry(field).unit
        let isInHundreds = unit == "count" || (field == .strike || field == .close) && amount.magnitude < 20
        guard isInHundreds || unit == "dollars" else { return nil }
        var plain = amount
        plain.isSpoken = false
        if isInHundreds {
            plain.unit = .plain
            plain.parts = amount.parts.map { part in
                switch part {
                case .exactly(let value): .exactly((value * 100).rounded())
                case .about(let value): .about((value * 100).rounded())
                case .bounds(let bounds): .bounds(bounds.mapped { ($0 * 100).rounded() })
                }
            }
        }
        return condition(on: field, plain)
    }

    /// The field that an amount of that unit is about, and the factor to its stored unit.
    private func unitScale(_ field: Field, _ amount: Amount) -> (Field, Double)? {
        let kind = vocabulary.entry(field).unit
        guard kind != "date" else { return nil }
        let size = amount.magnitude
        // Counts are whole numbers: "half of open interest" is not a count.
        if kind == "count", amount.unit == .plain, size > 0, size < 1 { return nil }
        // Nobody quotes a premium of millions: that is what changed hands.
        if field == .mid, size >= 100_000 { return (.premiumTraded, 1) }
        switch (kind, amount.unit) {
        case ("percent", .percent): return (field, 0.01)
        case ("percent", .dollars):
            switch field {
            case .spread: return (.spreadDollars, 1)
            case .distance: return (.distanceDollars, 1)
            default: return nil
            }
        case ("percent", .plain):
            // 12,000 is a volume, whatever stands beside it.
            guard size < 1000 else { return nil }
            return (
                field,
                size > (field == .impliedVolatility || field.isVolatility ? 2.5 : 1)
                    || (size == 1 && !field.isVolatility && field != .probabilityOfProfit) ? 0.01 : 1
            )
        case ("rank", .percent): return (field, 1)
        case ("rank", .plain): return (field, size < 1 && size > 0 ? 100 : 1)
        case ("rank", .dollars): return nil
        case ("dollars", .percent): return field == .expectedMove ? (.expectedMovePercent, 0.01) : nil
        case ("dollars", _): return (field, 1)
        // "trading under a nickel" is a price, "over $1 million traded" what changed hands.
        case (_, .dollars) where field == .volume: return (size >= 1000 ? .premiumTraded : .mid, 1)
        case (_, .dollars): return field == .totalVolume ? (.totalPremiumTraded, 1) : nil
        case (_, .percent):
            return field == .delta || field == .vendorDelta
                ? (field.signed(amount.isSigned), 0.01) : field == .relativeVolume || field == .moneyness ? (field, 0.01) : nil
        default:
            guard field == .delta || field == .vendorDelta else { return (field, 1) }
            // No delta exceeds 1; "delta over 1.5" is not a percentage.
            return (field.signed(amount.isSigned), size >= 2 ? 0.01 : 1)
        }
    }

    private func bounds(of part: Amount.Part, _ field: Field, _ scale: Double, _ amount: Amount) -> Bounds {
        let entry = vocabulary.entry(field == .signedDelta ? .delta : field)
        func clean(_ value: Double) -> Double { (value * 1e9).rounded() / 1e9 }
        switch part {
        case .bounds(let bounds): return bounds.mapped { clean($0 * scale) }
        case .exactly(let value):
            let center = clean(value * scale)
            guard var width = entry.exactly else { return .exactly(center) }
            // 16 delta is one standard deviation: its neighbours are too close for the usual width.
            if field == .delta, center == 0.16 { width = 0.03 }
            return .between(clean(center - width), clean(center + width))
        case .about(let value):
            let center = clean(value * scale)
            var width = entry.isAbsolute == true ? entry.about ?? 0 : abs(center) * (entry.about ?? 0.1)
            width = max(width, entry.aboutFloor ?? 0)
            if entry.unit == "days" || entry.unit == "count" {
                return .between((center - width).rounded(.up), (center + width).rounded(.down))
            }
            return .between(clean(center - width), clean(center + width))
        }
    }

    // MARK: Ratios

    mutating func ratio(_ action: Action, _ a: Arguments) -> Value? {
        if action == .relativeVolume { return relativeVolume(a) }
        if action == .relativeVolumePercent { return relativeVolumePercent(a) }
        if action == .kindRatio { return kindRatio(a) }
        if action == .kindRatioOfFields { return kindRatioOfFields(a) }
        if action == .ratioOfPrice {
            // "calls at 1 to 2 percent of the stock price".
            guard let amount = a.amounts.first, amount.unit == .percent, a.fields == [.close], amount.parts.count == 1 else { return nil }
            let share: Bounds
            switch amount.parts.first {
            case .bounds(let bounds): share = bounds
            case .exactly(let value), .about(let value): share = .between(value * 0.9, value * 1.1)
            case nil: return nil
            }
            return .atoms(a.subjects + [.test(.ratio(.mid, .close, share.mapped { ($0 * 1e7).rounded() / 1e9 }))])
        }
        if action == .ratioRange {
            // "between one and two times open interest".
            guard a.fields.count == 2, a.fields[0] != a.fields[1], let high = a.numbers.last,
                let low = a.quantities.first?.value ?? (a.numbers.count == 2 ? a.numbers[0] : nil), low < high
            else { return nil }
            return .tree(.test(.ratio(a.fields[0], a.fields[1], .between(low, high))))
        }
        if action == .ratioTraded {
            // "more than their open interest traded".
            guard a.fields == [.openInterest], let comparator = a.comparator else { return nil }
            return .tree(.test(.ratio(.volume, .openInterest, Bounds(comparator, a.numbers.first ?? 1))))
        }
        if action == .wellAbove {
            // "IV30 well above HV20": by a quarter.
            guard a.fields.count == 2, a.fields[0] == .iv30 || a.fields[0] == .impliedVolatility, a.fields[1].isRealised else { return nil }
            return a.fields[1] == .hv20
                ? .tree(.test(.number(.volatilityRatio, .above(1.25)))) : .tree(.test(.ratio(.iv30, a.fields[1], .above(1.25))))
        }
        if action == .highRatio {
            // "crazy high volume vs OI": more of the one than of the other.
            guard let attribute = a.attributes.last?.first(where: { $0 == .volume || $0 == .openInterest }),
                let codes = a.levels.first?.codes[attribute],
                let under = a.fields.first, under == .openInterest || under == .volume, !codes.contains(1)
            else { return nil }
            let over: Field = attribute == .volume ? .volume : .openInterest
            guard over != under else { return nil }
            let tree = ConstraintTree.test(.ratio(over, under, (codes.max() ?? 0) >= 4 ? .above(1) : .below(1)))
            notes.append(.assumed(phrase, reading: tree.compactText))
            return .tree(tree)
        }
        var fields = a.fields
        if action == .volRatio || action == .volRatioAmount {
            guard fields == [.openInterest] else { return nil }
            fields = [.volume] + fields
        }
        guard fields.count >= 2 else { return nil }
        var (over, under) = (fields[0], fields[1])
        // "vol is 5x OI": only volumes are compared with open interest.
        if over == .impliedVolatility, under == .openInterest { over = .volume }
        if under == .impliedVolatility, over == .openInterest { under = .volume }
        // "realized over implied" compares numbers of the name's day.
        if over.isRealised, under == .impliedVolatility { under = .iv30 }
        guard over != under, ![over, under].contains(where: { vocabulary.entry($0).unit == "date" }) else { return nil }
        // "closed above their open interest": a price is no multiple of a count.
        guard (vocabulary.entry(over).unit == "count") == (vocabulary.entry(under).unit == "count") else { return nil }
        if over == .spread, under == .mid || under == .close {
            // The spread is a share of the mid already.
            guard under == .mid, case .tree(.test(.ratio(_, _, let bounds)))? = ratioTree(action, a, over, under) else { return nil }
            return .tree(.test(.number(.spread, bounds)))
        }
        return ratioTree(action, a, over, under)
    }

    private mutating func ratioTree(_ action: Action, _ a: Arguments, _ over: Field, _ under: Field) -> Value? {
        switch action {
        case .ratioOfFields where under == .intrinsic && (over == .mid || over == .ask) && a.comparator == .below && a.numbers.isEmpty:
            return .tree(.test(.number(.parityMargin, .below(0))))
        case .fieldDifference: return difference(a, over, under)
        case .ratioWithin:
            guard let width = a.quantities.first, width.unit == .percent, width.value >= 0 else { return nil }
            func near(_ percent: Double) -> Double { ((1 + percent / 100) * 1e9).rounded() / 1e9 }
            return .tree(.test(.ratio(over, under, .between(near(-width.value), near(width.value)))))
        case .ratioEqual: return .tree(.test(.ratio(over, under, .exactly(1))))
        case .ratioReversed:
            // "ten times the open interest in volume".
            return .tree(.test(.ratio(under, over, Bounds(a.comparator ?? .atLeast, a.numbers.first ?? 1))))
        case .ratioPercentIn:
            // "less than 5% of the price in time value".
            guard let amount = a.amounts.first, amount.unit == .percent, case .bounds(let bounds)? = amount.parts.first else { return nil }
            return .tree(.test(.ratio(under, over, bounds.mapped { ($0 * 1e7).rounded() / 1e9 })))
        case .ratioPercent:
            guard let amount = a.amounts.first, amount.unit == .percent, case .bounds(let bounds)? = amount.parts.first else { return nil }
            return .tree(.test(.ratio(over, under, bounds.mapped { ($0 * 1e7).rounded() / 1e9 })))
        case .ratioMore:
            return .tree(.test(.ratio(over, under, Bounds(a.comparator ?? .above, 1))))
        case .ratioAmount, .ratioAmount2, .volRatioAmount:
            let number: Amount.Part? =
                a.amounts.first?.parts.first ?? a.numbers.first.map { .bounds(Bounds(a.comparator ?? .atLeast, $0)) }
                ?? a.quantities.first.map { .bounds(Bounds(a.comparator ?? .atLeast, $0.value)) }
            switch number {
            case .bounds(let bounds):
                let scale = a.amounts.first?.unit == .percent ? 0.01 : 1
                return .tree(.test(.ratio(over, under, bounds.mapped { ($0 * scale * 1e9).rounded() / 1e9 })))
            case .exactly(let value), .about(let value): return .tree(.test(.ratio(over, under, .between(value * 0.9, value * 1.1))))
            case nil: return nil
            }
        case .ratioOfFieldsAtLeast:
            return .tree(.test(.ratio(over, under, Bounds(a.comparator == .below ? .atMost : .atLeast, a.numbers.first ?? 1))))
        default:
            let factor = a.numbers.first ?? 1
            // "tops open interest by at least 3 times": the bound beside the number counts.
            let comparators = a.values.compactMap { value -> Comparator? in if case .comparator(let comparator) = value { comparator } else { nil } }
            let comparator = comparators.last ?? .atLeast
            return .tree(.test(.ratio(over, under, Bounds(comparator, factor))))
        }
    }

    /// "priced above intrinsic by at least $5": of the pairs whose difference has a name.
    private mutating func difference(_ a: Arguments, _ over: Field, _ under: Field) -> Value? {
        guard let amount = a.amounts.first, let comparator = a.comparator else { return nil }
        let isBelow = comparator == .below || comparator == .atMost
        if amount.unit == .percent, over.isPriceOfContract, under.isPriceOfContract, case .bounds(let bounds)? = amount.parts.first {
            // "the ask at most 10% above the bid".
            let ratio = bounds.mapped { ((isBelow ? 1 - $0 / 100 : 1 + $0 / 100) * 1e9).rounded() / 1e9 }
            return .tree(.test(.ratio(over, under, ratio)))
        }
        func named(_ over: Field, _ under: Field) -> Field? {
            switch (over, under) {
            case (.mid, .intrinsic), (.ask, .intrinsic): .extrinsic
            case (.ask, .bid): .spreadDollars
            case (.strike, .close): amount.unit == .percent ? .strikeOverSpot : .strikeMinusSpot
            case (.iv30, .hv20), (.impliedVolatility, .hv20): .volatilityPremium
            case (.iv90, .iv30): .termSlope
            default: nil
            }
        }
        let isReversed = named(over, under) == nil
        guard let field = named(over, under) ?? named(under, over) else {
            // "IV 10 points over IV30": two numbers whose difference has no name.
            guard vocabulary.entry(over).unit == "percent", vocabulary.entry(under).unit == "percent" else { return nil }
            notes.append(refusal("difference", phrase))
            return .piece(.filler)
        }
        guard let tree = condition(on: field, amount), case .test(.number(let found, let bounds)) = tree else { return nil }
        return .tree(isBelow != isReversed ? .test(.number(found, bounds.mapped { $0 == 0 ? 0 : -$0 })) : tree)
    }

    /// "the volume of puts was bigger than that of calls".
    private func kindRatioOfFields(_ a: Arguments) -> Value? {
        let pairs: [Field: (put: Field, call: Field)] = [
            .volume: (.putVolume, .callVolume), .openInterest: (.putOpenInterest, .callOpenInterest),
        ]
        guard let field = a.fields.first, a.fields.allSatisfy({ $0 == field }), let pair = pairs[field] else { return nil }
        var (fields, symbols): ([Field], [ConstraintTree]) = ([], [])
        for value in a.values {
            if case .kinds(let kinds) = value, kinds.count == 1 { fields.append(kinds == [.put] ? pair.put : pair.call) }
            if case .symbols(let names) = value { symbols.append(.test(.symbols(names))) }
        }
        guard fields.count == 2, fields[0] != fields[1] else { return nil }
        let bounds = Bounds(a.comparator ?? (a.numbers.isEmpty ? .above : .atLeast), a.numbers.first ?? 1)
        return .atoms(symbols + [.test(.ratio(fields[0], fields[1], bounds))])
    }

    /// "more puts than calls", "puts outtraded calls": volumes of the name's day.
    private func kindRatio(_ a: Arguments) -> Value? {
        var fields: [Field] = []
        for case .kinds(let kinds) in a.values where kinds.count == 1 { fields.append(kinds == [.put] ? .putVolume : .callVolume) }
        guard fields.count == 2, fields[0] != fields[1] else { return nil }
        return .tree(.test(.ratio(fields[0], fields[1], Bounds(a.comparator ?? (a.numbers.isEmpty ? .above : .atLeast), a.numbers.first ?? 1))))
    }

    /// "volume 50% above average".
    private func relativeVolumePercent(_ a: Arguments) -> Value? {
        guard a.fields.first == .volume, let amount = a.amounts.first, amount.unit == .percent, let comparator = a.comparator else { return nil }
        let sign: Double = comparator == .below || comparator == .atMost ? -1 : 1
        func factor(_ percent: Double) -> Double { ((1 + sign * percent / 100) * 1e9).rounded() / 1e9 }
        switch amount.parts.first {
        case .exactly(let value): return .tree(.test(.number(.relativeVolume, sign > 0 ? .atLeast(factor(value)) : .atMost(factor(value)))))
        case .bounds(let bounds): return .tree(.test(.number(.relativeVolume, bounds.mapped(factor))))
        default: return nil
        }
    }

    private func relativeVolume(_ a: Arguments) -> Value? {
        guard a.fields.allSatisfy({ $0 == .volume }) else { return nil }
        let factor = a.numbers.first ?? a.quantities.first?.value ?? 1
        if let amount = a.amounts.first, case .bounds(let bounds) = amount.parts.first {
            return .tree(.test(.number(.relativeVolume, bounds)))
        }
        return .tree(.test(.number(.relativeVolume, Bounds(a.comparator ?? .atLeast, factor))))
    }

    // MARK: Moneyness

    func moneyness(_ action: Action, _ a: Arguments) -> Value? {
        func sign(_ key: String?) -> Double { key == "in" ? -1 : 1 }
        switch action {
        case .offMoneyTrailer, .strikesOffMoneyTrailer:
            guard let quantity = a.quantities.first, let comparator = a.comparator else { return nil }
            var arguments = a
            arguments.values.append(.amount(Amount(parts: [.bounds(Bounds(comparator, quantity.value))], unit: quantity.unit)))
            return moneyness(action == .offMoneyTrailer ? .offMoney : .strikesOffMoney, arguments)
        case .moneyCodes:
            guard let codes = a.keys.first?.split(separator: ",").compactMap({ Int($0) }), !codes.isEmpty else { return nil }
            return .tree(.test(.category(.moneyness, codes)))
        case .breakEvenBesideSpot:
            if a.fields == [.strike] { return moneyness(a.comparator == nil ? .aroundSpot : .besideSpot, a) }
            guard a.fields.contains(.breakEven), let amount = a.amounts.first, amount.unit == .percent else { return nil }
            return condition(on: .breakEvenDistance, amount).map { .tree($0) }
        case .parity: return .tree(.test(.number(.parityMargin, .below(0))))
        case .slightMoney:
            let isFar = a.keys.first == "far"
            let isIn = a.keys.last == "in"
            if isFar { return .tree(.test(.category(.moneyness, [isIn ? 5 : 1]))) }
            return .tree(.test(.number(.outOfTheMoney, isIn ? .between(-0.05, 0) : .between(0, 0.05))))
        case .offMoney:
            // "IV of 20% that are OTM" is no distance.
            guard let amount = a.amounts.first, let side = a.keys.last, !amount.isBare || amount.unit != .plain, !a.hasGaps else { return nil }
            let field: Field = amount.unit == .dollars ? .outOfTheMoneyDollars : .outOfTheMoney
            guard amount.unit != .plain else { return nil }
            return signed(field, amount, sign(side))
        case .strikesOffMoney:
            guard let amount = a.amounts.first, amount.unit == .plain, let side = a.keys.last else { return nil }
            return signed(.outOfTheMoneyStrikes, amount, sign(side))
        case .strikesAroundSpot:
            // "within 5 strikes of the money", on either side.
            guard let amount = a.amounts.first, amount.unit == .plain, case .bounds(let bounds)? = amount.parts.first, let upper = bounds.upper,
                bounds.lower == nil
            else { return nil }
            return .tree(
                .test(
                    .number(
                        .outOfTheMoneyStrikes,
                        Bounds(lower: .init(-upper.value, isStrict: upper.isStrict), upper: .init(upper.value, isStrict: upper.isStrict)))))
        case .strikesAside:
            guard let amount = a.amounts.first, amount.unit == .plain, amount.magnitude <= 100, let side = a.comparator(of: "aboveSpot", grammar)
            else {
                return nil
            }
            return .piece(.strikesAside(amount, isAbove: side == .above))
        case .firstStrikesOffMoney:
            // "the first two OTM strikes".
            guard let side = a.keys.last(where: { $0 == "in" || $0 == "out" }), a.numbers.first == 1 else { return nil }
            let count = a.quantities.first?.value ?? 1
            guard (1...100).contains(count), count == count.rounded() else { return nil }
            return .tree(.test(.number(.outOfTheMoneyStrikes, side == "in" ? .between(-count, -1) : .between(1, count))))
        case .aroundSpot:
            guard let amount = a.amounts.first, amount.unit != .plain else { return nil }
            // "within 5% of spot" is a distance, "less than 5% of the price" a share of it.
            if has("ofAway", a) || a.hasGaps && !has("away", a) {
                guard case .bounds(let bounds)? = amount.parts.first, bounds.lower == nil, bounds.upper?.isStrict == false else { return nil }
            }
            return condition(on: .distance, amount).map { .tree($0) }
        case .besideSpot:
            guard let amount = a.amounts.first, amount.unit != .plain, let side = a.comparator else { return nil }
            let field: Field = amount.unit == .dollars ? .strikeMinusSpot : .strikeOverSpot
            return signed(field, amount, side == .below || side == .atMost ? -1 : 1)
        case .besideStrike:
            // "spot at least 5% above the strike".
            for case .kinds(let kinds) in a.values where kinds != [.stock] { return nil }
            guard a.fields.allSatisfy({ $0 == .close }), let amount = a.amounts.first, let side = a.comparator, amount.unit != .plain,
                case .bounds(let bounds)? = amount.parts.first
            else { return nil }
            let sign: Double = a.values.contains { if case .comparator(.below) = $0 { true } else { false } } || side == .below ? -1 : 1
            if amount.unit == .dollars { return .tree(.test(.number(.strikeMinusSpot, bounds.mapped { $0 == 0 ? 0 : -sign * $0 }))) }
            return .tree(.test(.ratio(.close, .strike, bounds.mapped { ((1 + sign * $0 / 100) * 1e9).rounded() / 1e9 })))
        case .strikeBesideSpot:
            guard let side = a.comparator else { return nil }
            return .tree(.test(.number(.strikeMinusSpot, Bounds(side, 0))))
        case .nearSpot: return .tree(.test(.category(.moneyness, [3])))
        default: return nil
        }
    }

    /// Strikes above or below the money, of calls or of puts.
    func strikesAside(_ amount: Amount, isOut: Bool) -> ConstraintTree? {
        signed(.outOfTheMoneyStrikes, amount, isOut ? 1 : -1)?.tree
    }

    /// A condition on a field that counts the other side as negative.
    private func signed(_ field: Field, _ amount: Amount, _ sign: Double) -> Value? {
        guard let tree = condition(on: field, amount) else { return nil }
        if amount.isSigned { return .tree(tree) }
        return .tree(sign < 0 ? tree.mirrored : onOneSide(tree))
    }

    /// "less than 5% OTM" starts at the money.
    private func onOneSide(_ tree: ConstraintTree) -> ConstraintTree {
        guard case .test(.number(let field, let bounds)) = tree, bounds.lower == nil else { return tree }
        return .test(.number(field, Bounds(lower: .init(0), upper: bounds.upper)))
    }
}

extension ConstraintTree {
    /// The same distance on the other side of zero.
    fileprivate var mirrored: ConstraintTree {
        switch self {
        case .test(.number(let field, let bounds)):
            let bounded = bounds.lower == nil ? Bounds(lower: .init(0), upper: bounds.upper) : bounds
            return .test(.number(field, bounded.mapped { $0 == 0 ? 0 : -$0 }))
        case .any(let parts): return .any(parts.map(\.mirrored))
        default: return self
        }
    }
}

extension Field {
    /// What a trader wants small.
    var isBetterSmall: Bool { self == .spread || self == .spreadDollars || self == .ask }

    /// Prices of one contract, which are compared with each other in percent.
    fileprivate var isPriceOfContract: Bool {
        switch self {
        case .bid, .ask, .mid: true
        default: false
        }
    }

    /// A delta with or without its sign.
    fileprivate func signed(_ isSigned: Bool) -> Field {
        guard isSigned else { return self }
        return self == .vendorDelta ? .vendorSignedDelta : .signedDelta
    }

    /// A volatility of the underlying's own returns.
    fileprivate var isRealised: Bool {
        switch self {
        case .hv10, .hv20, .hv30, .hv60, .hv90: true
        default: false
        }
    }

    /// Volatilities as fractions, which are written as whole percents without a sign.
    var isVolatility: Bool {
        switch self {
        case .impliedVolatility, .vendorImpliedVolatility, .iv30, .iv60, .iv90, .hv10, .hv20, .hv30, .hv60, .hv90: true
        default: false
        }
    }
}
