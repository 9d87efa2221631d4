import Descriptions
import MarketData

extension SemanticPass {
    // MARK: Order, limit, measures, groups

    mutating func takeOrder(_ value: Value, _ index: Int) {
        if isNegated(index) { return }
        elements.append(.barrier)
        var order: [Ordering] = []
        switch value {
        case .ordering(let list): order = list
        case .piece(.ordered(let list, let atoms)):
            order = list
            for atom in atoms { elements.append(.atom(Atom(atom))) }
        case .piece(.limit(let count)):
            query.limit = count
            parts[index].use = .limit
            parts[index].reading = "limit=\(count)"
        case .piece(.lastOf(let count)):
            query.limit = count
            parts[index].use = .limit
            parts[index].reading = "limit=\(count)"
            pendingDirection = (index, isDescending: false)
        case .piece(.limited(let list, let count)):
            order = list
            query.limit = count
        default: break
        }
        guard !order.isEmpty else { return }
        if order.count == 1, query.order.count == 1, query.order[0].field == .mid, query.order[0].nearest == nil, startsWith("by", index) {
            // "the most expensive options by implied volatility".
            order[0].isDescending = query.order[0].isDescending
            query.order = []
        }
        if isVagueOrder(index), let (place, isDescending) = pendingDirection, isDescending {
            // "the most cheap" is the cheapest.
            pendingDirection = nil
            parts[place].use = .order
            parts[place].reading = order.map(\.compactText).joined(separator: ", ")
        }
        order = directed(order)
        if order.count == 1, order[0].nearest == nil, let (field, kind) = order[0].field.ofKind, !asksForDaysOrNames {
            // "the biggest put volume of AAPL" asks for its puts, not for its days.
            order[0].field = field
            elements.append(.atom(Atom(.test(.kinds([kind])))))
        }
        query.order += order.filter { !query.order.contains($0) }
        parts[index].use = .order
        parts[index].reading = order.map(\.compactText).joined(separator: ", ")
    }

    /// Whether the question is about days or names.
    var asksForDaysOrNames: Bool {
        let symbols = ["orderedNoun", "groupNoun"].map { Int32(reader.table.grammar.symbol($0)) }
        return lattice.chart.edges.contains { edge in
            guard symbols.contains(edge.symbol), edge.rule < 0, case .grouping(let grouping)? = evaluator.terminal(edge) else { return false }
            return !grouping.dividesTheDay
        }
    }

    /// Whether a part begins with a word of that class.
    func startsWith(_ symbol: String, _ index: Int) -> Bool {
        let number = Int32(reader.table.grammar.symbol(symbol))
        let part = parts[index]
        return lattice.chart.edgesEnding[part.start + 1...part.end].joined().contains {
            let edge = lattice.chart.edges[Int($0)]
            return Int(edge.start) == part.start && edge.symbol == number && edge.rule < 0
        }
    }

    /// Keeps "biggest" in "the biggest IBM puts" until "by volume" names the field.
    mutating func holdSuperlative(_ index: Int) {
        switch parts[index].value {
        case .key(let direction): pendingDirection = (index, direction == "descending")
        case .piece(.superlativeCount(let count, let isDescending)):
            query.limit = count
            pendingDirection = (index, isDescending)
        default: break
        }
        elements.append(.unknown)
    }

    /// Gives an order the direction of the superlative or the "bottom 5" before it.
    private mutating func directed(_ order: [Ordering]) -> [Ordering] {
        guard let (place, isDescending) = pendingDirection, order.count == 1, order[0].nearest == nil else { return order }
        pendingDirection = nil
        if parts[place].use == .notUnderstood {
            parts[place].use = .order
            parts[place].reading = isDescending ? "descending" : "ascending"
        }
        let isJudged = (parts[place].start..<parts[place].end).contains { reader.table.judgements.contains(lattice.tokens[$0].hash) }
        return [Ordering(order[0].field, isDescending: order[0].field.isBetterSmall && isJudged ? !isDescending : isDescending)]
    }

    /// "not cheap" orders nothing.
    private func isNegated(_ index: Int) -> Bool {
        var place = index - 1
        while place >= 0, parts[place].use == .filler { place -= 1 }
        return place >= 0 && parts[place].use == .notUnderstood && (parts[place].symbol == "not" || parts[place].symbol == "except")
    }

    mutating func takeMeasure(_ value: Value, _ index: Int) {
        if case .piece(.measures(let list)) = value {
            query.measures += list
            parts[index].use = .measure
            parts[index].reading = list.map(\.compactText).joined(separator: ", ")
            elements.append(.gap)
            return
        }
        if case .piece(.measureBy(let measure, let grouping)) = value {
            query.measures.append(measure)
            if !query.group.contains(grouping) { query.group.append(grouping) }
            parts[index].use = .measure
            parts[index].reading = "\(measure.compactText) by \(grouping.rawValue)"
            elements.append(.gap)
            return
        }
        guard case .piece(.measure(let measure, let atoms)) = value else { return }
        if measure.field == nil, measure.function != .count, parts[index].end - parts[index].start > 1, let last = query.measures.last,
            last.function == .value, let field = last.field
        {
            // "what did calls cost in March on average".
            query.measures[query.measures.count - 1] = Measure(measure.function, field)
            parts[index].use = .measure
            parts[index].reading = query.measures[query.measures.count - 1].compactText
            elements.append(.gap)
            return
        }
        parts[index].use = .measure
        parts[index].reading = measure.compactText
        query.measures.append(measure)
        if measure.field == nil, measure.function != .count {
            dropPendingFunction()
            pendingFunction = index
        }
        elements.append(.gap)
        for atom in atoms { elements.append(.atom(Atom(atom))) }
    }

    mutating func takeGroup(_ value: Value, _ index: Int) {
        elements.append(.gap)
        parts[index].use = .group
        switch value {
        case .grouping(let grouping):
            if parts[index].symbol == "groupOrder" {
                // "which expiration …": a group only when something is measured or ordered.
                pendingGroup = index
                parts[index].use = .filler
                if grouping == .contract { takeCondition(.tree(.test(.kinds([.call, .put]))), index) }
            } else if !query.group.contains(grouping) {
                query.group.append(grouping)
                parts[index].reading = grouping.rawValue
            }
        case .piece(.groups(let groups)):
            query.group += groups.filter { !query.group.contains($0) }
            parts[index].reading = groups.map(\.rawValue).joined(separator: ", ")
        case .piece(.groupOrder(let grouping, var order, let function, var atoms)):
            if grouping.dividesTheDay, let (field, kind) = order.field.ofKind {
                // "which expiry had the most put volume": the volume of its puts, not of the name's day.
                order.field = field
                atoms.append(.test(.kinds([kind])))
            }
            for atom in atoms { elements.append(.atom(Atom(atom))) }
            query.group.append(grouping)
            query.measures += order.fields.map { Measure(function ?? ($0.isAdditive ? .sum : .average), $0) }
            query.order.append(order)
            parts[index].reading = "\(grouping.rawValue) by \(order.compactText)"
        case .piece(.limitedGroup(let grouping, let order, let count)):
            query.limit = count
            query.group.append(grouping)
            query.measures += order.fields.map { Measure($0.isAdditive ? .sum : .average, $0) }
            query.order.append(order)
            parts[index].reading = "\(count) \(grouping.rawValue) by \(order.compactText)"
        default: parts[index].use = .filler
        }
    }

    // MARK: Intents and contracts

    mutating func takeIntent(_ value: Value, _ index: Int) {
        elements.append(.gap)
        switch value {
        case .intent(let intent):
            parts[index].use = .intent
            parts[index].reading = intent.rawValue
            if query.intent == .find { query.intent = intent }
        case .piece(.reference(let contract)):
            query.intent = .similar
            query.reference = contract
            parts[index].use = .intent
            parts[index].reading = "similar=\(contract)"
        default: break
        }
    }

    /// A contract symbol says name, expiration, kind and strike; after "similar to" it is the reference.
    mutating func takeContract(_ value: Value, _ index: Int) {
        guard case .contract(let contract) = value else { return }
        if query.intent == .similar, query.reference == nil {
            query.reference = contract
            parts[index].use = .intent
            parts[index].reading = "similar=\(contract)"
            return
        }
        takeCondition(
            .atoms([
                .test(.symbols([contract.root])), .test(.dates(.expiry, DayInterval(contract.expiry))),
                .test(.kinds([contract.kind == .call ? .call : .put])), .test(.number(.strike, .exactly(contract.strike))),
            ]), index)
    }

    mutating func takeSpecial(_ value: Value, _ index: Int) {
        let text = lattice.string(parts[index].start, parts[index].end)
        parts[index].use = .diagnostic
        switch value {
        case .piece(.horizon(let sessions)):
            query.horizon = sessions
            parts[index].use = .intent
            parts[index].reading = "horizon=\(sessions)"
            elements.append(.gap)
        case .piece(.event(let name, let relation, let sessions)):
            guard reader.context.calendarEvents.contains(name) else {
                diagnostics.append(.needsCalendar(text))
                elements.append(.gap)
                return
            }
            let width = sessions ?? 10
            let range = relation == "before" ? -width ... -1 : relation == "after" ? 1...width : -width / 2...width / 2
            takeCondition(.tree(.test(.event(name, sessions: range))), index)
        case .key(let name):
            if let refusal = reader.vocabulary.refusals[name] {
                diagnostics.append(.cannotKnow(text, reason: refusal.reason, proxy: refusal.proxy))
            }
            elements.append(.gap)
        default:
            diagnostics.append(.impossibleDate(text))
            elements.append(.gap)
        }
    }

    // MARK: The whole

    mutating func finish() {
        addStockKind()
        diagnostics = evaluator.notes + diagnostics
        buildTree()
        dropVagueOrders()
        finishMeasures()
        finishIntent()
        if query.intent == .find || query.intent == .rank { query.subject = subject }
        if query.intent == .aggregate { query.subject = subject }
        checkNames()
        checkDays()
    }

    /// "stocks that fell 5%" are stock rows unless options are named.
    private mutating func addStockKind() {
        guard evaluator.saidStock else { return }
        let hasKind = elements.contains { if case .atom(let atom) = $0 { atom.tree.conditions.contains { $0.slot == .kind } } else { false } }
        if !hasKind { elements.insert(.atom(Atom(.test(.kinds([.stock])))), at: 0) }
    }

    private mutating func buildTree() {
        dropStockOfOptions()
        var contradictions: [Contradiction] = []
        let vocabulary = reader.vocabulary
        let words = QueryWords(vocabulary: vocabulary)
        let (tree, bound) = Coordination.tree(of: elements)
        if let bound {
            let scope = bound.branch.map { "said of " + words.words($0) + " only" } ?? "said of every alternative"
            diagnostics.append(.assumed(words.words(bound.conditions), reading: scope))
        }
        query.constraints = tree.withWeeklies.forItsKinds.simplified(
            categoryCounts: { vocabulary.entry($0).categories.count }, contradictions: &contradictions)
        if Set(query.constraints.kindSet) == [.call] {
            // The annualised return of a call is that of writing it.
            for index in query.order.indices where query.order[index].field == .cashSecuredPutReturn { query.order[index].field = .coveredCallReturn }
            for index in query.measures.indices where query.measures[index].field == .cashSecuredPutReturn {
                query.measures[index].field = .coveredCallReturn
            }
        }
        let plain = QueryWords(vocabulary: vocabulary, usesMarks: false)
        for pair in contradictions { diagnostics.append(.contradiction("both \(plain.words(pair.one)) and \(plain.words(pair.other))")) }
    }

    /// "cheap calls below 25 cents": the adjective says no more than the number does.
    private mutating func dropVagueOrders() {
        let bounds = query.constraints.conditions.compactMap { condition -> Bounds? in
            switch condition {
            case .number(.mid, let bounds), .number(.bid, let bounds), .number(.ask, let bounds), .number(.contractPremium, let bounds): bounds
            default: nil
            }
        }
        guard !bounds.isEmpty else { return }
        for index in parts.indices where parts[index].use == .order && isVagueOrder(index) {
            guard case .ordering(let list)? = parts[index].value, let order = list.first, query.order.contains(order),
                bounds.contains(where: { order.isDescending ? $0.lower != nil : $0.upper != nil })
            else { continue }
            query.order.removeAll { $0 == order }
            parts[index].use = .filler
            parts[index].reading = ""
        }
    }

    /// "cheap", "expensive": adjectives that order where no number says what they mean.
    private func isVagueOrder(_ index: Int) -> Bool {
        (parts[index].start..<parts[index].end).contains { reader.table.vagueOrders.contains(lattice.tokens[$0].hash) }
    }

    /// "calls on IBM stock" are calls: the stock is only what they are on.
    private mutating func dropStockOfOptions() {
        func kinds(_ element: Element) -> [InstrumentKind] {
            if case .atom(let atom) = element, case .test(.kinds(let kinds)) = atom.tree { kinds } else { [] }
        }
        guard elements.contains(where: { !kinds($0).isEmpty && !kinds($0).contains(.stock) }) else { return }
        for index in elements.indices where kinds(elements[index]) == [.stock] {
            let isListed = [index - 1, index + 1].contains { place in
                guard elements.indices.contains(place) else { return false }
                switch elements[place] {
                case .and, .or, .comma, .not, .except, .neither, .nor: return true
                default: return false
                }
            }
            if !isListed { elements[index] = .gap }
        }
    }

    /// "the first 10 calls by strike" is a list in that order; "highest IV by month" is the highest of each month.
    private mutating func listInsteadOfGroup() {
        guard query.measures.isEmpty, pendingFunction == nil, pendingGroup == nil, query.group.count == 1 else { return }
        let isSorted = parts.contains { part in
            part.use == .filler && (part.start..<part.end).contains { reader.table.sortVerbs.contains(lattice.tokens[$0].hash) }
        }
        if query.limit != nil || isSorted, query.order.isEmpty {
            let fields: [Grouping: Field] = [.strike: .strike, .expiry: .daysToExpiry, .day: .quoteDate]
            let field = query.group.first.flatMap { fields[$0] }
            guard let field, let place = parts.firstIndex(where: { $0.use == .group }) else { return }
            query.group = []
            query.order = [Ordering(field, isDescending: false)]
            parts[place].use = .order
            parts[place].reading = query.order[0].compactText
        } else if query.limit == nil, query.order.count == 1, query.order[0].nearest == nil, query.order[0].under == nil,
            query.order[0].field != .quoteDate,
            let place = parts.firstIndex(where: { $0.use == .order }), hasSuperlative(place)
        {
            let order = query.order[0]
            query.measures = [Measure(order.isDescending ? .maximum : .minimum, order.field)]
            query.order = []
            parts[place].use = .measure
            parts[place].reading = query.measures[0].compactText
        }
    }

    private func hasSuperlative(_ place: Int) -> Bool {
        let symbols = ["superlative", "bySuperlative"].map { Int32(reader.table.grammar.symbol($0)) }
        let part = parts[place]
        return lattice.chart.edgesEnding[part.start + 1...part.end].joined().contains { number in
            let edge = lattice.chart.edges[Int(number)]
            return Int(edge.start) == part.start && symbols.contains(edge.symbol)
        }
    }

    /// Lists a function without a field as not understood. "total" alone is a filler.
    private mutating func dropPendingFunction() {
        guard let place = pendingFunction else { return }
        pendingFunction = nil
        if case .piece(.measure(let measure, _))? = parts[place].value, measure.function == .sum {
            parts[place].use = .filler
        } else {
            parts[place].use = .notUnderstood
            parts[place].reading = ""
        }
    }

    /// A function without a field is a count, or nothing.
    private mutating func finishMeasures() {
        listInsteadOfGroup()
        dropPendingFunction()
        query.measures.removeAll { $0.field == nil && $0.function != .count }
        if let place = pendingGroup, case .grouping(let grouping)? = parts[place].value, let order = query.order.first, query.group.isEmpty {
            query.group = [grouping]
            if query.measures.isEmpty { query.measures = order.fields.map { Measure($0.isAdditive ? .sum : .average, $0) } }
            parts[place].use = .group
            parts[place].reading = grouping.rawValue
        }
        var isCompared = query.measures.contains { $0.function != .value }
        if query.intent == .compare, !query.measures.isEmpty, !parts.contains(where: { $0.symbol == "model" }) {
            // "compare the IV of calls and puts".
            let conditions = query.constraints.conditions
            if conditions.contains(.kinds([.call, .put])), parts.count(where: { $0.value?.atoms.flatMap(\.kindSet).count == 1 }) > 1 {
                comparedSlots.append(.kind)
            }
            if conditions.contains(where: { if case .symbols(let list) = $0 { list.count > 1 } else { false } }) { comparedSlots.append(.symbol) }
            if !comparedSlots.isEmpty {
                query.intent = .find
                isCompared = true
            }
        }
        if query.measures.count == 1, query.measures[0].function == .value, let field = query.measures[0].field, query.order.isEmpty,
            query.group.isEmpty, let place = parts.firstIndex(where: { $0.use == .limit }), startsWith("top", place)
        {
            // "top 20 options volume".
            query.order = [Ordering(field, isDescending: true)]
            query.measures = []
        }
        // "number of puts vs calls": one number for each side.
        if isCompared {
            if comparedSlots.contains(.kind), !query.group.contains(.kind) { query.group.append(.kind) }
            if comparedSlots.contains(.symbol), !query.group.contains(.underlying) { query.group.append(.underlying) }
        }
        // "average volume by day, top 5": of the groups, by what is computed.
        if query.limit != nil, !query.group.isEmpty, query.order.isEmpty, let field = query.measures.first?.field {
            query.order = directed([Ordering(field, isDescending: true)])
        }
        if query.measures.isEmpty, !query.order.isEmpty, query.group == [.contract], let place = parts.firstIndex(where: { $0.use == .group }) {
            // "the most expensive calls, per contract": rows are contracts.
            query.group = []
            parts[place].use = .filler
            parts[place].reading = ""
        }
        if query.measures.isEmpty, query.order.isEmpty, query.group == [.day], let place = parts.firstIndex(where: { $0.use == .group }),
            reader.table.everyWords.contains(lattice.tokens[parts[place].start].hash)
        {
            // "puts on every day up to June 5" are rows.
            query.group = []
            parts[place].use = .filler
        }
        if !query.group.isEmpty, query.measures.isEmpty { query.measures = [Measure(.count)] }
    }

    private mutating func finishIntent() {
        if query.intent == .similar, query.reference == nil, !query.constraints.conditions.isEmpty || query.constraints == .everything {
            query.intent = .find
        }
        guard query.intent == .find else { return }
        let isNameDay = query.measures.contains { $0.field.map { reader.vocabulary.entry($0).isNameDay == true } ?? false }
        if query.measures.contains(where: { $0.function != .value }) || !query.group.isEmpty || isNameDay {
            query.intent = .aggregate
        } else if !query.order.isEmpty {
            query.intent = .rank
        }
    }

    private var subject: Subject {
        let conditions = query.constraints.conditions
        for condition in conditions {
            if case .kinds(let kinds) = condition { return kinds == [.stock] ? .stocks : kinds.contains(.stock) ? .rows : .options }
        }
        let fields =
            conditions.compactMap { if case .number(let field, _) = $0 { field } else { nil } } + query.measures.compactMap(\.field)
            + query.order.map(\.field)
        let isNameDay = !fields.isEmpty && fields.allSatisfy { reader.vocabulary.entry($0).isNameDay == true || $0 == .move || $0 == .close }
        return isNameDay ? .nameDays : .options
    }

    /// Names that the store does not have come first.
    private mutating func checkNames() {
        guard !reader.context.symbols.isEmpty else { return }
        let asked = query.constraints.conditions.flatMap { condition -> [String] in if case .symbols(let list) = condition { list } else { [] } }
        let missing = asked.filter { !reader.context.symbols.contains($0) }
        for symbol in missing.reversed() {
            diagnostics.insert(.unknownName(symbol, has: Array(reader.context.symbols.sorted().prefix(8))), at: 0)
        }
    }

    private mutating func checkDays() {
        guard let days = reader.context.days else { return }
        for condition in query.constraints.conditions {
            guard case .dates(.quoteDate, let interval) = condition else { continue }
            let overlap = interval.intersection(DayInterval(from: days.lowerBound, to: days.upperBound))
            let hasSession =
                overlap.from.flatMap { from in overlap.to.map { to in from <= to && !reader.context.calendar.sessions(in: from...to).isEmpty } }
                ?? true
            if overlap.isEmpty || !hasSession {
                diagnostics.insert(.noData(asked: interval, first: days.lowerBound, last: days.upperBound), at: 0)
            }
        }
    }
}

extension ConstraintTree {
    /// "weeklies" have at most a week left unless another tenor is said of them.
    var withWeeklies: ConstraintTree {
        switch self {
        case .test(.expiryClass([.weekly])): return .all([self, .test(.number(.daysToExpiry, .atMost(7)))])
        case .test, .not: return self
        case .all(let parts):
            let hasTenor = parts.contains { part in
                part.conditions.contains { condition in
                    switch condition {
                    case .number(.daysToExpiry, _), .category(.tenor, _), .dates(.expiry, _), .number(.expiryRank, _): true
                    default: false
                    }
                }
            }
            return hasTenor ? self : .all(parts.map(\.withWeeklies))
        case .any(let parts): return .any(parts.map(\.withWeeklies))
        }
    }
}

extension ConstraintTree {
    /// Words that mean one thing of options and another of stocks, or one of calls and another of puts.
    var forItsKinds: ConstraintTree {
        let kinds = Set(conditions.flatMap { condition -> [InstrumentKind] in if case .kinds(let list) = condition { list } else { [] } })
        if kinds == [.stock] { return mapped(\.ofStocks) }
        return kinds == [.call] ? mapped(\.ofCalls) : self
    }
}

extension Condition {
    /// A stock's volume is judged by its own median, its volatility by its own returns.
    fileprivate var ofStocks: Condition {
        switch self {
        case .category(.volume, let codes) where !codes.contains(1): .category(.relativeVolume, codes == [2] ? [1, 2] : codes)
        case .category(.impliedVolatility, let codes): .category(.realisedVolatility, codes)
        case .category(.unusualActivity, _): .category(.relativeVolume, [5])
        default: self
        }
    }

    /// The annualised return of a call is that of writing it.
    fileprivate var ofCalls: Condition {
        if case .number(.cashSecuredPutReturn, let bounds) = self { .number(.coveredCallReturn, bounds) } else { self }
    }
}

extension Grouping {
    /// Whether the rows of an underlying and day fall into several groups.
    fileprivate var dividesTheDay: Bool {
        switch self {
        case .expiry, .strike, .kind, .contract, .moneyness, .tenor: true
        case .day, .week, .month, .quarter, .year, .weekday, .underlying: false
        }
    }
}

extension Field {
    /// The number of a contract that a number of the name-day adds up over calls or puts.
    var ofKind: (Field, InstrumentKind)? {
        switch self {
        case .callVolume: (.volume, .call)
        case .putVolume: (.volume, .put)
        case .callOpenInterest: (.openInterest, .call)
        case .putOpenInterest: (.openInterest, .put)
        default: nil
        }
    }
}

extension Ordering {
    /// `volume desc`, `delta near 0.3`.
    public var compactText: String {
        if let nearest { return "\(field.rawValue) near \(NumberText.plain(nearest))" }
        return field.rawValue + (under.map { "/\($0.rawValue)" } ?? "") + (isDescending ? " desc" : " asc")
    }
}

extension Measure {
    /// `count`, `average(iv)`, `putCallRatio`.
    public var compactText: String {
        guard let field else { return function.rawValue }
        return function == .value ? field.rawValue : "\(function.rawValue)(\(field.rawValue))"
    }
}
