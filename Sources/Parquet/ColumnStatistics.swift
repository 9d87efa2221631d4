/// The lowest and the highest value of a column in a row group, in the encoding of plain values.
package struct ColumnStatistics {
    package var minimum: [UInt8]
    package var maximum: [UInt8]

    /// Of numbers in their own order; `nil` without any.
    package static func numbers<Number: FixedWidthInteger & BitwiseCopyable>(_ values: [Number]) -> ColumnStatistics? {
        guard var low = values.first else { return nil }
        var high = low
        for value in values {
            low = Swift.min(low, value)
            high = Swift.max(high, value)
        }
        return ColumnStatistics(minimum: bytes(low), maximum: bytes(high))
    }

    /// Of floating-point numbers, NaN left out; `nil` without any. A zero minimum is written as −0 and a zero maximum as +0, as the
    /// format requires: because readers may not distinguish them.
    package static func decimals<Number: BinaryFloatingPoint & BitwiseCopyable>(_ values: [Number]) -> ColumnStatistics? {
        var (low, high) = (Number.infinity, -Number.infinity)
        var isEmpty = true
        for value in values where !value.isNaN {
            isEmpty = false
            low = Swift.min(low, value)
            high = Swift.max(high, value)
        }
        guard !isEmpty else { return nil }
        return ColumnStatistics(minimum: bytes(low == 0 ? -Number.zero : low), maximum: bytes(high == 0 ? Number.zero : high))
    }

    /// Of texts in the order of their bytes; `nil` without any.
    package static func texts(_ texts: some Sequence<ArraySlice<UInt8>>) -> ColumnStatistics? {
        var bounds: (low: ArraySlice<UInt8>, high: ArraySlice<UInt8>)?
        for text in texts {
            guard let found = bounds else {
                bounds = (text, text)
                continue
            }
            if text.lexicographicallyPrecedes(found.low) { bounds?.low = text }
            if found.high.lexicographicallyPrecedes(text) { bounds?.high = text }
        }
        return bounds.map { ColumnStatistics(minimum: Array($0.low), maximum: Array($0.high)) }
    }

    static func booleans(_ values: [Bool]) -> ColumnStatistics? {
        guard !values.isEmpty else { return nil }
        return ColumnStatistics(minimum: [values.allSatisfy { $0 } ? 1 : 0], maximum: [values.contains(true) ? 1 : 0])
    }

    // The processors that Tapedeck runs on are little-endian, as the format is.
    private static func bytes<Value: BitwiseCopyable>(_ value: Value) -> [UInt8] { Swift.withUnsafeBytes(of: value) { Array($0) } }
}
