import Descriptions
import MarketData

extension Evaluator {
    func move(_ action: Action, _ a: Arguments) -> Value? {
        guard let amount = a.amounts.first, amount.unit == .percent else { return nil }
        func named(_ name: String) -> Bool { has(name, a) }
        let isDown = named("moveDown") || named("gapDown")
        // "a move of -2%" has its sign.
        let field: Field =
            named("gapUp") || named("gapDown") || named("openedWord") ? .gap : named("absMove") && !amount.isSigned ? .absoluteMove : .move
        var parts: [ConstraintTree] = []
        for part in amount.parts {
            var bounds: Bounds
            switch part {
            // "up 3%" says how far it went, at least.
            case .exactly(let value): bounds = .atLeast(value)
            case .about(let value): bounds = .between(value - 0.5, value + 0.5)
            case .bounds(let given):
                // "down 3% or worse" fell at least so far.
                bounds = amount.isJudged && isDown ? Bounds(lower: given.upper, upper: given.lower) : given
                if bounds.lower == nil, !amount.isSigned { bounds.lower = .init(0, isStrict: true) }
            }
            bounds = bounds.mapped { ($0 * 1e7).rounded() / 1e9 }
            if field == .absoluteMove, bounds.lower?.value == 0 { bounds.lower = nil }
            parts.append(.test(.number(field, isDown ? bounds.mapped { $0 == 0 ? 0 : -$0 } : bounds)))
        }
        return .tree(parts.count == 1 ? parts[0] : .any(parts))
    }

    /// "IV30 dropped 20%"; the changes of other numbers are not known.
    mutating func fieldMove(_ a: Arguments) -> Value? {
        guard let field = a.fields.first else { return nil }
        switch field {
        case .close: return move(.move, a)
        case .gap, .move, .absoluteMove, .range, .trend, .drawdown: return nil
        case .impliedVolatility, .iv30:
            guard case .tree(.test(.number(_, let bounds)))? = move(.move, a) else { return nil }
            return .tree(.test(.number(.ivChange, bounds)))
        default:
            notes.append(refusal("change", phrase))
            return .piece(.filler)
        }
    }

    /// "IV30 dropped": by how much is not said.
    mutating func fieldDirection(_ a: Arguments) -> Value? {
        let isDown = a.keys.contains("down")
        switch a.fields.first {
        case .impliedVolatility, .iv30: return .tree(.test(.number(.ivChange, isDown ? .below(0) : .above(0))))
        case .openInterest, .volume, .delta, .skew, .putCallRatio, .ivRank, .mid, .bid, .ask, .spread, .theta, .gamma, .vega:
            notes.append(refusal("change", phrase))
            return .piece(.filler)
        default: return nil
        }
    }

    /// "when IBM was above $180", "on days when SPY fell 2%": of the question's own name; another's day is not searched.
    mutating func whileName(_ action: Action, _ a: Arguments) -> Value? {
        var symbols: [String] = []
        for case .symbols(let list) in a.values { symbols += list }
        var trees = a.trees
        if action == .whileSpot {
            guard let amount = a.amounts.first, amount.unit != .percent, let tree = condition(on: .close, amount) else { return nil }
            trees = [tree]
        }
        guard !trees.isEmpty else { return nil }
        guard namedSymbols.allSatisfy(symbols.contains) else {
            notes.append(refusal("otherName", phrase))
            return .piece(.filler)
        }
        return .atoms([.test(.symbols(symbols))] + trees)
    }

    /// The diagnostic for words that the data cannot answer.
    func refusal(_ name: String, _ words: String) -> Diagnostic {
        let entry = vocabulary.refusals[name]
        return .cannotKnow(words, reason: entry?.reason ?? name, proxy: entry?.proxy ?? name)
    }

    mutating func flag(_ action: Action, _ a: Arguments) -> Value? {
        func test(_ field: Field, _ bounds: Bounds) -> Value { .tree(.test(.number(field, bounds))) }
        let key = a.keys.last ?? ""
        switch action {
        case .traded: return test(.volume, .atLeast(1))
        case .untraded: return .tree(.test(.category(.volume, [1])))
        case .withOpenInterest: return test(.openInterest, .atLeast(1))
        case .hasBid: return test(.bid, .above(0))
        case .liquid:
            return .atoms([
                .test(.number(.spread, .atMost(0.02))), .test(.number(.openInterest, .atLeast(500))), .test(.number(.volume, .atLeast(100))),
            ])
        case .invert: return test(.termRatio, key == "inverted" ? .above(1) : .below(1))
        case .crush: return test(.ivChange, .atMost(-0.2))
        case .ivForName: return test(.ivPercentile, key == "high" ? .atLeast(80) : .atMost(20))
        case .premiumLevel:
            if key == "wellAbove" { return test(.volatilityRatio, .above(1.25)) }
            return test(.volatilityPremium, key == "above" ? .above(0) : .below(0))
        case .bet:
            let kind: InstrumentKind = key == "call" ? .call : .put
            notes.append(.assumed(phrase, reading: "\(kind.name)s"))
            return .tree(.test(.kinds([kind])))
        case .income: return .tree(.test(.kinds([key == "coveredCall" ? .call : .put])))
        case .kinds:
            guard case .kinds(let kinds)? = a.values.first else { return nil }
            return .tree(.test(.kinds(kinds)))
        case .names:
            guard case .symbols(let symbols)? = a.values.first else { return nil }
            return .tree(.test(.symbols(symbols)))
        default: return nil
        }
    }

    func strikeAndKind(_ action: Action, _ a: Arguments) -> Value? {
        if action == .strikeAt, a.amounts.contains(where: { $0.unit != .plain }) || a.quantities.contains(where: { $0.unit != .plain }) { return nil }
        // "100 shares" are no strike.
        for case .kinds(let kinds) in a.values where kinds.contains(.stock) && !a.quantities.isEmpty { return nil }
        // "2016 calls" expire in 2016.
        guard !a.quantities.contains(where: { $0.isYear || $0.scale >= 1e6 }) else { return nil }
        var atoms: [ConstraintTree] = []
        var expiries: [ConstraintTree] = []
        for period in a.periods {
            guard period.relation == nil || period.relation == "within" || period.relation == "for", let interval = resolve(period, .expiry) else {
                return nil
            }
            expiries.append(.test(.dates(.expiry, interval)))
        }
        if !expiries.isEmpty { atoms.append(expiries.count == 1 ? expiries[0] : .any(expiries)) }
        atoms += a.trees.flatMap { tree -> [ConstraintTree] in if case .all(let parts) = tree { parts } else { [tree] } }
        for case .symbols(let symbols) in a.values { atoms.append(.test(.symbols(symbols))) }
        for case .kinds(let kinds) in a.values { atoms.append(.test(.kinds(kinds))) }
        let amounts = a.amounts + a.quantities.map { Amount(parts: [.exactly($0.value)], unit: $0.unit) }
        for amount in amounts {
            guard amount.unit != .percent, let tree = condition(on: .strike, amount) else { return nil }
            atoms.append(tree)
        }
        return .atoms(atoms)
    }

    func order(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .limit:
            guard let count = a.quantities.first.flatMap(Self.count) else { return nil }
            return .piece(.limit(count))
        case .limitOrder, .limitOrderAfter:
            guard let count = a.quantities.first.flatMap(Self.count), !a.orderings.isEmpty else { return nil }
            return .piece(.limited(a.orderings, count))
        case .bottomLimit:
            guard let count = a.quantities.first.flatMap(Self.count) else { return nil }
            return .piece(.lastOf(count))
        case .superlativeCount:
            guard let count = a.quantities.first.flatMap(Self.count), let key = a.keys.last else { return nil }
            return .piece(.superlativeCount(count, isDescending: key == "descending"))
        case .topBy, .bottomBy:
            guard let count = a.quantities.first.flatMap(Self.count), let field = a.fields.first else { return nil }
            return .piece(.limited([Ordering(field, isDescending: action == .topBy)], count))
        case .superlativeField:
            guard let field = a.fields.first, let direction = a.keys.first(where: { $0 == "descending" || $0 == "ascending" }) else { return nil }
            return .ordering([Ordering(field, isDescending: direction == "descending")])
        case .orderOfChange:
            let changes: [Field: Field] = [.impliedVolatility: .ivChange, .iv30: .ivChange, .close: .move]
            guard let field = a.fields.first.flatMap({ changes[$0] }), let key = a.keys.last else { return nil }
            return .ordering([Ordering(field, isDescending: key == "up")])
        case .orderAround:
            guard let field = a.fields.first, let direction = a.keys.first(where: { $0 == "descending" || $0 == "ascending" }) else { return nil }
            return .piece(.ordered([Ordering(field, isDescending: direction == "descending")], with: a.subjects))
        case .orderLevel:
            // "high volume first".
            guard let level = a.levels.first, let attributes = a.attributes.first else { return nil }
            for attribute in attributes {
                guard let codes = level.codes[attribute], let field = attribute.field else { continue }
                let middle = attribute.categoryCount(vocabulary.entry(attribute).categories.count) / 2
                return .ordering([Ordering(field, isDescending: (codes.max() ?? 0) > middle)])
            }
            return nil
        case .orderAroundStrike:
            // "the highest open interest AAPL put below 80": the bound is a strike.
            guard let field = a.fields.first, let direction = a.keys.first(where: { $0 == "descending" || $0 == "ascending" }),
                let amount = a.amounts.first, amount.isBounded, amount.unit != .percent, amount.magnitude >= 5,
                let strike = condition(on: .strike, amount)
            else { return nil }
            return .piece(.ordered([Ordering(field, isDescending: direction == "descending")], with: a.subjects + [strike]))
        case .ratioOrder:
            var fields = a.fields + a.orderings.map(\.field)
            // "volume" of "vol/OI" stands in front.
            if a.orderings.count == 1, a.fields.count == 1 { fields.reverse() }
            if has("volWord", a) { fields.insert(.volume, at: 0) }
            guard fields.count == 2, fields[0] != fields[1] else { return nil }
            if fields[0] == .impliedVolatility, fields[1] == .openInterest { fields[0] = .volume }
            let said = a.keys.last { $0 == "descending" || $0 == "ascending" }.map { $0 == "descending" }
            let isDescending = said ?? a.orderings.first?.isDescending ?? true
            // The spread is a share of the mid already.
            if fields[0] == .spread, fields[1] == .mid { return .ordering([Ordering(.spread, isDescending: isDescending)]) }
            return .ordering([Ordering(fields[0], under: fields[1], isDescending: isDescending)])
        case .firstOrder: return a.orderings.first.map { .ordering([$0]) }
        case .orderDirected:
            // "by volume, highest first": the direction that is said last counts, unless the order has its own sense ("biggest drop").
            let direction = a.keys.last { $0 == "descending" || $0 == "ascending" }
            return .ordering(
                a.orderings.map { ordering in
                    guard ordering.nearest == nil, !ordering.field.isSignedChange, let direction else { return ordering }
                    return Ordering(ordering.field, isDescending: direction == "descending")
                })
        case .superlativeFieldDown: return a.fields.first.map { .ordering([Ordering($0, isDescending: true)]) }
        case .superlativeFieldUp: return a.fields.first.map { .ordering([Ordering($0, isDescending: false)]) }
        case .sortBy, .sortByLow:
            guard !a.fields.isEmpty else { return nil }
            let direction = a.keys.last { $0 == "descending" || $0 == "ascending" }
            return .ordering(a.fields.map { Ordering($0, isDescending: direction.map { $0 == "descending" } ?? !$0.isNaturallyAscending) })
        case .sortThen:
            // "by expiry, then by strike descending": each field has its own direction.
            var orderings: [Ordering] = []
            for value in a.values {
                if case .fields(let fields) = value { orderings += fields.map { Ordering($0, isDescending: !$0.isNaturallyAscending) } }
                if case .key(let key) = value, key == "descending" || key == "ascending", let last = orderings.last {
                    orderings[orderings.count - 1] = Ordering(last.field, isDescending: key == "descending")
                }
            }
            return orderings.count >= 2 ? .ordering(orderings) : nil
        case .nearestTo:
            guard a.keys.contains("ascending"), let field = a.fields.first, let amount = a.amounts.first,
                case .test(.number(let found, let bounds))? = condition(on: field, amount), let low = bounds.lower?.value,
                let high = bounds.upper?.value
            else { return nil }
            return .ordering([Ordering(found, isDescending: false, nearest: ((low + high) / 2 * 1e9).rounded() / 1e9)])
        default: return nil
        }
    }

    static func count(_ quantity: Quantity) -> Int? {
        guard quantity.unit == .plain, quantity.value >= 1, quantity.value <= 10_000, quantity.value == quantity.value.rounded() else { return nil }
        return Int(quantity.value)
    }

    func aggregate(_ action: Action, _ a: Arguments) -> Value? {
        switch action {
        case .measure:
            guard let function = a.function, function != .count, let field = a.fields.first else { return nil }
            return .piece(.measure(Measure(function, field), with: []))
        case .measureNoun:
            guard let field = a.keys.first.flatMap(Field.init) else { return nil }
            return .piece(.measure(Measure(.value, field), with: []))
        case .measures:
            guard let function = a.function, function != .count, a.fields.count > 1 else { return nil }
            return .piece(.measures(a.fields.map { Measure(function, $0) }))
        case .measureBy:
            guard let function = a.function, function != .count, let field = a.fields.first, let grouping = a.grouping else { return nil }
            return .piece(.measureBy(Measure(function, field), grouping))
        case .measureHow:
            // "how high is the IV": asks for it.
            guard let field = a.fields.first ?? a.attributes.last?.compactMap(\.field).first else { return nil }
            return .piece(.measure(Measure(.value, field), with: a.subjects))
        case .measuresOf:
            // "min and max IV": each function of the field.
            let functions = a.values.compactMap { value -> Measure.Function? in if case .function(let function) = value { function } else { nil } }
            guard functions.count > 1, !functions.contains(.count), let field = a.fields.first else { return nil }
            return .piece(.measures(functions.map { Measure($0, field) }))
        case .measureAround:
            guard let function = a.function, function != .count, let field = a.fields.first else { return nil }
            // "put skew" is a number of the day, not of puts.
            if has("kind", a), vocabulary.entry(field).isNameDay == true { return nil }
            return .piece(.measure(Measure(function, field), with: a.subjects))
        case .measureBare: return a.function.map { .piece(.measure(Measure($0), with: [])) }
        case .groupList:
            let groups = a.values.compactMap { value -> Grouping? in if case .grouping(let grouping) = value { grouping } else { nil } }
            return Set(groups).count == groups.count ? .piece(.groups(groups)) : nil
        case .groupWhich: return a.grouping.map { .grouping($0) }
        case .groupOrder:
            guard let grouping = a.grouping else { return nil }
            if let function = a.function {
                // "which month had the lowest average IV30".
                guard function != .count, let field = a.fields.first, let direction = a.keys.first(where: { $0 == "descending" || $0 == "ascending" })
                else { return nil }
                return .piece(.groupOrder(grouping, Ordering(field, isDescending: direction == "descending"), function, with: a.subjects))
            }
            guard let order = a.orderings.first else { return nil }
            return .piece(.groupOrder(grouping, order, nil, with: a.subjects))
        case .topNounBy:
            guard let count = a.quantities.first.flatMap(Self.count), let grouping = a.grouping, let field = a.fields.first else { return nil }
            return .piece(.limitedGroup(grouping, Ordering(field, isDescending: true), count))
        case .groupOfLimited:
            guard let grouping = a.grouping else { return nil }
            for case .piece(.limited(let list, let count)) in a.values {
                guard let order = list.first, order.nearest == nil, grouping != .day || vocabulary.entry(order.field).isNameDay != true else {
                    return nil
                }
                return .piece(.limitedGroup(grouping, order, count))
            }
            return nil
        case .groupOfExtreme:
            // "what is the highest volume SPY strike".
            guard a.function == .maximum || a.function == .minimum, let field = a.fields.first, let grouping = a.grouping else { return nil }
            return .piece(.groupOrder(grouping, Ordering(field, isDescending: a.function == .maximum), nil, with: a.subjects))
        case .groupOfOrder:
            // "biggest drop days" are days already.
            guard let grouping = a.grouping, let order = a.orderings.first, order.nearest == nil,
                grouping != .day || vocabulary.entry(order.field).isNameDay != true
            else { return nil }
            return .piece(.groupOrder(grouping, order, nil, with: a.subjects))
        case .reference:
            // "risk of" a contract and "what happened after" one ask for no contracts like it.
            for case .intent(let intent) in a.values where intent != .similar { return nil }
            for case .contract(let contract) in a.values { return .piece(.reference(contract)) }
            return nil
        case .contract:
            guard case .contract(let contract)? = a.values.first else { return nil }
            return .contract(contract)
        case .horizon:
            guard let quantity = a.quantities.first, let unit = a.unit, quantity.value >= 1, quantity.value < 10_000 else { return nil }
            return .piece(.horizon(Int(quantity.value * unit.sessions)))
        default: return nil
        }
    }

    func event(_ action: Action, _ a: Arguments) -> Value? {
        if action == .impossiblePiece { return .piece(.impossibleDate) }
        guard let name = place("event", a).flatMap({ index -> String? in if case .key(let key) = a.values[index] { key } else { nil } }) else {
            return nil
        }
        let relation = place("eventRelation", a).flatMap { index -> String? in if case .key(let key) = a.values[index] { key } else { nil } }
        switch action {
        case .eventDayBefore: return .piece(.event(name, relation: "before", sessions: 1))
        case .eventDayAfter: return .piece(.event(name, relation: "after", sessions: 1))
        case .eventWithin:
            guard let duration = a.duration else { return nil }
            let count: Double? =
                switch duration.amount.parts.first {
                case .exactly(let value), .about(let value): value
                case .bounds(let bounds): bounds.upper?.value ?? bounds.lower?.value
                case nil: nil
                }
            guard let count, count >= 1 else { return nil }
            return .piece(.event(name, relation: relation, sessions: Int(min(400, count * duration.unit.sessions).rounded())))
        default: return .piece(.event(name, relation: relation, sessions: nil))
        }
    }
}

extension Attribute {
    /// The numbers whose names precede categories: "moneyness: atm".
    var fields: [Field] {
        switch self {
        case .moneyness: [.moneyness]
        case .tenor: [.daysToExpiry]
        case .impliedVolatility: [.impliedVolatility]
        case .volume: [.volume]
        case .openInterest: [.openInterest]
        case .spread: [.spread]
        case .underlyingMove: [.move]
        case .gap: [.gap]
        case .range: [.range]
        case .trend: [.trend]
        case .drawdown: [.drawdown]
        default: []
        }
    }

    /// The number that the categories divide.
    fileprivate var field: Field? {
        switch self {
        case .volume: .volume
        case .openInterest: .openInterest
        case .impliedVolatility: .impliedVolatility
        case .spread: .spread
        case .range: .range
        default: nil
        }
    }
}

extension Field {
    /// Fields that a bare "sorted by" puts in ascending order.
    var isNaturallyAscending: Bool {
        switch self {
        case .strike, .daysToExpiry, .spread, .spreadDollars, .distance, .distanceDollars, .expiryRank, .monthlyRank, .quoteDate: true
        default: false
        }
    }

    /// Changes with a sign: the biggest drop is the lowest of them.
    var isSignedChange: Bool {
        switch self {
        case .move, .gap, .ivChange, .trend, .drawdown, .theta, .signedDelta, .moneyness, .quoteDate: true
        default: false
        }
    }

    /// Whether adding the field up over rows makes sense.
    var isAdditive: Bool {
        switch self {
        case .volume, .openInterest, .premiumTraded, .totalVolume, .callVolume, .putVolume, .totalOpenInterest, .callOpenInterest,
            .putOpenInterest, .totalPremiumTraded:
            true
        default: false
        }
    }
}
