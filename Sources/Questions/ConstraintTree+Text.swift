import Descriptions
import Foundation
import MarketData

extension ConstraintTree {
    /// The tree in one line: `and(symbol=AAPL, kind=call, strike>100)`. Parts of and/or are sorted, so equal trees have
    /// equal texts.
    public var compactText: String {
        switch self {
        case .test(let condition): return condition.compactText
        case .all(let parts):
            return parts.isEmpty ? "everything" : "and(\(parts.map(\.compactText).sorted().joined(separator: ", ")))"
        case .any(let parts): return "or(\(parts.map(\.compactText).sorted().joined(separator: ", ")))"
        case .not(let inner): return "not(\(inner.compactText))"
        }
    }
}

extension Condition {
    /// The condition in the typed text form: `strike>100`, `volume=high|veryHigh`, `date=2014-06-01..2014-06-30`.
    public var compactText: String {
        switch self {
        case .symbols(let symbols): "symbol=" + symbols.sorted().joined(separator: "|")
        case .kinds(let kinds): "kind=" + kinds.sorted { $0.rawValue < $1.rawValue }.map(\.name).joined(separator: "|")
        case .category(let attribute, let codes): attribute.rawValue + "=" + codes.map { attribute.key($0) }.joined(separator: "|")
        case .number(let field, let bounds): field.rawValue + bounds.text(isPercent: field.isFraction)
        case .ratio(let over, let under, let bounds): "\(over.rawValue)/\(under.rawValue)" + bounds.text(isPercent: false)
        case .dates(let field, let interval): field.rawValue + interval.compactText
        case .weekdays(let field, let days): "\(field == .quoteDate ? "weekday" : "expiryWeekday")=" + days.map(String.init).joined(separator: "|")
        case .expiryClass(let classes): "expiryClass=" + classes.map(\.rawValue).sorted().joined(separator: "|")
        case .event(let name, let sessions): "\(name)=\(sessions.lowerBound)..\(sessions.upperBound)"
        }
    }
}

extension Attribute {
    /// The short name of a category: "veryHigh".
    func key(_ code: Int) -> String {
        let keys = CategoryKeys.table[self] ?? []
        return keys.indices.contains(code - 1) ? keys[code - 1] : String(code)
    }
}

/// Short names of the lexicon's categories, read once from the resource.
enum CategoryKeys {
    static let table: [Attribute: [String]] = {
        guard let vocabulary = try? Vocabulary.builtIn() else { return [:] }
        return Dictionary(uniqueKeysWithValues: vocabulary.attributes.map { ($0.attribute, $0.categories.map(\.key)) })
    }()
}

extension Field {
    /// Stored as a fraction and written in percent.
    var isFraction: Bool { FieldUnits.fractions.contains(self) }
}

/// Fields by unit, read once from the resource.
enum FieldUnits {
    static let fractions: Set<Field> = {
        guard let vocabulary = try? Vocabulary.builtIn() else { return [] }
        return Set(vocabulary.fields.filter { $0.unit == "percent" }.map(\.field))
    }()
}

extension Bounds {
    /// `=100`, `>100`, `>=40<50`, `=30..45`.
    func text(isPercent: Bool) -> String {
        func number(_ value: Double) -> String { NumberText.plain(isPercent ? value * 100 : value) + (isPercent ? "%" : "") }
        switch (lower, upper) {
        case (let low?, let high?) where low.value == high.value && !low.isStrict && !high.isStrict: return "=\(number(low.value))"
        case (let low?, let high?):
            if !low.isStrict, !high.isStrict { return "=\(number(low.value))..\(number(high.value))" }
            return "\(low.isStrict ? ">" : ">=")\(number(low.value))\(high.isStrict ? "<" : "<=")\(number(high.value))"
        case (let low?, nil): return "\(low.isStrict ? ">" : ">=")\(number(low.value))"
        case (nil, let high?): return "\(high.isStrict ? "<" : "<=")\(number(high.value))"
        case (nil, nil): return "=any"
        }
    }
}

/// Numbers in text.
package enum NumberText {
    /// Without trailing zeros, rounded to six decimals.
    package static func plain(_ value: Double) -> String {
        let rounded = (value * 1e6).rounded() / 1e6
        guard rounded.isFinite else { return "\(value)" }
        if rounded == rounded.rounded(), abs(rounded) < 1e15 { return String(Int(rounded)) }
        return String(rounded)
    }
}

extension DayInterval {
    /// `=2014-06-12`, `=2014-06-01..2014-06-30`, `>=2014-06-09`, `<=2014-06-05`.
    var compactText: String {
        switch (from, to) {
        case (let from?, let to?) where from == to: "=\(from)"
        case (let from?, let to?): "=\(from)..\(to)"
        case (let from?, nil): ">=\(from)"
        case (nil, let to?): "<=\(to)"
        case (nil, nil): "=any"
        }
    }

    /// "on 2014-06-12", "from 2014-06-01 to 2014-06-30".
    var words: String {
        switch (from, to) {
        case (let from?, let to?) where from == to: "on \(from)"
        case (let from?, let to?): "from \(from) to \(to)"
        case (let from?, nil): "from \(from) on"
        case (nil, let to?): "up to \(to)"
        case (nil, nil): "on any day"
        }
    }
}
