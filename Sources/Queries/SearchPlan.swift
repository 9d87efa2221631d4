import Archive
import Descriptions
import MarketData
import Questions

/// A parsed question, checked against what the store can answer.
struct SearchPlan: Sendable {
    var reading: Reading
    var matcher: ConstraintMatcher
    /// The orders of results before similarity.
    var order: [Ordering]
    /// The measures and groups; `nil` if the question asks for rows only.
    var aggregates: (measures: [Measure], groups: [Grouping])?
    var limit: Int
    /// The requests of the question other than constraints, in words.
    var requests: [String]
    /// Terms that the store cannot answer.
    var unanswerable: [SearchAnswer.Unknowable]
    /// The fields that conditions, orders and measures use.
    var fields: Set<Field>
    /// The rows whose listed strikes are counted; `nil` if nothing needs them.
    var ladders: LadderScope?

    /// - Parameter numberOfTicker: the store's number of a ticker.
    init(_ request: SearchRequest, reader: QuestionReader, numberOfTicker: (String) -> UInt32?) {
        var reader = reader
        reader.context.asOf = request.asOf
        reader.context.calendarEvents = request.calendar?.events ?? []
        var reading = reader.read(request.semantic ? "" : request.question)
        reading.query = reading.query.using(request.greeks)
        self.reading = reading
        let query = reading.query
        var unanswerable: [SearchAnswer.Unknowable] = []
        let named = Self.conjuncts(query.constraints).compactMap { part -> Set<UInt32>? in
            if case .test(.symbols(let symbols)) = part { Set(symbols.compactMap(numberOfTicker)) } else { nil }
        }
        let asked = request.days.map { DayInterval(from: $0.lowerBound, to: $0.upperBound) } ?? DayInterval(from: nil, to: nil)
        let ladders = LadderScope(tickers: named.first, days: query.time.intersection(asked))
        self.ladders = ladders
        // List terms that search cannot compute, instead of dropping them silently.
        func isAnswerable(_ fields: [Field], _ words: String) -> Bool {
            if ladders == nil, !StrikeLadders.fields.isDisjoint(with: fields) {
                unanswerable.append(
                    SearchAnswer.Unknowable(
                        term: words, reason: "listed strikes are counted for named underlyings, or within \(StrikeLadders.mostDaysOfAllNames) days",
                        proxy: "the same with a ticker, or a distance in percent"))
                return false
            }
            let missing = fields.filter { !RowBlock.computes($0) }
            guard !missing.isEmpty else { return true }
            unanswerable.append(
                SearchAnswer.Unknowable(term: words, reason: "`search` cannot compute it and did not apply it", proxy: nil))
            return false
        }
        var items: [ConstraintMatcher.Item] = []
        let days = request.days.map { ConstraintTree.test(.dates(.quoteDate, DayInterval(from: $0.lowerBound, to: $0.upperBound))) }
        for part in Self.conjuncts(query.constraints) + [days].compactMap(\.self) {
            let words = reader.lines(of: Query(constraints: part)).joined(separator: " and ")
            guard isAnswerable(part.conditions.flatMap(\.fields), words) else { continue }
            items.append(ConstraintMatcher.Item(tree: part, text: words))
        }
        matcher = ConstraintMatcher(items, calendar: request.calendar, numberOfTicker: numberOfTicker)
        order = (request.order.isEmpty ? query.order : Query(order: request.order).using(request.greeks).order).filter { ordering in
            isAnswerable(ordering.fields, "order by " + ordering.fields.map(\.snakeCase).joined(separator: " / "))
        }
        let groups = request.group.isEmpty ? query.group : request.group
        let measures = query.measures.filter { measure in
            if Aggregation.computes(measure) { return true }
            return isAnswerable([measure.field].compactMap(\.self), measure.field?.snakeCase ?? "")
        }
        if query.intent == .aggregate || !groups.isEmpty {
            aggregates = (measures, groups)
        } else if query.subject == .nameDays {
            // The question asks for days of names, with the numbers that it uses.
            let asked = order.flatMap(\.fields) + measures.compactMap(\.field) + items.flatMap { $0.tree.conditions.flatMap(\.fields) }
            var fields: [Field] = []
            for field in asked where !fields.contains(field) { fields.append(field) }
            aggregates = (fields.map { Measure(.value, $0) }, [.underlying, .day])
        } else {
            aggregates = nil
        }
        limit = request.k ?? query.limit ?? request.usualCount
        var rest = query
        rest.constraints = .everything
        if !request.order.isEmpty { rest.order = request.order }
        if !request.group.isEmpty { rest.group = request.group }
        requests = reader.lines(of: rest)
        self.unanswerable = unanswerable
        let used = items.flatMap { $0.tree.conditions.flatMap(\.fields) } + order.flatMap(\.fields) + measures.compactMap(\.field)
        fields = Set(used)
    }

    /// The parts of a tree that must hold together.
    static func conjuncts(_ tree: ConstraintTree) -> [ConstraintTree] {
        if case .all(let parts) = tree { parts.flatMap(conjuncts) } else { [tree] }
    }

    /// Notes of an answer before its rows.
    var notes: [String] {
        reading.diagnostics.compactMap { diagnostic in
            switch diagnostic {
            case .correction, .cannotKnow: nil
            default: diagnostic.description
            }
        }
    }

    var corrections: [SearchAnswer.Correction] {
        reading.diagnostics.compactMap { diagnostic in
            if case .correction(let word, let readAs) = diagnostic { SearchAnswer.Correction(word: word, readAs: readAs) } else { nil }
        }
    }

    var cannotKnow: [SearchAnswer.Unknowable] {
        let refused = reading.diagnostics.compactMap { diagnostic -> SearchAnswer.Unknowable? in
            guard case .cannotKnow(let term, let reason, let proxy) = diagnostic else { return nil }
            return SearchAnswer.Unknowable(term: term, reason: reason, proxy: proxy)
        }
        return refused + unanswerable
    }
}

extension Condition {
    /// The numbers that the condition looks at.
    var fields: [Field] {
        switch self {
        case .number(let field, _): [field]
        case .ratio(let over, let under, _): [over, under]
        default: []
        }
    }
}
