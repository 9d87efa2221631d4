import Descriptions
import MarketData
import Questions

/// Some rows of a batch as conditions see them: keys, dates, and the numbers of any field, computed for all rows at once when
/// they are first asked for.
///
/// For one task at a time. Numbers are NaN where the row lacks an input.
final class RowBlock {
    let count: Int
    /// Keys of the rows, with every attribute.
    let keys: [DescriptionKey]
    /// `Day.rawValue`.
    let quoteDates: [Int32]
    /// `Day.rawValue`; `nil` for stock rows.
    let expiries: [Int32]?
    private let stored: (Field) -> [Double]?
    private let days: DayNumbers?
    private var known: [Field: [Double]?] = [:]

    private static let optionFields = columns(OptionRows.columns)
    private static let stockFields = columns(StockRows.columns)

    private static func columns<Rows>(_ columns: [RowColumn<Rows>]) -> [Field: RowColumn<Rows>] {
        Dictionary(uniqueKeysWithValues: columns.compactMap { column in column.questionField.map { ($0, column) } })
    }

    /// - Parameter days: what is known of underlyings on days, where the question asks for it.
    init(_ rows: OptionRows, _ range: Range<Int>, days: DayNumbers? = nil) {
        count = range.count
        keys = rows.key[range].map(DescriptionKey.init(rawValue:))
        quoteDates = Array(rows.quoteDate[range])
        expiries = Array(rows.expiry[range])
        stored = { field in Self.optionFields[field]?.numbers(rows, range) }
        self.days = days
    }

    init(_ rows: StockRows, _ range: Range<Int>, days: DayNumbers? = nil) {
        count = range.count
        keys = rows.key[range].map(DescriptionKey.init(rawValue:))
        quoteDates = Array(rows.quoteDate[range])
        expiries = nil
        stored = { field in Self.stockFields[field]?.numbers(rows, range) }
        self.days = days
    }

    /// The numbers of a field by row; `nil` when rows of this kind have no such number.
    func numbers(_ field: Field) -> [Double]? {
        if let known = known[field] { return known }
        let numbers =
            stored(field) ?? ContractNumbers.numbers(field, of: self) ?? days?.numbers(field, keys: keys, days: quoteDates)
            ?? expiries.flatMap { days?.ranks(field, keys: keys, days: quoteDates, expiries: $0) }
        known[field] = .some(numbers)
        return numbers
    }

    /// The number of one row; `nil` when it is missing.
    func number(_ field: Field, at row: Int) -> Double? {
        guard let value = numbers(field)?[row], !value.isNaN else { return nil }
        return value
    }

    /// Whether a search can look at a field: the others need the chain of the day or measures that the store does not have.
    static func computes(_ field: Field) -> Bool {
        optionFields[field] != nil || stockFields[field] != nil || ContractNumbers.fields.contains(field) || DayNumbers.fields.contains(field)
    }
}
