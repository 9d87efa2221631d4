/// Rows of one kind as columns, all of the same length.
///
/// A type declares each column once (`RowColumn`): files, blocks in memory, predicates of questions, the JSON of results and
/// the table in docs/formats.md follow from the declarations. A column that was not filled is empty.
public protocol RowColumns: Sendable {
    init()
    static var columns: [RowColumn<Self>] { get }
}

/// The declaration of a column: its names, the meaning of its numbers, and the place of its values.
public struct RowColumn<Rows>: Sendable {
    /// The place of the values, by stored type.
    public enum Values: Sendable {
        case uint8(WritableKeyPath<Rows, [UInt8]> & Sendable)
        case uint32(WritableKeyPath<Rows, [UInt32]> & Sendable)
        case uint64(WritableKeyPath<Rows, [UInt64]> & Sendable)
        case int32(WritableKeyPath<Rows, [Int32]> & Sendable)
        case int64(WritableKeyPath<Rows, [Int64]> & Sendable)
        case float(WritableKeyPath<Rows, [Float]> & Sendable)
    }

    /// The dataset in a batch file.
    public let name: String
    public let values: Values
    public let unit: ColumnUnit
    /// How an absent value is stored.
    public let missing: MissingValue
    /// Further notes for docs/formats.md.
    public let note: String?
    /// The column of the source file that holds it; `nil` if it is derived.
    public let source: String?
    /// The member of a search result that shows it; `nil` if results do not show it.
    public let output: String?
    /// The name by which conditions, orders and measures of a question refer to its number (`Field` of `Questions`); `nil` if
    /// they cannot.
    public let field: String?
    /// Whether zone maps bound its numbers, where it has a `field`.
    public let isBounded: Bool
    /// The names of coded values, for programs that read exports; empty for other columns.
    public let labels: [UInt8: String]

    public init(
        _ name: String, _ values: Values, _ unit: ColumnUnit, missing: MissingValue = .never, note: String? = nil,
        source: String? = nil, output: String? = nil, field: String? = nil, isBounded: Bool = true, labels: [UInt8: String] = [:]
    ) {
        self.name = name
        self.values = values
        self.unit = unit
        self.missing = missing
        self.note = note
        self.source = source
        self.output = output
        self.field = field
        self.isBounded = isBounded
        self.labels = labels
    }
}

/// What the numbers of a column count.
public enum ColumnUnit: Sendable {
    case dollars, thousandthsOfDollar, contracts, shares
    /// 1.0 = 100 %.
    case fraction
    /// Days since 1970-01-01.
    case day
    /// A place in the source: a file of the batch, a line of the file.
    case fileNumber, lineNumber
    case tickerNumber, descriptionKey, code, greek

    /// In docs/formats.md.
    public var words: String? {
        switch self {
        case .dollars: "dollars"
        case .thousandthsOfDollar: "thousandths of a dollar"
        case .contracts: "contracts"
        case .shares: "shares"
        case .fraction: "1.0 = 100 %"
        case .day: "days since 1970-01-01"
        case .fileNumber: "index into `files/key`"
        case .lineNumber: "line in the source file; the header is line 1"
        case .tickerNumber: "ticker number"
        case .descriptionKey: "key"
        case .code, .greek: nil
        }
    }
}

/// How an absent value is stored.
public enum MissingValue: Sendable {
    case never, nan, minusOne

    /// In docs/formats.md.
    public var words: String? {
        switch self {
        case .never: nil
        case .nan: "NaN when empty"
        case .minusOne: "-1 when empty"
        }
    }
}

extension RowColumn {
    /// The type of the values, as in docs/formats.md.
    public var typeName: String {
        switch values {
        case .uint8: "uint8"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .int32: "int32"
        case .int64: "int64"
        case .float: "float32"
        }
    }

    /// The meaning of the column, for docs/formats.md.
    public var meaning: String {
        let unit = [unit.words, note].compactMap(\.self).joined(separator: note?.hasPrefix("of ") == true ? " " : "; ")
        return ([unit] + [missing.words].compactMap(\.self)).joined(separator: "; ")
    }

    /// The number of one row, as `numbers` gives it.
    public func number(_ rows: Rows, at index: Int) -> Double {
        func one<Value>(_ values: [Value], _ number: (Value) -> Double) -> Double { values.isEmpty ? .nan : number(values[index]) }
        switch values {
        case .uint8(let path): return one(rows[keyPath: path]) { Double($0) }
        case .uint32(let path): return one(rows[keyPath: path]) { Double($0) }
        case .uint64(let path): return one(rows[keyPath: path]) { Double($0) }
        case .int32(let path): return one(rows[keyPath: path], number)
        case .int64(let path): return one(rows[keyPath: path]) { $0 < 0 && missing == .minusOne ? .nan : Double($0) }
        case .float(let path): return one(rows[keyPath: path], \.asDecimal)
        }
    }

    private func number(_ value: Int32) -> Double {
        if value < 0, missing == .minusOne { return .nan }
        // Division, because 0.001 is no binary fraction: 92860 / 1000 is exactly the double 92.86.
        return unit == .thousandthsOfDollar ? Double(value) / 1000 : Double(value)
    }

    /// The numbers of some rows in the column's unit, NaN if the value is missing or the column was not filled.
    ///
    /// A decimal price is returned as that decimal, not as its binary neighbour: 22.85, not 22.850000381469727.
    public func numbers(_ rows: Rows, _ range: Range<Int>) -> [Double] {
        let isOptional = missing == .minusOne
        switch values {
        case .uint8(let path): return integers(rows[keyPath: path], range, isOptional: false)
        case .uint32(let path): return integers(rows[keyPath: path], range, isOptional: false)
        case .uint64(let path): return integers(rows[keyPath: path], range, isOptional: false)
        case .int32(let path): return integers(rows[keyPath: path], range, isOptional: isOptional, divisor: unit == .thousandthsOfDollar ? 1000 : 1)
        case .int64(let path): return integers(rows[keyPath: path], range, isOptional: isOptional)
        case .float(let path): return decimals(rows[keyPath: path], range)
        }
    }
}

// Outside the generic type, so that the loops are compiled for each type of value.

private func integers<Value: FixedWidthInteger>(_ values: [Value], _ range: Range<Int>, isOptional: Bool, divisor: Double = 1) -> [Double] {
    guard !values.isEmpty else { return [Double](repeating: .nan, count: range.count) }
    return [Double](unsafeUninitializedCapacity: range.count) { numbers, count in
        values[range].withUnsafeBufferPointer { values in
            for index in values.indices {
                let value = values[index]
                // Division, because 0.001 is no binary fraction: 92860 / 1000 is exactly the double 92.86.
                numbers.initializeElement(at: index, to: isOptional && value < 0 ? .nan : Double(value) / divisor)
            }
        }
        count = range.count
    }
}

private func decimals(_ values: [Float], _ range: Range<Int>) -> [Double] {
    guard !values.isEmpty else { return [Double](repeating: .nan, count: range.count) }
    return [Double](unsafeUninitializedCapacity: range.count) { numbers, count in
        values[range].withUnsafeBufferPointer { values in
            for index in values.indices { numbers.initializeElement(at: index, to: values[index].asDecimal) }
        }
        count = range.count
    }
}

extension Float {
    /// The double of the shortest decimal that rounds to this number: 100.8, not 100.80000305. Slower than `asDecimal`, but
    /// exact for numbers with more decimals.
    public var shortestDecimal: Double { Double(description) ?? Double(self) }

    /// The double of the decimal that rounds to the number: 22.85, not 22.850000381469727. NaN stays NaN.
    public var asDecimal: Double {
        let exact = Double(self)
        // Prices have two to four decimals, other figures up to six.
        for scale in [100.0, 10_000, 1_000_000] where exact.magnitude * scale < 0x1p53 {
            let decimal = (exact * scale).rounded() / scale
            if Float(decimal) == self { return decimal }
        }
        return exact
    }
}

extension RowColumns {
    /// The column of that name.
    public static func column(_ name: String) -> RowColumn<Self>? { columns.first { $0.name == name } }

    /// The rows at `order`, in that order.
    package func reordered(_ order: [UInt32]) -> Self {
        var result = Self()
        for column in Self.columns {
            switch column.values {
            case .uint8(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .uint32(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .uint64(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .int32(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .int64(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            case .float(let path): result[keyPath: path] = gathered(self[keyPath: path], order)
            }
        }
        return result
    }

    /// Adds all rows of `other` at the end.
    package mutating func append(contentsOf other: Self) {
        for column in Self.columns {
            switch column.values {
            case .uint8(let path): self[keyPath: path] += other[keyPath: path]
            case .uint32(let path): self[keyPath: path] += other[keyPath: path]
            case .uint64(let path): self[keyPath: path] += other[keyPath: path]
            case .int32(let path): self[keyPath: path] += other[keyPath: path]
            case .int64(let path): self[keyPath: path] += other[keyPath: path]
            case .float(let path): self[keyPath: path] += other[keyPath: path]
            }
        }
    }
}

/// `values` at `order`; empty for an empty column. Outside the protocol's extension, so that the loop is compiled for each type
/// of value.
package func gathered<Value: BitwiseCopyable>(_ values: [Value], _ order: [UInt32]) -> [Value] {
    guard !values.isEmpty else { return [] }
    return [Value](unsafeUninitializedCapacity: order.count) { buffer, count in
        values.withUnsafeBufferPointer { values in
            for (position, index) in order.enumerated() {
                buffer.initializeElement(at: position, to: values[Int(index)])
            }
        }
        count = order.count
    }
}
