import Descriptions
import MarketData

/// Turns the best cover of a question into its query: the one pass after the chart.
struct SemanticPass {
    /// A part of the cover, or an uncovered token.
    struct Part {
        var start: Int
        var end: Int
        var symbol: String
        /// `nil` for an uncovered token.
        var value: Value?
        var use: Reading.Step.Use = .notUnderstood
        var reading = ""
    }

    let reader: QuestionReader
    let lattice: Lattice
    var evaluator: Evaluator
    var parts: [Part] = []
    var query = Query()
    var elements: [Element] = []
    var diagnostics: [Diagnostic] = []
    var pendingFunction: Int?
    /// "the biggest IBM puts by volume", "bottom 5 puts by delta": the direction of an order that follows.
    var pendingDirection: (place: Int, isDescending: Bool)?
    /// "puts vs calls": what the two sides are, if they are counted.
    var comparedSlots: [Slot] = []
    var pendingGroup: Int?
    /// Tickers of "similar to": they are no constraint.
    var hasWeekly = false

    init(_ reader: QuestionReader, _ lattice: Lattice) {
        self.reader = reader
        self.lattice = lattice
        evaluator = Evaluator(
            chart: lattice.chart, grammar: reader.table.grammar, vocabulary: reader.vocabulary, context: reader.context,
            namedSymbols: lattice.namedSymbols)
    }

    mutating func run() -> Reading {
        cover()
        for index in parts.indices { take(index) }
        finish()
        return reading()
    }

    // MARK: Cover

    /// Divides the question, and divides it again without the parts that have no meaning.
    private mutating func cover() {
        var banned: Set<Int32> = []
        var known: [Int32: (value: Value?, notes: [Diagnostic])] = [:]
        for _ in 0..<6 {
            let cover = Cover(lattice.chart, grammar: reader.table.grammar, isWord: lattice.isWord, isSoft: lattice.isSoft, banned: banned)
            var notes: [Diagnostic] = []
            parts = []
            let before = banned.count
            var position = 0
            for number in cover.edges {
                let edge = lattice.chart.edges[Int(number)]
                addGap(from: position, to: Int(edge.start))
                position = Int(edge.end)
                if known[number] == nil {
                    evaluator.phrase = lattice.string(Int(edge.start), Int(edge.end))
                    evaluator.notes = []
                    let value = evaluator.value(of: edge)
                    known[number] = (value, evaluator.notes)
                }
                notes += known[number]?.notes ?? []
                if let value = known[number]?.value {
                    parts.append(
                        Part(start: Int(edge.start), end: Int(edge.end), symbol: reader.table.grammar.symbolNames[Int(edge.symbol)], value: value))
                } else {
                    banned.insert(number)
                    addGap(from: Int(edge.start), to: Int(edge.end))
                }
            }
            addGap(from: position, to: lattice.tokens.count)
            evaluator.notes = notes
            if banned.count == before {
                readHorizons()
                readDeltas()
                return
            }
        }
    }

    /// "what happened over the next 5 days" looks ahead; elsewhere the same words are a tenor.
    private mutating func readHorizons() {
        let isOutcome = parts.contains { if case .intent(.outcome)? = $0.value { true } else { false } }
        guard isOutcome else { return }
        let symbol = Int32(reader.table.grammar.symbol("horizonPiece"))
        for index in parts.indices where parts[index].symbol == "condition" {
            let (start, end) = (Int32(parts[index].start), parts[index].end)
            let found = lattice.chart.edgesEnding[end].map { lattice.chart.edges[Int($0)] }.first { $0.symbol == symbol && $0.start == start }
            guard let found, let value = evaluator.value(of: found) else { continue }
            parts[index].symbol = "horizonPiece"
            parts[index].value = value
        }
    }

    /// "20d 45dte": beside another tenor, the "d" of a bare number abbreviates delta.
    private mutating func readDeltas() {
        func isTenor(_ part: Part) -> Bool {
            part.value?.atoms.contains { tree in
                switch tree {
                case .test(.number(.daysToExpiry, _)), .test(.category(.tenor, _)), .test(.dates(.expiry, _)): true
                default: false
                }
            } ?? (part.symbol == "expiryDate")
        }
        for index in parts.indices where parts[index].symbol == "condition" && parts[index].end == parts[index].start + 2 && isTenor(parts[index]) {
            guard case .number(let number) = lattice.tokens[parts[index].start].kind, number.value >= 1, number.value <= 95,
                reader.table.deltaLetters.contains(lattice.tokens[parts[index].start + 1].hash),
                parts.indices.contains(where: { $0 != index && isTenor(parts[$0]) }),
                let tree = evaluator.condition(on: .delta, Amount(parts: [.exactly(number.value)], unit: .plain))
            else { continue }
            parts[index].value = .tree(tree)
        }
    }

    private mutating func addGap(from start: Int, to end: Int) {
        for index in start..<max(start, end) { parts.append(Part(start: index, end: index + 1, symbol: "", value: nil)) }
    }

    // MARK: Parts

    private mutating func take(_ index: Int) {
        let part = parts[index]
        guard let value = part.value else {
            takeMark(index)
            return
        }
        switch part.symbol {
        case "strikeKind": takeCondition(countedKinds(value, index) ?? value, index)
        case "condition", "datedStrike": takeCondition(value, index)
        case "quoteDate": takePeriod(value, index, isExpiry: false)
        case "span": takePeriod(value, index, isExpiry: nil)
        case "expiryDate": takePeriod(value, index, isExpiry: true)
        case "amount": takeAmount(value, index)
        case "field": takeField(value, index)
        case "ranked" where isGroup(value): takeGroup(value, index)
        case "bySuperlative", "superlativeCount": holdSuperlative(index)
        case "order", "limit", "limitOrder", "ranked": takeOrder(value, index)
        case "measure": takeMeasure(value, index)
        case "group", "groupOrder": takeGroup(value, index)
        case "intentPiece": takeIntent(value, index)
        case "contractCondition": takeContract(value, index)
        case "horizonPiece", "eventPiece", "refusedPiece": takeSpecial(value, index)
        case "and": mark(index, .connective, .and)
        case "versus":
            noteCompared(index)
            mark(index, .connective, .or)
        case "or", "slash": mark(index, .connective, .or)
        case "comma": mark(index, .connective, .comma)
        case "but":
            if isAllBut(index) { negate(index, .except) } else { mark(index, .connective, .but) }
        case "not": negate(index, .not)
        case "except": negate(index, .except)
        case "direction": takeDirection(index)
        case "first":
            if query.order.isEmpty { elements.append(.unknown) } else { mark(index, .filler, .gap) }
        case "only": mark(index, .filler, .only)
        case "distributive":
            // "the most traded put of each" asks for several orders.
            let isLast = !parts[(index + 1)...].contains { $0.value != nil || lattice.isWord[$0.start] }
            if isLast, !query.order.isEmpty { mark(index, .notUnderstood, .barrier) } else { mark(index, .filler, .distributive) }
        case "neither": mark(index, .connective, .neither)
        case "nor": mark(index, .connective, .nor)
        case "falseNegation": mark(index, .connective, .falseNegation)
        default: mark(index, .filler, isPronoun(index) ? .pronoun : .gap)
        }
    }

    /// "open interest over 15,000, highest first": of the number compared last.
    private mutating func takeDirection(_ index: Int) {
        guard query.order.isEmpty, case .key(let direction)? = parts[index].value,
            case .atom(let atom)? = elements.last(where: { if case .atom = $0 { true } else { false } }), case .number(let field) = atom.slot
        else {
            elements.append(.unknown)
            return
        }
        query.order = [Ordering(field, isDescending: direction == "descending")]
        parts[index].use = .order
        parts[index].reading = query.order[0].compactText
        elements.append(.barrier)
    }

    /// "the five puts on Apple with the smallest delta", "10 puts with the highest volume": how many, in front of everything but fillers.
    private mutating func countedKinds(_ value: Value, _ index: Int) -> Value? {
        guard query.limit == nil, parts[..<index].allSatisfy({ $0.use == .filler || $0.value == nil && lattice.isSoft[$0.start] }),
            parts.contains(where: { $0.symbol == "order" })
        else { return nil }
        let isWord = if case .word = lattice.tokens[parts[index].start].kind { true } else { false }
        var kinds: [ConstraintTree] = []
        var count: Double?
        for atom in value.atoms {
            switch atom {
            case .test(.kinds): kinds.append(atom)
            case .test(.number(.strike, let bounds)) where bounds.lower == bounds.upper: count = bounds.lower?.value
            default: return nil
            }
        }
        guard let count, count == count.rounded(), (2...(isWord ? 20 : 50)).contains(count), !kinds.isEmpty else { return nil }
        query.limit = Int(count)
        return .atoms(kinds)
    }

    private func isPronoun(_ index: Int) -> Bool {
        (parts[index].start..<parts[index].end).contains { reader.table.pronouns.contains(lattice.tokens[$0].hash) }
    }

    /// "all options but IBM's".
    private func isAllBut(_ index: Int) -> Bool {
        if leavesOut(index) { return true }
        guard index > 1, case .tree(.test(.kinds))? = parts[index - 1].value,
            let next = parts[(index + 1)...].first(where: { $0.symbol != "filler" && !($0.value == nil && lattice.isSoft[$0.start]) }),
            case .tree(.test(.symbols))? = next.value
        else { return false }
        return (parts[index - 2].start..<parts[index - 2].end).contains { reader.table.allWords.contains(lattice.tokens[$0].hash) }
    }

    /// "everything on AAPL but LEAPS": a noun behind "but" is left out of everything.
    private func leavesOut(_ index: Int) -> Bool {
        guard let first = parts[..<index].first(where: { $0.value != nil || lattice.isWord[$0.start] }),
            (first.start..<first.end).contains(where: { reader.table.pronouns.contains(lattice.tokens[$0].hash) }),
            let next = parts[(index + 1)...].first(where: { $0.symbol != "filler" && !($0.value == nil && lattice.isSoft[$0.start]) }),
            case .tree(.test(let condition))? = next.value
        else { return false }
        switch condition {
        case .symbols, .kinds, .expiryClass, .category(.tenor, _), .category(.moneyness, _): return true
        default: return false
        }
    }

    /// "puts vs calls", "25 delta IBM calls vs 25 delta MSFT calls": what the two sides differ in.
    private mutating func noteCompared(_ index: Int) {
        func side(_ step: Int) -> [ConstraintTree] {
            var trees: [ConstraintTree] = []
            var place = index + step
            while parts.indices.contains(place), ["condition", "strikeKind", "filler"].contains(parts[place].symbol) || isSeparator(place) {
                trees += parts[place].value?.atoms ?? []
                place += step
            }
            return trees
        }
        let (left, right) = (side(-1), side(1))
        func differs(_ slot: Slot) -> Bool {
            guard let one = left.first(where: { Atom($0).slot == slot }), let other = right.first(where: { Atom($0).slot == slot }) else {
                return false
            }
            return one != other
        }
        comparedSlots = [.kind, .symbol].filter(differs)
    }

    private func isGroup(_ value: Value) -> Bool { if case .piece(.limitedGroup) = value { true } else { false } }

    private mutating func mark(_ index: Int, _ use: Reading.Step.Use, _ element: Element) {
        parts[index].use = use
        elements.append(element)
    }

    /// A negation of words that were not understood, or of an order, is not understood either.
    private mutating func negate(_ index: Int, _ element: Element) {
        var next = index + 1
        while parts.indices.contains(next),
            parts[next].symbol == "filler" || parts[next].symbol == "distributive" || isSeparator(next)
                || parts[next].value == nil && lattice.isSoft[parts[next].start]
        {
            next += 1
        }
        guard parts.indices.contains(next) else { return mark(index, .connective, element) }
        switch parts[next].symbol {
        case "order", "limitOrder", "ranked", "limit", "measure", "groupOrder", "intentPiece", "field": mark(index, .notUnderstood, .barrier)
        case "" where lattice.isWord[parts[next].start]: mark(index, .notUnderstood, .barrier)
        default: mark(index, .connective, element)
        }
    }

    /// "or(": the word touches the bracket.
    private func isCall(_ index: Int) -> Bool {
        guard let last = elements.last, index > 0,
            lattice.tokens[parts[index].start].range.lowerBound == lattice.tokens[parts[index - 1].end - 1].range.upperBound
        else { return false }
        switch last {
        case .and, .or: return true
        default: return false
        }
    }

    private func isSeparator(_ index: Int) -> Bool { parts[index].value == nil && lattice.tokens[parts[index].start].isSeparator }

    /// Uncovered marks join their neighbours.
    private mutating func takeMark(_ index: Int) {
        let token = lattice.tokens[parts[index].start]
        if token.isSeparator {
            parts[index].use = .filler
            let byte = lattice.bytes[token.range.lowerBound]
            if byte == UInt8(ascii: "(") { elements.append(isCall(index) ? .openCall : .open) }
            if byte == UInt8(ascii: ")") { elements.append(.close) }
            // "exclude weeklies: Apple calls": an exclusion ends there.
            if byte == UInt8(ascii: ":") { elements.append(.barrier) }
            if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "!") { elements.append(.comma) }
            return
        }
        if lattice.isSoft[parts[index].start] {
            parts[index].use = .filler
            elements.append(isPronoun(index) ? .pronoun : .gap)
            return
        }
        guard token.isMark else {
            elements.append(.unknown)
            return
        }
        parts[index].use = .connective
        switch lattice.bytes[token.range.lowerBound] {
        case UInt8(ascii: ","), UInt8(ascii: ";"): elements.append(.comma)
        case UInt8(ascii: "/"), UInt8(ascii: "|"): elements.append(.or)
        case UInt8(ascii: "&"), UInt8(ascii: "+"): elements.append(.and)
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "%"), UInt8(ascii: "$"): parts[index].use = .notUnderstood
        default: parts[index].use = .filler
        }
    }

    mutating func takeCondition(_ value: Value, _ index: Int) {
        if case .piece(.strikesAside(let amount, let isAbove)) = value {
            // Above the money, calls are out of it and puts in it.
            let kinds = Set(parts.flatMap { $0.value?.atoms.flatMap(\.kindSet) ?? [] })
            guard kinds.count == 1, let kind = kinds.first, kind != .stock,
                let tree = evaluator.strikesAside(amount, isOut: isAbove == (kind == .call))
            else {
                elements.append(.unknown)
                return
            }
            return takeCondition(.tree(tree), index)
        }
        if case .piece = value {
            parts[index].use = .diagnostic
            elements.append(.gap)
            return
        }
        let atoms = value.atoms.flatMap { ofEachContract($0, index) }
        guard !atoms.isEmpty else {
            elements.append(.gap)
            return
        }
        parts[index].use = .constraint
        parts[index].reading = atoms.map(\.compactText).joined(separator: ", ")
        for atom in atoms { elements.append(.atom(Atom(atom))) }
    }

    /// "call volume of 5k to 20k", of contracts and not of days or names: each call's own. The answer says which was taken.
    private mutating func ofEachContract(_ atom: ConstraintTree, _ index: Int) -> [ConstraintTree] {
        guard case .test(.number(let field, let bounds)) = atom, let (own, kind) = field.ofKind else { return [atom] }
        let isTotal =
            startsWith("function", index)
            || (parts[index].start..<parts[index].end).contains { reader.table.sumWords.contains(lattice.tokens[$0].hash) }
        let others = Set(parts.flatMap { $0.value?.atoms.flatMap(\.kindSet) ?? [] })
        let text = lattice.string(parts[index].start, parts[index].end)
        guard !isTotal, !asksForDaysOrNames, others.isSubset(of: [kind]) else {
            if !isTotal { diagnostics.append(.assumed(text, reading: "the sum over the underlying's day")) }
            return [atom]
        }
        diagnostics.append(
            .assumed(text, reading: "the \(own == .volume ? Field.volume.rawValue : Field.openInterest.rawValue) of each \(kind.name)"))
        return [.test(.kinds([kind])), .test(.number(own, bounds))]
    }

    // MARK: Dates without a field

    private mutating func takePeriod(_ value: Value, _ index: Int, isExpiry: Bool?) {
        guard case .period(let period) = value else {
            takeCondition(value, index)
            return
        }
        let role: DateField = isExpiry ?? (isExpiryBesides(period, index) || isPastTheQuotes(period, index)) ? .expiry : .quoteDate
        guard let interval = evaluator.resolve(period, role), interval.from != nil || interval.to != nil else {
            let text = lattice.string(parts[index].start, parts[index].end)
            let isImpossible = reader.context.reference != nil || period.isDay
            diagnostics.append(isImpossible ? .impossibleDate(text) : .needsAsOf(text))
            parts[index].use = .diagnostic
            elements.append(.gap)
            return
        }
        if case .calendar(nil, _) = period.base,
            period.end.isEmpty || period.end.allSatisfy({ if case .calendar(nil, _) = $0.base { true } else { false } })
        {
            diagnostics.append(.assumed(lattice.string(parts[index].start, parts[index].end), reading: role.rawValue + interval.compactText))
        }
        takeCondition(.tree(.test(.dates(role, interval))), index)
    }

    /// A month or year directly beside a kind, a strike, moneyness or LEAPS is the expiration's; so is what an "or" adds to one.
    private func isExpiryBesides(_ period: Period, _ index: Int) -> Bool {
        if let listed = listedDate(index) { return listed == .expiry }
        switch period.relation {
        case "for" where isContractTerm(neighbour(index, -1)): return !period.isDay || isUpcomingExpiry(period)
        case "through" where isContractTerm(neighbour(index, -1)): return isNearerAhead(period)
        case nil where period.isDay && (isContractTerm(neighbour(index, -1)) || isContractTerm(neighbour(index, 1))): return isUpcomingExpiry(period)
        default: break
        }
        guard period.relation == nil, !period.isDay else { return false }
        // "options last quarter of 2013", "puts first week of June".
        if period.isPartOfYear, isContractTerm(neighbour(index, -1)), !isContractTerm(neighbour(index, 1)) { return false }
        // "puts under 40 cents, July": nearer ahead than behind, beside contracts said elsewhere.
        if isNearerAhead(period), isSetOff(index), parts.contains(where: { isContractTerm($0) }) { return true }
        let last = listEnd(index)
        if parts.indices.contains(last + 2), ["and", "or", "comma", "slash"].contains(parts[last + 1].symbol), parts[last + 2].symbol == "expiryDate"
        {
            // "June and July expirations".
            return true
        }
        return isContractTerm(neighbour(index, -1)) || isContractTerm(neighbour(listEnd(index), 1))
    }

    /// "calls for July 19": a Friday or Saturday, without a year of its own, that is nearer ahead than behind.
    private func isUpcomingExpiry(_ period: Period) -> Bool {
        guard period.end.isEmpty, isNearerAhead(period), let day = evaluator.resolve(period, .expiry)?.to else { return false }
        return day.weekday >= 5
    }

    /// Whether a part stands alone between commas or at an end of the question.
    private func isSetOff(_ index: Int) -> Bool {
        func ends(_ step: Int) -> Bool {
            guard let part = neighbour(index, step) else { return true }
            return part.value == nil && [UInt8(ascii: ","), UInt8(ascii: ";")].contains(lattice.bytes[lattice.tokens[part.start].range.lowerBound])
        }
        return ends(-1) && ends(1)
    }

    /// Whether the next such days are nearer to the last quotes than the latest that have quotes.
    private func isNearerAhead(_ period: Period) -> Bool {
        guard case .calendar(nil, _) = period.base, let reference = reader.context.reference else { return false }
        var plain = period
        plain.relation = nil
        guard let next = evaluator.resolve(plain, .expiry)?.to else { return false }
        guard let last = evaluator.resolve(plain, .quoteDate)?.to else { return true }
        return reference.days(to: next) < abs(last.days(to: reference))
    }

    /// "IBM July 19 2014 calls": days after the last quote, beside a contract, are expirations.
    private func isPastTheQuotes(_ period: Period, _ index: Int) -> Bool {
        guard let days = reader.context.days, period.relation == nil || period.relation == "for" || period.relation == "range",
            isContractTerm(neighbour(index, -1)) || isContractTerm(neighbour(listEnd(index), 1))
        else { return false }
        guard let from = evaluator.resolve(period, .quoteDate)?.from else { return false }
        return from > days.upperBound
    }

    /// The last period of the list that begins with this one: "June or July calls".
    private func listEnd(_ index: Int) -> Int {
        var last = index
        // Longer lists are unlikely; the limit keeps the work linear in the question's length.
        while last < index + 24, parts.indices.contains(last + 2), ["and", "or", "comma", "slash"].contains(parts[last + 1].symbol),
            parts[last + 2].symbol == "span", case .period(let next)? = parts[last + 2].value, next.relation == nil, !next.isDay
        {
            last += 2
        }
        return last
    }

    /// The date that an "or" or "and" before this one joins it to.
    private func listedDate(_ index: Int) -> DateField? {
        var place = elements.count - 1
        var joined = false
        while place >= 0 {
            switch elements[place] {
            case .and, .or, .comma, .but, .not, .except: joined = true
            case .gap, .pronoun, .only, .open, .openCall, .close: break
            case .atom(let atom):
                guard joined, case .dates(let field) = atom.slot else { return nil }
                return field
            default: return nil
            }
            place -= 1
        }
        return nil
    }

    /// The part directly beside another, over brackets only.
    private func neighbour(_ index: Int, _ step: Int) -> Part? {
        var place = index + step
        while parts.indices.contains(place) {
            let part = parts[place]
            if part.value == nil, lattice.tokens[part.start].isSeparator {
                place += step
                continue
            }
            return part
        }
        return nil
    }

    private func isContractTerm(_ part: Part?) -> Bool {
        guard let part, let value = part.value else { return false }
        // "July straddles".
        if part.symbol == "refusedPiece", case .key("multiLeg") = value { return true }
        guard part.symbol == "condition" || part.symbol == "strikeKind" else { return false }
        return value.atoms.contains { tree in
            guard case .test(let condition) = tree else { return false }
            switch condition {
            case .kinds(let kinds): return !kinds.contains(.stock)
            case .category(.moneyness, _), .category(.tenor, [5]), .number(.strike, _), .expiryClass, .number(.outOfTheMoney, _): return true
            default: return false
            }
        }
    }

    // MARK: Numbers and fields alone

    /// A number beside no field: a price or a strike, when it stands beside a kind.
    private mutating func takeAmount(_ value: Value, _ index: Int) {
        if let count = leadingCount(value, index) {
            query.limit = count
            parts[index].use = .limit
            parts[index].reading = "limit=\(count)"
            return
        }
        if case .amount(let amount) = value, let (place, tree) = ofCategory(amount) {
            // "IV not crazy (below 30)", "high volume, over 5k": the number says what the category means.
            elements[place] = .gap
            return takeCondition(.tree(tree), index)
        }
        guard case .amount(let amount) = value, let field = implied(amount, index),
            let tree = evaluator.condition(on: field, inTheUnitBefore(amount, field, index))
        else {
            if let count = trailingCount(value, index) {
                query.limit = count
                parts[index].use = .limit
                parts[index].reading = "limit=\(count)"
            } else {
                elements.append(.unknown)
            }
            return
        }
        diagnostics.append(.assumed(lattice.string(parts[index].start, parts[index].end), reading: reader.vocabulary.entry(field).label))
        takeCondition(.tree(tree), index)
    }

    /// The category said just before a bound that its number fits, and the condition on that number.
    private func ofCategory(_ amount: Amount) -> (Int, ConstraintTree)? {
        guard amount.isBounded else { return nil }
        let found = elements.lastIndex { element in
            switch element {
            case .open, .comma, .gap, .only: false
            default: true
            }
        }
        guard let place = found, case .atom(let atom) = elements[place], !atom.isNegated,
            case .test(.category(let attribute, let codes)) = atom.tree
        else { return nil }
        // "no bid", "no volume": no number says what they mean.
        let count = reader.vocabulary.entry(attribute).categories.count
        guard attribute.hasZero ? codes != [1] : attribute != .spread || codes != [count] else { return nil }
        let field: Field
        switch (attribute, amount.unit) {
        case (.impliedVolatility, .percent): field = .impliedVolatility
        case (.impliedVolatility, .plain) where (5..<90).contains(amount.magnitude): field = .impliedVolatility
        case (.spread, .percent): field = .spread
        case (.volume, .plain) where amount.magnitude >= 100: field = .volume
        case (.openInterest, .plain) where amount.magnitude >= 100: field = .openInterest
        default: return nil
        }
        return evaluator.condition(on: field, amount).map { (place, $0) }
    }

    /// "10 AAPL calls …": how many are wanted, where nothing but fillers stands in front.
    private func leadingCount(_ value: Value, _ index: Int) -> Int? {
        guard case .amount(let amount) = value, amount.isBare, case .exactly(let count)? = amount.parts.first, count >= 1, count <= 100,
            count == count.rounded(), parts[..<index].allSatisfy({ $0.use == .filler }), let next = neighbour(index, 1),
            case .tree(.test(.symbols))? = next.value
        else { return nil }
        return Int(count)
    }

    /// "largest vega first, at most 8": how many, at the end of a question that has an order.
    private func trailingCount(_ value: Value, _ index: Int) -> Int? {
        guard case .amount(let amount) = value, amount.unit == .plain, amount.parts.count == 1, case .bounds(let bounds)? = amount.parts.first,
            bounds.lower == nil, let upper = bounds.upper, !upper.isStrict, upper.value >= 1, upper.value <= 1000,
            upper.value == upper.value.rounded(),
            !query.order.isEmpty, query.limit == nil, index == parts.count - 1
        else { return nil }
        return Int(upper.value)
    }

    private func implied(_ amount: Amount, _ index: Int) -> Field? {
        // "no purpler than 3 cents": the words before a bare number say what it is, and were not understood.
        if amount.isExact, index > 0, parts[index - 1].value == nil, lattice.isWord[parts[index - 1].start], !lattice.isSoft[parts[index - 1].start] {
            return nil
        }
        // "calls not under 90".
        // "calls from 90 to 100".
        let before = neighbour(index, -1).flatMap { part in
            part.symbol == "not" || part.symbol == "filler" ? parts.lastIndex { $0.end <= part.start }.map { parts[$0] } : part
        }
        let besideKind = isContractTerm(before) || isContractTerm(neighbour(index, 1))
        // "strike over 100 or under 90": the field said last.
        if let field = repeated(amount) { return field }
        switch amount.unit {
        case .percent: return nil
        case .dollars:
            // The price of a straddle is no contract's.
            guard !parts.contains(where: { if case .key("multiLeg")? = $0.value { true } else { false } }) else { return nil }
            guard case .bounds(let bounds)? = amount.parts.first else { return amount.magnitude < 20 ? .mid : .strike }
            return bounds.lower == nil || amount.magnitude < 20 ? .mid : .strike
        case .plain where amount.isBounded && amount.magnitude >= 5 && isBesideNameOfKind(index): return .strike
        case .plain: return besideKind && !amount.isBare && amount.magnitude >= 1 && parts[index].end - parts[index].start > 1 ? .strike : nil
        }
    }

    /// "calls on the S&P above 195": the number follows a name that follows a kind.
    private func isBesideNameOfKind(_ index: Int) -> Bool {
        guard let name = parts[..<index].lastIndex(where: { $0.use != .filler }), case .tree(.test(.symbols))? = parts[name].value else {
            return false
        }
        return parts[..<name].contains { isContractTerm($0) }
            && !elements.contains { if case .atom(let atom) = $0 { atom.slot == .number(.strike) } else { false } }
    }

    /// "at least a year left but under two": the second number takes the unit of the first if plain days contradict it.
    private func inTheUnitBefore(_ amount: Amount, _ field: Field, _ index: Int) -> Amount {
        guard field == .daysToExpiry, let unit = unitBefore(index), case .bounds(let bounds)? = amount.parts.first, amount.parts.count == 1,
            bounds.lower == nil,
            let upper = bounds.upper, case .atom(let atom)? = elements.last(where: { if case .atom = $0 { true } else { false } }),
            case .test(.number(.daysToExpiry, let before)) = atom.tree, let lower = before.lower?.value, lower >= upper.value,
            upper.value * unit.days > lower
        else { return amount }
        var scaled = amount
        scaled.parts = [.bounds(.atMost(upper.value * unit.days))]
        return scaled
    }

    /// The unit of time in the last condition before this part.
    private func unitBefore(_ index: Int) -> TimeUnit? {
        guard let part = parts[..<index].last(where: { $0.use == .constraint }) else { return nil }
        let symbols = ["unit", "units"].map { Int32(reader.table.grammar.symbol($0)) }
        for number in lattice.chart.edgesEnding[part.start + 1...part.end].joined() {
            let edge = lattice.chart.edges[Int(number)]
            guard Int(edge.start) >= part.start, symbols.contains(edge.symbol), case .unit(let unit)? = evaluator.terminal(edge) else { continue }
            return unit
        }
        return nil
    }

    private func repeated(_ amount: Amount) -> Field? {
        let elements = self.elements.filter { element in
            switch element {
            case .open, .openCall, .close, .not: false
            default: true
            }
        }
        if case .atom(let atom)? = elements.last {
            // "calls >95 <100": the other end of the same number.
            guard case .test(.number(let field, let bounds)) = atom.tree, case .bounds(let other)? = amount.parts.first, amount.parts.count == 1,
                (bounds.lower == nil) != (bounds.upper == nil), (other.lower == nil) == (bounds.upper == nil),
                (other.upper == nil) == (bounds.lower == nil), fits(amount, field)
            else { return nil }
            return field
        }
        guard elements.count >= 2, case .atom(let atom) = elements[elements.count - 2], case .number(let field) = atom.slot else { return nil }
        switch elements[elements.count - 1] {
        case .or, .and, .but, .comma: return fits(amount, field) ? field : nil
        default: return nil
        }
    }

    /// Whether a number has a unit that a field can have.
    private func fits(_ amount: Amount, _ field: Field) -> Bool {
        let unit = reader.vocabulary.entry(field).unit
        switch amount.unit {
        case .dollars: return unit == "dollars"
        case .percent: return unit == "percent" || unit == "rank"
        case .plain: return true
        }
    }

    private mutating func takeField(_ value: Value, _ index: Int) {
        guard case .fields(let fields) = value, let field = fields.first else { return }
        // "high gamma": the whole phrase is listed, not the adjective alone.
        if index > 0, parts[index - 1].use == .notUnderstood, parts[index - 1].value == nil, lattice.isWord[parts[index - 1].start] {
            elements.append(.gap)
            return
        }
        if let (place, isDescending) = pendingDirection, place < index, parts[(place + 1)..<index].allSatisfy({ $0.use == .filler }) {
            // "the largest single-day volume".
            pendingDirection = nil
            parts[place].use = .order
            parts[place].reading = isDescending ? "descending" : "ascending"
            let order = Ordering(field, isDescending: isDescending)
            if !query.order.contains(order) { query.order.append(order) }
            parts[index].use = .order
            parts[index].reading = order.compactText
            elements.append(.barrier)
            return
        }
        // "in the 20 to 30 delta range".
        if field == .range, index > 0, parts[index - 1].use == .constraint, case .atom(let atom)? = elements.last, case .number = atom.slot {
            parts[index].use = .filler
            return
        }
        // "call strikes with …" are contracts.
        if field == .strike, pendingFunction == nil {
            parts[index].use = .filler
            elements.append(.gap)
            return
        }
        if let place = pendingFunction, let last = query.measures.lastIndex(where: { $0.field == nil && $0.function != .count }) {
            query.measures[last].field = field
            parts[place].reading = "\(query.measures[last].function.rawValue)(\(field.rawValue))"
            pendingFunction = nil
        } else if !query.measures.contains(Measure(.value, field)) {
            query.measures.append(Measure(.value, field))
        }
        parts[index].use = .measure
        parts[index].reading = field.rawValue
        // An "or" beside it does not join conditions.
        elements.append(.unknown)
    }
}
