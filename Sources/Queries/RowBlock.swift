import Archive
import Descriptions
import MarketData
import Questions

/// Row columns, by the fields that conditions use.
protocol ConditionRows: RowColumns {
    var key: [UInt64] { get }
    var quoteDate: [Int32] { get }
    /// Positions in `columns`, by field.
    static var fields: [Field: Int] { get }
    static var keyColumn: Int { get }
    static var dateColumn: Int { get }
    /// The column of expirations and its values; `nil` for rows without.
    static var expiration: (column: Int, values: KeyPath<Self, [Int32]> & Sendable)? { get }
    /// The column of OCC roots and its values; `nil` for rows without.
    static var roots: (column: Int, values: KeyPath<Self, [UInt32]> & Sendable)? { get }
}

extension ConditionRows {
    fileprivate static func fieldColumns() -> [Field: Int] {
        Dictionary(uniqueKeysWithValues: columns.enumerated().compactMap { index, column in column.questionField.map { ($0, index) } })
    }

    fileprivate static func position(_ name: String) -> Int { columns.firstIndex { $0.name == name } ?? 0 }
}

extension OptionRows: ConditionRows {
    static let fields = fieldColumns()
    static let keyColumn = position("key")
    static let dateColumn = position("quote_date")
    private static let expiryColumn = position("expiry")
    static var expiration: (column: Int, values: KeyPath<OptionRows, [Int32]> & Sendable)? { (expiryColumn, \.expiry) }
    private static let rootColumn = position("root")
    static var roots: (column: Int, values: KeyPath<OptionRows, [UInt32]> & Sendable)? { (rootColumn, \.root) }
}

extension StockRows: ConditionRows {
    static let fields = fieldColumns()
    static let keyColumn = position("key")
    static let dateColumn = position("quote_date")
    static var expiration: (column: Int, values: KeyPath<StockRows, [Int32]> & Sendable)? { nil }
    static var roots: (column: Int, values: KeyPath<StockRows, [UInt32]> & Sendable)? { nil }
}

/// Some rows of a batch, for conditions: keys, dates, and the numbers of any field, read and computed for all rows at once on first
/// use.
///
/// For one task at a time. Numbers are NaN where the row lacks an input. A column that cannot be read counts as missing, and `failure`
/// says why; callers check it after reading rows.
final class RowBlock {
    let count: Int
    /// Why a column could not be read.
    private(set) var failure: (any Error)?
    private let stored: (Field) throws -> [Double]?
    /// The values of a field's column; `nil` if there is none, or if it has another type.
    private let storedFloats: (Field) throws -> ArraySlice<Float>?
    private let readKeys: () throws -> [DescriptionKey]
    private let readDates: () throws -> [Int32]
    private let readExpiries: (() throws -> [Int32])?
    private let readRoots: (() throws -> [UInt32])?
    private let days: DayNumbers?
    private var known: [Field: [Double]?] = [:]

    /// - Parameters:
    ///   - range: rows of one block of the batch.
    ///   - days: numbers of underlyings on days, if the question uses any.
    init<Rows: ConditionRows>(_ columns: BatchColumns<Rows>, _ range: Range<Int>, days: DayNumbers? = nil) {
        let block = range.lowerBound / BatchColumns<Rows>.blockRows
        let base = block * BatchColumns<Rows>.blockRows
        let places = range.lowerBound - base..<range.upperBound - base
        count = range.count
        stored = { field in
            guard let column = Rows.fields[field] else { return nil }
            return Rows.columns[column].numbers(try columns.rows(CollectionOfOne(column), block: block), places)
        }
        storedFloats = { field in
            guard let column = Rows.fields[field], case .float(let path) = Rows.columns[column].values else { return nil }
            return try columns.rows(CollectionOfOne(column), block: block)[keyPath: path][places]
        }
        readKeys = { try columns.rows(CollectionOfOne(Rows.keyColumn), block: block).key[places].map(DescriptionKey.init(rawValue:)) }
        readDates = { Array(try columns.rows(CollectionOfOne(Rows.dateColumn), block: block).quoteDate[places]) }
        readExpiries = Rows.expiration.map { expiry in
            { Array(try columns.rows(CollectionOfOne(expiry.column), block: block)[keyPath: expiry.values][places]) }
        }
        readRoots = Rows.roots.map { root in
            { Array(try columns.rows(CollectionOfOne(root.column), block: block)[keyPath: root.values][places]) }
        }
        self.days = days
    }

    /// - Parameter rows: with the columns that will be asked for.
    init<Rows: ConditionRows>(_ rows: Rows) {
        count = rows.key.count
        stored = { field in Rows.fields[field].map { Rows.columns[$0].numbers(rows, 0..<rows.key.count) } }
        storedFloats = { field in
            guard let column = Rows.fields[field], case .float(let path) = Rows.columns[column].values else { return nil }
            return rows[keyPath: path][...]
        }
        readKeys = { rows.key.map(DescriptionKey.init(rawValue:)) }
        readDates = { rows.quoteDate }
        readExpiries = Rows.expiration.map { expiry in { rows[keyPath: expiry.values] } }
        readRoots = Rows.roots.map { root in { rows[keyPath: root.values] } }
        days = nil
    }

    private func reading<Value>(_ read: () throws -> [Value], _ missing: Value) -> [Value] {
        do {
            return try read()
        } catch {
            failure = failure ?? error
            return [Value](repeating: missing, count: count)
        }
    }

    /// Keys of the rows, with every attribute.
    private(set) lazy var keys: [DescriptionKey] = reading(readKeys, DescriptionKey(rawValue: 0))
    /// `Day.rawValue`.
    private(set) lazy var quoteDates: [Int32] = reading(readDates, 0)
    /// `Day.rawValue`; `nil` for stock rows.
    private(set) lazy var expiries: [Int32]? = readExpiries.map { reading($0, 0) }

    /// Numbers of contracts, from the row's volatility and the underlying's close; `nil` for stock rows.
    private(set) lazy var greeks: BlackScholesColumns? = {
        guard let expiries, let closes = numbers(.close), let strikes = numbers(.strike), let volatilities = numbers(.impliedVolatility)
        else { return nil }
        return BlackScholesColumns(
            described: keys.map { $0.kind == .put }, closes: closes, strikes: strikes, volatilities: volatilities, quoteDates: quoteDates,
            expiries: expiries)
    }()

    /// The contracts of rows, `nil` for an invalid one; `nil` for stock rows.
    /// - Parameter name: of a ticker, by the store's number.
    func contracts(_ name: @escaping (UInt32) -> String) -> ((Int) -> OptionContract?)? {
        guard let expiries, let readRoots, let strikes = numbers(.strike) else { return nil }
        let (roots, keys) = (reading(readRoots, 0), keys)
        return { row in
            try? OptionContract(
                root: name(roots[row]), expiry: Day(rawValue: expiries[row]), kind: keys[row].kind == .put ? .put : .call,
                strikeThousandths: Int32((strikes[row] * 1000).rounded()))
        }
    }

    /// The numbers of a field by row; `nil` when rows of this kind have no such number.
    func numbers(_ field: Field) -> [Double]? {
        if let known = known[field] { return known }
        let numbers =
            storedNumbers(field) ?? ContractNumbers.numbers(field, of: self) ?? days?.numbers(field, keys: keys, days: quoteDates)
            ?? expiries.flatMap { days?.ranks(field, keys: keys, days: quoteDates, expiries: $0) } ?? days?.strikes(field, self)
        known[field] = .some(numbers)
        return numbers
    }

    private func storedNumbers(_ field: Field) -> [Double]? {
        do {
            return try stored(field)
        } catch {
            failure = failure ?? error
            return nil
        }
    }

    /// Whether the number of each row lies within bounds; `nil` when rows of this kind have no such number.
    func verdicts(_ field: Field, _ bounds: Bounds) -> [Verdict]? {
        if known[field] == nil, let floats = floats(field) { return Self.verdicts(floats, bounds) }
        return numbers(field).map { numbers in numbers.map { $0.isNaN ? .unknown : bounds.contains($0) ? .yes : .no } }
    }

    private func floats(_ field: Field) -> ArraySlice<Float>? {
        do {
            return try storedFloats(field)
        } catch {
            failure = failure ?? error
            return nil
        }
    }

    /// Compares in the precision of the column. Rounding preserves the order of decimals, so only a value that equals a rounded bound
    /// must be compared as a decimal.
    private static func verdicts(_ floats: ArraySlice<Float>, _ bounds: Bounds) -> [Verdict] {
        let low = bounds.lower.map { Float($0.value) } ?? -.infinity
        let high = bounds.upper.map { Float($0.value) } ?? .infinity
        return [Verdict](unsafeUninitializedCapacity: floats.count) { verdicts, count in
            floats.withUnsafeBufferPointer { floats in
                for index in floats.indices {
                    let value = floats[index]
                    var verdict = value > low && value < high ? Verdict.yes : .no
                    if value.isNaN { verdict = .unknown }
                    if value == low || value == high { verdict = bounds.contains(value.asDecimal) ? .yes : .no }
                    verdicts.initializeElement(at: index, to: verdict)
                }
            }
            count = floats.count
        }
    }

    /// The number of one row; `nil` when it is missing.
    func number(_ field: Field, at row: Int) -> Double? {
        guard let value = numbers(field)?[row], !value.isNaN else { return nil }
        return value
    }

    /// Whether a search can use a field; others need measures that the store does not have.
    static func computes(_ field: Field) -> Bool {
        OptionRows.fields[field] != nil || StockRows.fields[field] != nil || ContractNumbers.fields.contains(field)
            || DayNumbers.fields.contains(field) || StrikeLadders.fields.contains(field)
    }
}
