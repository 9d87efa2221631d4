import Descriptions
import Foundation
import MarketData

/// The typed text form of constraint trees, as `compactText` writes it: `and(symbol=AAPL, kind=call, strike>100)`.
///
/// Files of evaluation questions contain correct readings in this form.
public struct TypedForm: Sendable {
    private let vocabulary: Vocabulary

    /// - Throws: `VocabularyError` when the grammar's resources are at fault.
    public init() throws(VocabularyError) { vocabulary = try Vocabulary.builtIn() }

    /// Reads a tree.
    /// - Throws: `VocabularyError` naming the part that is not a constraint.
    public func tree(_ text: String) throws(VocabularyError) -> ConstraintTree {
        var rest = Substring(text)
        let tree = try parse(&rest)
        guard rest.allSatisfy(\.isWhitespace) else { throw Self.failure(text, "\"\(rest)\" is left over") }
        return tree
    }

    /// The tree in normal form, without differences of notation: nested and repeated parts, strict bounds of whole numbers.
    public func normalised(_ tree: ConstraintTree) -> ConstraintTree {
        var contradictions: [Contradiction] = []
        return tree.mapped(wholeBounds).simplified(categoryCounts: { vocabulary.entry($0).categories.count }, contradictions: &contradictions)
    }

    /// "dte<8" as "dte<=7".
    private func wholeBounds(_ condition: Condition) -> Condition {
        guard case .number(let field, var bounds) = condition, ["days", "count"].contains(vocabulary.entry(field).unit) else { return condition }
        if let lower = bounds.lower, !lower.isStrict { bounds.lower = Bounds.End(lower.value.rounded(.up)) }
        if let upper = bounds.upper, !upper.isStrict { bounds.upper = Bounds.End(upper.value.rounded(.down)) }
        if let lower = bounds.lower, lower.isStrict { bounds.lower = Bounds.End(lower.value.rounded(.down) + 1) }
        if let upper = bounds.upper, upper.isStrict { bounds.upper = Bounds.End(upper.value.rounded(.up) - 1) }
        return .number(field, bounds)
    }

    private static func failure(_ text: some StringProtocol, _ why: String) -> VocabularyError {
        VocabularyError("\"\(text)\" is not a constraint: \(why)")
    }

    // MARK: Trees

    private func parse(_ rest: inout Substring) throws(VocabularyError) -> ConstraintTree {
        let end = rest.firstIndex { "(),".contains($0) } ?? rest.endIndex
        let name = rest[..<end].drop { $0.isWhitespace }
        rest = rest[end...]
        guard rest.first == "(" else { return name == "everything" ? .everything : .test(try condition(name)) }
        var parts: [ConstraintTree] = []
        repeat {
            rest = rest.dropFirst()
            parts.append(try parse(&rest))
        } while rest.first == ","
        guard rest.first == ")" else { throw Self.failure(name, "a bracket is open") }
        rest = rest.dropFirst()
        switch name {
        case "and": return .all(parts)
        case "or": return .any(parts)
        case "not" where parts.count == 1: return .not(parts[0])
        default: throw Self.failure(name, "expected and, or, not")
        }
    }

    // MARK: Conditions

    private func condition(_ text: Substring) throws(VocabularyError) -> Condition {
        guard let place = text.firstIndex(where: { "<>=".contains($0) }) else { throw Self.failure(text, "it compares nothing") }
        let name = String(text[..<place])
        let comparison = text[place...]
        let values = comparison.drop { "<>=".contains($0) }.split(separator: "|").map(String.init)
        func wrong() -> VocabularyError { Self.failure(text, "\"\(comparison)\" does not fit \(name)") }
        switch name {
        case "symbol": return .symbols(values)
        case "kind":
            let kinds = InstrumentKind.allCases.filter { values.contains($0.name) }
            guard kinds.count == values.count else { throw wrong() }
            return .kinds(kinds)
        case "weekday", "expiryWeekday":
            let days = values.compactMap { Int($0) }
            guard days.count == values.count else { throw wrong() }
            return .weekdays(name == "weekday" ? .quoteDate : .expiry, days)
        case "expiryClass":
            let classes = values.compactMap(ExpiryClass.init(rawValue:))
            guard classes.count == values.count else { throw wrong() }
            return .expiryClass(classes)
        case "date", "expiry": return .dates(name == "date" ? .quoteDate : .expiry, try interval(comparison))
        default: break
        }
        if comparison.first == "=", comparison.dropFirst().first?.isLetter == true {
            guard let attribute = Attribute(rawValue: name) else { throw Self.failure(text, "\"\(name)\" has no categories") }
            let keys = vocabulary.entry(attribute).categories.map(\.key)
            let codes = values.compactMap { keys.firstIndex(of: $0).map { $0 + 1 } }
            guard codes.count == values.count else { throw wrong() }
            return .category(attribute, codes.sorted())
        }
        if let slash = name.firstIndex(of: "/") {
            guard let over = Field(rawValue: String(name[..<slash])), let under = Field(rawValue: String(name[name.index(after: slash)...])) else {
                throw Self.failure(text, "\"\(name)\" is no ratio of two numbers")
            }
            return .ratio(over, under, try bounds(comparison, isPercent: false))
        }
        if let field = Field(rawValue: name) { return .number(field, try bounds(comparison, isPercent: field.isFraction)) }
        let ends = comparison.dropFirst().components(separatedBy: "..").compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1] else { throw Self.failure(text, "\"\(name)\" is unknown") }
        return .event(name, sessions: ends[0]...ends[1])
    }

    /// `=30..45`, `>=40<50`, `>100`.
    private func bounds(_ text: Substring, isPercent: Bool) throws(VocabularyError) -> Bounds {
        var result = Bounds()
        var rest = text
        while !rest.isEmpty {
            let mark = rest.prefix { "<>=".contains($0) }
            rest = rest.dropFirst(mark.count)
            let number = rest.prefix { !"<>=".contains($0) }
            rest = rest.dropFirst(number.count)
            let ends = number.components(separatedBy: "..").compactMap { Double($0.replacing("%", with: "")) }.map { isPercent ? $0 / 100 : $0 }
            guard let first = ends.first, ends.count == 1 || (mark == "=" && ends.count == 2) else { throw Self.failure(text, "no bounds") }
            switch mark {
            case "=": result = .between(first, ends.last ?? first)
            case ">", ">=": result.lower = Bounds.End(first, isStrict: mark == ">")
            case "<", "<=": result.upper = Bounds.End(first, isStrict: mark == "<")
            default: throw Self.failure(text, "\"\(mark)\" does not compare")
            }
        }
        return result
    }

    private func interval(_ text: Substring) throws(VocabularyError) -> DayInterval {
        let mark = text.prefix { "<>=".contains($0) }
        let written = text.dropFirst(mark.count).components(separatedBy: "..")
        let days = written.compactMap { Day(iso: $0) }
        guard let first = days.first, days.count == written.count else { throw Self.failure(text, "no days") }
        switch (mark, days.count) {
        case ("=", 1...2): return DayInterval(from: first, to: days[days.count - 1])
        case (">=", 1): return DayInterval(from: first, to: nil)
        case ("<=", 1): return DayInterval(from: nil, to: first)
        default: throw Self.failure(text, "\"\(mark)\" does not compare days")
        }
    }
}
