import Base
import Descriptions
import Foundation
import MarketData
import Questions

/// Measures of a group of rows.
public struct AggregateGroup: Sendable, Encodable {
    /// The values that define the group, by names of the groupings: `{"month": "2014-06"}`. Empty if all rows form one group.
    public var key: [String: String]
    /// How many rows there are.
    public var rows: Int
    /// Values by names of measures, such as `average_iv`; `nil` if no row has the number.
    public var values: [String: Double?]
}

/// Computes a question's measures in one pass over rows.
struct Aggregation {
    /// A total over the rows of one kind, or of all.
    private struct Total: Hashable {
        var field: Field
        var kind: InstrumentKind?
    }

    private enum Formula {
        /// A statistic of a field over rows.
        case statistic(Measure.Function, Field)
        case total(Total)
        case ratio(Total, Total)
    }

    private struct Statistic {
        var count = 0
        var sum = CompensatedSum()
        var minimum = Double.infinity
        var maximum = -Double.infinity
        /// Kept for medians only.
        var values: [Double] = []
    }

    private struct Group {
        var rows = 0
        var statistics: [Statistic]
        /// Names and days already counted, for numbers that are equal in all rows of one name and day.
        var days: Set<UInt64> = []
        var totals: [Total: CompensatedSum] = [:]
    }

    /// Names of the measures, in the order of the question.
    let names: [String]
    /// The fields of the measures, in the same order.
    private let fields: [Field]
    private let groupings: [Grouping]
    private let formulas: [Formula]
    private let lexicon: Lexicon
    /// Whether a measure belongs to days, not to rows.
    private let hasDayNumbers: Bool
    private var groups: [[Int64]: Group] = [:]

    /// - Parameter measures: those of the question; row counts are always included.
    init(_ measures: [Measure], by groupings: [Grouping], lexicon: Lexicon) {
        let formulas = measures.compactMap { measure in
            measure.field.map { (name: Self.name(measure), field: $0, formula: Self.formula(measure.function, $0)) }
        }
        names = formulas.map(\.name)
        fields = formulas.map(\.field)
        self.formulas = formulas.map(\.formula)
        self.groupings = groupings
        hasDayNumbers = measures.contains { $0.field.map(DayNumbers.fields.contains) ?? false }
        self.lexicon = lexicon
    }

    /// Measures of flow are totals over the rows that match.
    private static func formula(_ function: Measure.Function, _ field: Field) -> Formula {
        switch field {
        case .totalVolume: .total(Total(field: .volume))
        case .callVolume: .total(Total(field: .volume, kind: .call))
        case .putVolume: .total(Total(field: .volume, kind: .put))
        case .totalOpenInterest: .total(Total(field: .openInterest))
        case .callOpenInterest: .total(Total(field: .openInterest, kind: .call))
        case .putOpenInterest: .total(Total(field: .openInterest, kind: .put))
        case .totalPremiumTraded: .total(Total(field: .premiumTraded))
        case .putCallRatio: .ratio(Total(field: .volume, kind: .put), Total(field: .volume, kind: .call))
        case .putCallOpenInterestRatio: .ratio(Total(field: .openInterest, kind: .put), Total(field: .openInterest, kind: .call))
        default: .statistic(function == .value ? .average : function, field)
        }
    }

    /// Whether a measure can be computed from rows.
    static func computes(_ measure: Measure) -> Bool {
        guard let field = measure.field else { return true }
        if case .statistic = formula(measure.function, field) { return RowBlock.computes(field) }
        return true
    }

    private static func name(_ measure: Measure) -> String {
        guard let field = measure.field else { return "rows" }
        guard measure.function != .value, case .statistic(let function, _) = formula(measure.function, field) else { return field.snakeCase }
        return "\(function.rawValue)_\(field.snakeCase)"
    }

    // MARK: Rows

    /// Adds the selected rows of a block.
    mutating func add(_ rows: RowBlock, _ chosen: [Bool]) {
        let numbers = formulas.map { formula -> [Double]? in
            if case .statistic(_, let field) = formula { rows.numbers(field) } else { nil }
        }
        var totals: [Total: [Double]] = [:]
        for formula in formulas {
            switch formula {
            case .total(let total): totals[total] = rows.numbers(total.field)
            case .ratio(let over, let under):
                totals[over] = rows.numbers(over.field)
                totals[under] = rows.numbers(under.field)
            case .statistic: break
            }
        }
        for row in 0..<rows.count where chosen[row] {
            let key = groupings.flatMap { Self.codes($0, rows, row) }
            var group = groups[key] ?? Group(statistics: formulas.map { _ in Statistic() })
            groups[key] = nil
            group.rows += 1
            let isNewDay = hasDayNumbers && group.days.insert(ChainTable.place(rows.keys[row].ticker, rows.quoteDates[row])).inserted
            for (index, formula) in formulas.enumerated() {
                guard case .statistic(let function, let field) = formula, let value = numbers[index]?[row], !value.isNaN,
                    isNewDay || !DayNumbers.fields.contains(field)
                else { continue }
                group.statistics[index].count += 1
                group.statistics[index].sum.add(value)
                group.statistics[index].minimum = min(group.statistics[index].minimum, value)
                group.statistics[index].maximum = max(group.statistics[index].maximum, value)
                if function == .median { group.statistics[index].values.append(value) }
            }
            for (total, values) in totals where total.kind == nil || total.kind == rows.keys[row].kind {
                if !values[row].isNaN { group.totals[total, default: CompensatedSum()].add(values[row]) }
            }
            groups[key] = group
        }
    }

    // MARK: Groups

    /// How many rows were added.
    var rowCount: Int { groups.values.reduce(0) { $0 + $1.rows } }

    /// The name of the first measure of a field.
    func name(of field: Field) -> String? { fields.firstIndex(of: field).map { names[$0] } }

    /// The groups in ascending order of their keys.
    /// - Parameter ticker: the name of a ticker's number.
    func result(ticker: (UInt32) -> String) -> [AggregateGroup] {
        let keys = groups.keys.sorted { $0.lexicographicallyPrecedes($1) }
        return keys.compactMap { codes in
            guard let group = groups[codes] else { return nil }
            var rest = codes[...]
            var key: [String: String] = [:]
            for grouping in groupings { key[grouping.rawValue] = label(grouping, &rest, ticker) }
            let values = zip(names, formulas.indices).map { name, index in (name, value(group, index)) }
            return AggregateGroup(key: key, rows: group.rows, values: Dictionary(values) { first, _ in first })
        }
    }

    private func value(_ group: Group, _ index: Int) -> Double? {
        switch formulas[index] {
        case .total(let total): return group.totals[total]?.value
        case .ratio(let over, let under):
            guard let below = group.totals[under]?.value, below > 0 else { return nil }
            return (group.totals[over]?.value ?? 0) / below
        case .statistic(let function, _):
            let statistic = group.statistics[index]
            guard statistic.count > 0 else { return nil }
            switch function {
            case .count: return Double(statistic.count)
            case .value, .average: return statistic.sum.value / Double(statistic.count)
            case .sum: return statistic.sum.value
            case .minimum: return statistic.minimum
            case .maximum: return statistic.maximum
            case .median:
                let sorted = statistic.values.sorted()
                let middle = sorted.count / 2
                return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            }
        }
    }

    private static func codes(_ grouping: Grouping, _ rows: RowBlock, _ row: Int) -> [Int64] {
        let day = Day(rawValue: rows.quoteDates[row])
        let key = rows.keys[row]
        switch grouping {
        case .day: return [Int64(day.rawValue)]
        // Monday.
        case .week: return [Int64(day.rawValue) - Int64((day.weekday + 6) % 7)]
        case .month: return [Int64(day.year * 12 + day.month - 1)]
        case .quarter: return [Int64(day.year * 4 + (day.month - 1) / 3)]
        case .year: return [Int64(day.year)]
        case .weekday: return [Int64(day.weekday)]
        case .underlying: return [Int64(key.ticker)]
        case .expiry: return [Int64(rows.expiries?[row] ?? .min)]
        case .strike: return [strike(rows, row)]
        case .kind: return [Int64(key.kind?.rawValue ?? 0)]
        case .contract: return [Int64(key.ticker), Int64(rows.expiries?[row] ?? .min), Int64(key.kind?.rawValue ?? 0), strike(rows, row)]
        case .moneyness: return [Int64(key.kind == .stock ? 0 : key[.moneyness])]
        case .tenor: return [Int64(key.kind == .stock ? 0 : key[.tenor])]
        }
    }

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    private static func strike(_ rows: RowBlock, _ row: Int) -> Int64 {
        rows.number(.strike, at: row).map { Int64(($0 * 1000).rounded()) } ?? -1
    }

    private func label(_ grouping: Grouping, _ codes: inout ArraySlice<Int64>, _ ticker: (UInt32) -> String) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        func kind(_ code: Int64) -> String { InstrumentKind(rawValue: UInt8(clamping: code))?.name ?? "unknown" }
        func strike(_ code: Int64) -> String { code < 0 ? "none" : NumberText.plain(Double(code) / 1000) }
        func category(_ attribute: Attribute, _ code: Int64) -> String {
            let categories = lexicon[attribute].categories
            return code > 0 && code <= Int64(categories.count) ? categories[Int(code) - 1].words : "unknown"
        }
        let code = codes.popFirst() ?? 0
        switch grouping {
        case .day, .week, .expiry: return code == Int64(Int32.min) ? "none" : Day(rawValue: Int32(clamping: code)).description
        case .month: return "\(code / 12)-\(two(code % 12 + 1))"
        case .quarter: return "\(code / 4)-Q\(code % 4 + 1)"
        case .year: return String(code)
        case .weekday: return Self.weekdays[Int(code)]
        case .underlying: return ticker(UInt32(clamping: code))
        case .strike: return strike(code)
        case .kind: return kind(code)
        case .contract:
            let (expiry, kindCode, strikeCode) = (codes.popFirst() ?? 0, codes.popFirst() ?? 0, codes.popFirst() ?? 0)
            return "\(ticker(UInt32(clamping: code))) \(Day(rawValue: Int32(clamping: expiry))) \(kind(kindCode)) \(strike(strikeCode))"
        case .moneyness: return category(.moneyness, code)
        case .tenor: return category(.tenor, code)
        }
    }
}

/// A compensated sum (Neumaier 1974), so that it does not depend on the order of rows.
private struct CompensatedSum {
    private var sum = 0.0
    private var error = 0.0

    mutating func add(_ value: Double) {
        let next = sum + value
        error += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
        sum = next
    }

    var value: Double { sum.isFinite ? sum + error : sum }
}

extension Field {
    /// The field's name in JSON: `impliedVolatility` is `implied_volatility`.
    package var snakeCase: String { rawValue.snakeCased }
}
