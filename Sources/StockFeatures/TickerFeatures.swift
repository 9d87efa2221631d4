internal import Base
import HDF5
import MarketData
import ObjectStore

/// The features of one ticker: rows of numbers, each with its day.
public struct TickerFeatures: Sendable {
    public let ticker: String
    /// The day of each row, ascending.
    public let days: [Day]
    /// Numbers a row.
    public let width: Int
    let file: String
    let storage: Storage
    /// Where each row stands in the file; nil when they stand in the order of their days.
    let order: [Int]?

    enum Storage: Sendable {
        /// In one piece of the mapped file.
        case mapped(MemoryMap, offset: Int)
        /// To be read through the library.
        case dataset(HDF5Dataset)
        /// Rows from `first` on; earlier ones are not there.
        case memory([Float], first: Int)
    }

    /// Whether rows are read where they lie in the file, without a copy.
    public var isMapped: Bool {
        if case .mapped = storage { return order == nil }
        return false
    }

    /// The row of a day, found by this ticker's own calendar; nil when it has none.
    public func row(on day: Day) -> Int? {
        let row = firstRow(from: day)
        return row < days.count && days[row] == day ? row : nil
    }

    /// The first row of that day or a later one; the number of rows when there is none.
    public func firstRow(from day: Day) -> Int {
        var low = 0
        var high = days.count
        while low < high {
            let middle = (low + high) / 2
            if days[middle] < day { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Rows as they lie one after another.
    ///
    /// Rows of a mapped table are the file's own memory; others are read once, here.
    /// - Parameter rows: within the table.
    /// - Throws: `FeatureFileError`, naming the ticker, when they cannot be read or there are no such rows.
    public func rows(_ rows: Range<Int>) throws(FeatureFileError) -> FeatureRows {
        guard rows.lowerBound >= 0, rows.upperBound <= days.count else {
            throw FeatureFileError(file: file, ticker: ticker, "has no rows \(rows), only \(days.count)")
        }
        do throws(HDF5Error) {
            guard let order else { return try stored(rows) }
            return try sorted(rows, order)
        } catch {
            throw FeatureFileError(file: file, ticker: ticker, error.within(file))
        }
    }

    /// Rows in the order of the file.
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

    /// Rows in the order of their days: what they stand among is read once, and sorted.
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
    /// Which rows of the ticker they are.
    public let rows: Range<Int>
    /// Numbers a row.
    public let width: Int
    let storage: Storage

    enum Storage: Sendable {
        case mapped(MemoryMap, offset: Int)
        case values([Float])
    }

    /// Calls `body` with the bytes of some of the rows (little-endian float32, row-major), which are valid within it.
    ///
    /// HDF5 puts data at any byte: the bytes of a mapped file need not lie at a multiple of four.
    /// - Parameter wanted: rows of the ticker, within `rows`; anything else gives no bytes.
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

    /// A copy of some of the rows, with every row made as long as a model reads.
    /// - Parameter width: numbers a row; zeros are added to rows that are shorter, what is over is left out.
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
    /// The rows up to a day and some noise in place of the later ones, to check that nothing depends on them.
    /// - Parameter count: rows up to the day that are kept; earlier ones must not be asked for.
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
