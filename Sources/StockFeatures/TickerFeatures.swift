import Base
import HDF5
public import MarketData
import ObjectStore

/// Features of one ticker: rows of numbers, one per day.
public struct TickerFeatures: Sendable {
    /// The ticker.
    public let ticker: String
    /// The day of each row, ascending.
    public let days: [Day]
    /// Numbers per row.
    public let width: Int
    let file: String
    let storage: Storage
    /// Stored position of each row; nil when rows are stored in day order.
    let order: [Int]?

    enum Storage: Sendable {
        /// Contiguous in the mapped file.
        case mapped(MemoryMap, offset: Int)
        /// Read through the HDF5 library.
        case dataset(HDF5Dataset)
        /// Rows from `first` on; earlier rows are not available.
        case memory([Float], first: Int)
    }

    /// Whether rows are accessed in the mapped file, without a copy.
    public var isMapped: Bool {
        if case .mapped = storage { return order == nil }
        return false
    }

    /// Index of the row for a day in this ticker's calendar; nil when there is none.
    public func row(on day: Day) -> Int? {
        let row = firstRow(from: day)
        return row < days.count && days[row] == day ? row : nil
    }

    /// Index of the first row on or after a day; the number of rows when there is none.
    public func firstRow(from day: Day) -> Int {
        var low = 0
        var high = days.count
        while low < high {
            let middle = (low + high) / 2
            if days[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Reads consecutive rows.
    ///
    /// Rows of a mapped table are not copied; others are read once, by this call.
    /// - Parameter rows: indices within the table.
    /// - Throws: `FeatureFileError` naming the ticker when the rows cannot be read or do not exist.
    public func rows(_ rows: Range<Int>) throws(FeatureFileError) -> FeatureRows {
        guard rows.lowerBound >= 0, rows.upperBound <= days.count else {
            throw FeatureFileError(file: file, ticker: ticker, "has no rows \(rows), only \(days.count)")
        }
        do throws(HDF5Error) {
            guard let order else { return try stored(rows) }
            return try sorted(rows, order)
        } catch {
            throw FeatureFileError(file: file, ticker: ticker, error)
        }
    }

    /// Rows in stored order.
    private func stored(_ rows: Range<Int>) throws(HDF5Error) -> FeatureRows {
        switch storage {
        case .mapped(let mapped, let offset):
            let rowBytes = width * MemoryLayout<Float>.stride
            return FeatureRows(
                rows: rows, width: width, storage: .mapped(mapped, offset: offset + rows.lowerBound * rowBytes))
        case .memory(let values, let first):
            let low = max(0, (rows.lowerBound - first) * width), high = max(low, (rows.upperBound - first) * width)
            return FeatureRows(rows: rows, width: width, storage: .values(Array(values[low..<min(high, values.count)])))
        case .dataset(let dataset) where dataset.type == .float64:
            return FeatureRows(rows: rows, width: width, storage: .values(try dataset.read(Double.self, rows: rows).map { Float($0) }))
        case .dataset(let dataset):
            return FeatureRows(rows: rows, width: width, storage: .values(try dataset.read(rows: rows)))
        }
    }

    /// Rows in day order. Reads the stored range that contains them once, and sorts.
    private func sorted(_ rows: Range<Int>, _ order: [Int]) throws(HDF5Error) -> FeatureRows {
        let places = order[rows]
        guard let first = places.min(), let last = places.max() else { return FeatureRows(rows: rows, width: width, storage: .values([])) }
        let all = try stored(first..<last + 1)
        var values: [Float] = []
        values.reserveCapacity(rows.count * width)
        for place in places { values += all.values(place..<place + 1, width: width) }
        return FeatureRows(rows: rows, width: width, storage: .values(values))
    }
}

/// Some consecutive rows of a ticker's features.
public struct FeatureRows: Sendable {
    /// Indices of the rows in the ticker's table.
    public let rows: Range<Int>
    /// Numbers per row.
    public let width: Int
    let storage: Storage

    enum Storage: Sendable {
        case mapped(MemoryMap, offset: Int)
        case values([Float])
    }

    /// Calls `body` with the bytes of some of the rows (little-endian float32, row-major), which are valid only during the
    /// call.
    ///
    /// The bytes may be unaligned: HDF5 stores data at any offset, so those of a mapped file need not start at a multiple of
    /// four.
    /// - Parameter wanted: indices of rows within `rows`; any other range gives no bytes.
    /// - Throws: errors of `body`.
    public func withBytes<Result>(_ wanted: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        guard rows.contains(wanted) else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let rowBytes = width * MemoryLayout<Float>.stride
        let start = (wanted.lowerBound - rows.lowerBound) * rowBytes
        switch storage {
        case .values(let values):
            return try values.withUnsafeBytes { bytes in
                try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + wanted.count * rowBytes]))
            }
        case .mapped(let mapped, let offset):
            return try mapped.withBytes { bytes in
                try body(UnsafeRawBufferPointer(rebasing: bytes[offset + start..<offset + start + wanted.count * rowBytes]))
            }
        }
    }

    /// Copies some of the rows, adjusted to a model's width.
    /// - Parameter width: numbers per row of the result; shorter rows are padded with zeros, longer rows are truncated.
    /// - Returns: `wanted.count` x `width` numbers, row-major.
    public func values(_ wanted: Range<Int>, width target: Int) -> [Float] {
        withBytes(wanted) { bytes in
            let rowCount = bytes.count / (width * MemoryLayout<Float>.stride)
            return [Float](unsafeUninitializedCapacity: rowCount * target) { buffer, filled in
                let destination = UnsafeMutableRawBufferPointer(buffer)
                let rowBytes = width * MemoryLayout<Float>.stride
                let targetBytes = target * MemoryLayout<Float>.stride
                if width == target {
                    destination.copyMemory(from: bytes)
                } else {
                    let kept = min(rowBytes, targetBytes)
                    for row in 0..<rowCount {
                        let place = UnsafeMutableRawBufferPointer(
                            rebasing: destination[row * targetBytes..<(row + 1) * targetBytes])
                        place.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[row * rowBytes..<row * rowBytes + kept]))
                        for byte in place[kept...].indices { place[byte] = 0 }
                    }
                }
                filled = rowCount * target
            }
        }
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        other.lowerBound >= lowerBound && other.upperBound <= upperBound
    }
}

extension TickerFeatures {
    /// Replaces all rows after a day by noise, to check that nothing depends on them.
    /// - Parameter count: number of rows up to the day to keep; earlier rows must not be read.
    /// - Throws: `FeatureFileError` when the rows cannot be read.
    package func withNoise(after day: Day, keeping count: Int, seed: UInt64) throws(FeatureFileError) -> TickerFeatures {
        let split = firstRow(from: day.adding(days: 1)), first = max(0, split - count), end = min(days.count, split + Self.noiseRows)
        var values = try rows(first..<split).values(first..<split, width: width)
        var random = SplitMix64(state: seed)
        for _ in 0..<(end - split) * width { values.append(Float(Int64(bitPattern: random.next()) >> 40) * 0x1p-20) }
        return TickerFeatures(
            ticker: ticker, days: Array(days[..<end]), width: width, file: file, storage: .memory(values, first: first), order: nil)
    }

    private static let noiseRows = 20
}
