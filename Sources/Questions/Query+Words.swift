import Descriptions
import MarketData

extension QuestionReader {
    /// A query in plain English, one line for each constraint and request: the head of an answer.
    public func lines(of query: Query) -> [String] { QueryWords(vocabulary: vocabulary).lines(query) }
}

/// Prints queries in words.
struct QueryWords {
    let vocabulary: Vocabulary
    /// "strike > $200"; otherwise "strike above $200".
    var usesMarks = true

    func lines(_ query: Query) -> [String] {
        var lines: [String] = []
        if case .all(let parts) = query.constraints {
            lines += parts.map(words)
        } else {
            lines.append(words(query.constraints))
        }
        if let reference = query.reference { lines.append("like \(reference)") }
        lines += query.measures.map(words)
        if !query.group.isEmpty { lines.append("for each " + query.group.map(\.rawValue).joined(separator: " and ")) }
        lines += query.order.map(words)
        if let limit = query.limit { lines.append("at most \(limit) results") }
        if let horizon = query.horizon { lines.append("over the next \(horizon) sessions") }
        return lines
    }

    func words(_ tree: ConstraintTree) -> String {
        switch tree {
        case .test(let condition): words(condition)
        case .all(let parts): parts.map { nested($0) }.joined(separator: " and ")
        case .any(let parts): parts.map { nested($0) }.joined(separator: " or ")
        case .not(let inner): "not " + nested(inner)
        }
    }

    private func nested(_ tree: ConstraintTree) -> String {
        if case .test = tree { words(tree) } else { "(\(words(tree)))" }
    }

    private func words(_ condition: Condition) -> String {
        switch condition {
        case .symbols(let symbols): return "underlying " + symbols.joined(separator: " or ")
        case .kinds(let kinds): return kinds.map(\.name).joined(separator: " or ")
        case .category(let attribute, let codes):
            let categories = vocabulary.entry(attribute).categories
            let list = codes.filter { categories.indices.contains($0 - 1) }.map { categories[$0 - 1].phrases.first ?? categories[$0 - 1].key }
            return list.joined(separator: " or ")
        case .number(let field, let bounds): return vocabulary.entry(field).label + " " + words(bounds, field)
        case .ratio(let over, let under, let bounds):
            return "\(vocabulary.entry(over).label) / \(vocabulary.entry(under).label) " + words(bounds, .leverage)
        case .dates(let field, let interval): return (field == .quoteDate ? "quote date " : "expiration ") + interval.words
        case .weekdays(let field, let days):
            return "\(field == .quoteDate ? "quoted" : "expiring") on a " + days.map(weekday).joined(separator: " or ")
        case .expiryClass(let classes): return classes.map { "\($0.rawValue) expiration" }.joined(separator: " or ")
        case .event(let name, let sessions):
            return "\(abs(sessions.lowerBound)) to \(abs(sessions.upperBound)) sessions \(sessions.upperBound < 0 ? "before" : "after") \(name)"
        }
    }

    private func weekday(_ day: Int) -> String { vocabulary.words["weekday"]?[String(day)]?.first ?? String(day) }

    private func words(_ bounds: Bounds, _ field: Field) -> String {
        func number(_ value: Double) -> String {
            switch vocabulary.entry(field).unit {
            case "percent": NumberText.plain(value * 100) + "%"
            case "dollars": value < 0 ? "-$" + NumberText.plain(-value) : "$" + NumberText.plain(value)
            default: NumberText.plain(value)
            }
        }
        func above(_ end: Bounds.End) -> String {
            (usesMarks ? end.isStrict ? ">" : "≥" : end.isStrict ? "above" : "at least") + " " + number(end.value)
        }
        func below(_ end: Bounds.End) -> String {
            (usesMarks ? end.isStrict ? "<" : "≤" : end.isStrict ? "below" : "at most") + " " + number(end.value)
        }
        switch (bounds.lower, bounds.upper) {
        case (let low?, let high?) where low == high: return number(low.value)
        case (let low?, let high?):
            if !low.isStrict, !high.isStrict { return "\(number(low.value)) to \(number(high.value))" }
            return "\(above(low)) and \(below(high))"
        case (let low?, nil): return above(low)
        case (nil, let high?): return below(high)
        case (nil, nil): return "known"
        }
    }

    private func words(_ measure: Measure) -> String {
        guard let field = measure.field else { return "number of rows" }
        let label = vocabulary.entry(field).label
        return measure.function == .value ? label : "\(measure.function.rawValue) of \(label)"
    }

    private func words(_ order: Ordering) -> String {
        let label = vocabulary.entry(order.field).label + (order.under.map { " / " + vocabulary.entry($0).label } ?? "")
        if let nearest = order.nearest { return "\(label) nearest to \(NumberText.plain(nearest)) first" }
        return "\(order.isDescending ? "highest" : "lowest") \(label) first"
    }
}
