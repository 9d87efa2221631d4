import Descriptions
import MarketData
public import Questions

/// A question's answer. Encodes to the one object that `tapedeck search --json` prints.
public struct SearchAnswer: Sendable, Encodable {
    /// A term that the data or the store cannot answer, and an alternative.
    public struct Unknowable: Sendable, Encodable, Hashable {
        public var term: String
        public var reason: String
        /// The nearest alternative; `nil` if there is none.
        public var proxy: String?
    }

    /// A misspelt word and its correction.
    public struct Correction: Sendable, Encodable, Hashable {
        public var word: String
        public var readAs: String

        private enum CodingKeys: String, CodingKey {
            case word
            case readAs = "read_as"
        }
    }

    public var question: String
    /// The constraints read from the question, in words.
    public var constraints: [String]
    /// Other requests of the question, in words: measures, groups, orders, a number of results.
    public var requests: [String]
    /// The question as typed values.
    public var query: Query
    /// Phrases that were not understood: they took part in the similarity only.
    public var notUnderstood: [String]
    public var cannotKnow: [Unknowable]
    public var corrections: [Correction]
    /// Notes to show before the rows: a name or days that the store does not have, a contradiction, a date that does not exist,
    /// the reading chosen for ambiguous words.
    public var notes: [String]
    /// The constraints that some results do not meet, because too few rows meet all.
    public var relaxed: [String]
    /// Whether the results are the best of all rows. `false` only when an approximate index answered.
    public var exact: Bool
    /// How many rows meet every constraint; `nil` if the count was not requested or would take long.
    public var matchingRows: Int?
    /// Results of questions for counts, averages and other measures; `nil` for other questions.
    public var groups: [AggregateGroup]?
    /// How each word of the question was used.
    public var steps: [Reading.Step]
    public var elapsedMilliseconds: Double
    /// Best first.
    public var results: [SearchResult]
    /// The result of `SearchRequest.judge`.
    package var judged: Judged?

    /// Rows that satisfy other constraints than the question's.
    package struct Judged: Sendable {
        /// Of the results.
        package var right: Int
        /// Of all rows.
        package var matches: Int
    }

    private enum CodingKeys: String, CodingKey {
        case question, constraints, query
        case notUnderstood = "not_understood"
        case cannotKnow = "cannot_know"
        case corrections, notes, relaxed, exact
        case matchingRows = "matching_rows"
        case groups
        case elapsedMilliseconds = "elapsed_ms"
        case results
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(question, forKey: .question)
        try box.encode(constraints, forKey: .constraints)
        try box.encode(TypedQuery(query: query), forKey: .query)
        try box.encode(notUnderstood, forKey: .notUnderstood)
        try box.encode(cannotKnow, forKey: .cannotKnow)
        try box.encode(corrections, forKey: .corrections)
        try box.encode(notes, forKey: .notes)
        try box.encode(relaxed, forKey: .relaxed)
        try box.encode(exact, forKey: .exact)
        try box.encode(matchingRows, forKey: .matchingRows)
        try box.encodeIfPresent(groups, forKey: .groups)
        try box.encode(elapsedMilliseconds, forKey: .elapsedMilliseconds)
        try box.encode(results, forKey: .results)
    }
}

/// A query as JSON for other programs: `{"and": […]}`, `{"or": […]}`, `{"not": …}` and conditions with named members.
struct TypedQuery: Encodable {
    let query: Query

    private enum Key: String, CodingKey {
        case intent, subject, constraints, text, measures, order, limit, group, reference, horizon
        case function, field, under, descending, nearest
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        try box.encode(query.intent, forKey: .intent)
        try box.encode(query.subject, forKey: .subject)
        try box.encode(TypedTree(tree: query.constraints), forKey: .constraints)
        try box.encode(query.constraints.compactText, forKey: .text)
        var measures = box.nestedUnkeyedContainer(forKey: .measures)
        for measure in query.measures {
            var item = measures.nestedContainer(keyedBy: Key.self)
            try item.encode(measure.function, forKey: .function)
            try item.encodeIfPresent(measure.field?.snakeCase, forKey: .field)
        }
        var order = box.nestedUnkeyedContainer(forKey: .order)
        for ordering in query.order {
            var item = order.nestedContainer(keyedBy: Key.self)
            try item.encode(ordering.field.snakeCase, forKey: .field)
            try item.encodeIfPresent(ordering.under?.snakeCase, forKey: .under)
            try item.encode(ordering.isDescending, forKey: .descending)
            try item.encodeIfPresent(ordering.nearest, forKey: .nearest)
        }
        try box.encodeIfPresent(query.limit, forKey: .limit)
        try box.encode(query.group, forKey: .group)
        try box.encodeIfPresent(query.reference?.description, forKey: .reference)
        try box.encodeIfPresent(query.horizon, forKey: .horizon)
    }
}

/// A constraint tree as JSON.
struct TypedTree: Encodable {
    let tree: ConstraintTree

    private enum Key: String, CodingKey {
        case and, or, not
        case symbol, kind, category, codes, field, over, under, min, max
        case aboveMin = "min_excluded"
        case belowMax = "max_excluded"
        case from, to, weekdays
        case expiryClass = "expiry_class"
        case event, sessions
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Key.self)
        switch tree {
        case .all(let parts): try box.encode(parts.map(TypedTree.init), forKey: .and)
        case .any(let parts): try box.encode(parts.map(TypedTree.init), forKey: .or)
        case .not(let inner): try box.encode(TypedTree(tree: inner), forKey: .not)
        case .test(let condition): try encode(condition, into: &box)
        }
    }

    private func encode(_ condition: Condition, into box: inout KeyedEncodingContainer<Key>) throws {
        func encode(_ bounds: Bounds) throws {
            try box.encodeIfPresent(bounds.lower?.value, forKey: .min)
            if bounds.lower?.isStrict == true { try box.encode(true, forKey: .aboveMin) }
            try box.encodeIfPresent(bounds.upper?.value, forKey: .max)
            if bounds.upper?.isStrict == true { try box.encode(true, forKey: .belowMax) }
        }
        switch condition {
        case .symbols(let symbols): try box.encode(symbols, forKey: .symbol)
        case .kinds(let kinds): try box.encode(kinds.map(\.name), forKey: .kind)
        case .category(let attribute, let codes):
            try box.encode(attribute.rawValue, forKey: .category)
            try box.encode(codes, forKey: .codes)
        case .number(let field, let bounds):
            try box.encode(field.snakeCase, forKey: .field)
            try encode(bounds)
        case .ratio(let over, let under, let bounds):
            try box.encode(over.snakeCase, forKey: .over)
            try box.encode(under.snakeCase, forKey: .under)
            try encode(bounds)
        case .dates(let field, let interval):
            try box.encode(field == .expiry ? "expiration" : "quote_date", forKey: .field)
            try box.encodeIfPresent(interval.from, forKey: .from)
            try box.encodeIfPresent(interval.to, forKey: .to)
        case .weekdays(let field, let days):
            try box.encode(field == .expiry ? "expiration" : "quote_date", forKey: .field)
            try box.encode(days, forKey: .weekdays)
        case .expiryClass(let classes): try box.encode(classes.map(\.rawValue), forKey: .expiryClass)
        case .event(let name, let sessions):
            try box.encode(name, forKey: .event)
            try box.encode([sessions.lowerBound, sessions.upperBound], forKey: .sessions)
        }
    }
}
