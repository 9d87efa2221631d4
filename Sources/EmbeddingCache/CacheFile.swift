import Base
import Digests
import Foundation
import HDF5
public import MarketData
import ObjectStore
import StockFeatures

/// A cache file, open for reading: the index is in memory and the vectors are in the mapped file.
///
/// Opening checks every number of the index once, so that no later access can reach outside the mapping.
public final class CacheFile: Sendable {
    /// Path as given to `init`.
    public let path: String
    /// Model, windows and width rule of the vectors.
    public let fingerprint: CacheFingerprint
    /// How vectors are stored.
    public let vectorType: CacheVectorType
    /// Numbers per vector.
    public let dimension: Int
    /// Days, ascending.
    public let days: [Day]
    /// Tickers, in ascending byte order.
    public let tickers: [String]
    /// Name of the feature file that the vectors were made from.
    public let dataset: String
    /// Failed cells and their reasons, by day and ticker.
    public let failures: [CacheFailure]
    /// Size of the file, in bytes.
    public var byteCount: Int { mapped.count }

    let layout: CacheLayout
    private let mapped: MemoryMap
    private let blocks: Blocks
    private let fingerprintText: String
    private let dayPlaces: [Day: Int]
    private let tickerPlaces: [String: Int]
    private let statuses: [UInt8]

    private struct Blocks {
        let windows, vectors: Int
        let scales, errors: Int?
        let indexDigest: [UInt8]
        let dayDigestBytes: [UInt8]
    }

    /// Opens a file and checks its index.
    /// - Throws: `CacheError` when the file is missing, not a cache file, damaged, or of a later format.
    public init(_ path: String) throws(CacheError) {
        do {
            let read = try CacheFileReading(path)
            self.path = path
            (fingerprint, fingerprintText) = (read.layout.fingerprint, read.fingerprintText)
            vectorType = read.layout.type
            dimension = read.layout.dimension
            days = read.layout.days
            tickers = read.layout.tickers
            dataset = read.layout.dataset
            failures = read.failures
            layout = read.layout
            mapped = read.mapped
            statuses = read.statuses
            blocks = Blocks(
                windows: read.windows, vectors: read.vectors, scales: read.scales, errors: read.errors,
                indexDigest: read.indexDigest, dayDigestBytes: read.dayDigestBytes)
        } catch let error as CacheError {
            throw error
        } catch let error as HDF5Error {
            throw CacheError(error.code == .cannotOpen ? .unavailable : .malformed, path, error.within(path))
        } catch {
            throw CacheError(.unavailable, path, "could not be read: \(error)")
        }
        dayPlaces = Dictionary(uniqueKeysWithValues: days.enumerated().map { ($1, $0) })
        tickerPlaces = Dictionary(uniqueKeysWithValues: tickers.enumerated().map { ($1, $0) })
        guard indexDigest() == blocks.indexDigest else {
            throw CacheError(
                .malformed, path, "its index does not agree with its checksum: the file is damaged; restore it or build it again")
        }
    }

    /// Index of a day in `days`.
    func place(of day: Day) -> Int? { dayPlaces[day] }

    /// Index of a ticker in `tickers`.
    func place(of ticker: String) -> Int? { tickerPlaces[ticker] }

    func status(day: Int, ticker: Int) -> CellStatus {
        CellStatus(rawValue: statuses[day * tickers.count + ticker]) ?? .notTried
    }

    /// Status of a ticker on a day; nil when the ticker or the day is not in the cache.
    public func status(of ticker: String, on day: Day) -> CellStatus? {
        guard let place = dayPlaces[day], let column = tickerPlaces[ticker] else { return nil }
        return status(day: place, ticker: column)
    }

    /// Number of cells by status.
    public func counts() -> [CellStatus: Int] {
        var counts = [Int](repeating: 0, count: CellStatus.allCases.count)
        for status in statuses { counts[Int(status)] += 1 }
        return Dictionary(uniqueKeysWithValues: CellStatus.allCases.map { ($0, counts[Int($0.rawValue)]) })
    }

    /// Number of cells of a day that have a vector.
    public func cachedCount(day: Int) -> Int {
        statuses[day * tickers.count..<(day + 1) * tickers.count].reduce(0) {
            $0 + ($1 == CellStatus.cached.rawValue ? 1 : 0)
        }
    }

    /// Mean and largest relative rounding error of all vectors: length of the rounding error over length of the vector. nil
    /// for f32.
    public func roundingErrors() -> (mean: Double, largest: Double)? {
        guard let errors = blocks.errors else { return nil }
        return mapped.withBytes { bytes in
            var sum = 0.0
            var largest = 0.0
            var count = 0
            for cell in statuses.indices where statuses[cell] == CellStatus.cached.rawValue {
                let error = Double(bytes.loadUnaligned(fromByteOffset: errors + cell * 4, as: Float.self))
                sum += error
                largest = max(largest, error)
                count += 1
            }
            return (count > 0 ? sum / Double(count) : 0, largest)
        }
    }

    /// First 8 bytes of the SHA-256 of the encoded window; 0 if unknown.
    func window(day: Int, ticker: Int) -> UInt64 {
        mapped.withBytes {
            $0.loadUnaligned(fromByteOffset: blocks.windows + (day * tickers.count + ticker) * 8, as: UInt64.self)
        }
    }

    func scale(day: Int, ticker: Int) -> Float { number(blocks.scales, day, ticker) }
    func error(day: Int, ticker: Int) -> Float { number(blocks.errors, day, ticker) }

    private func number(_ block: Int?, _ day: Int, _ ticker: Int) -> Float {
        guard let block else { return 0 }
        return mapped.withBytes {
            $0.loadUnaligned(fromByteOffset: block + (day * tickers.count + ticker) * 4, as: Float.self)
        }
    }

    /// Calls `body` with a vector's stored bytes, in the mapped file.
    func withVector<Result>(
        day: Int, ticker: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let size = layout.bytesPerVector
        let start = blocks.vectors + (day * tickers.count + ticker) * size
        return try mapped.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + size])) }
    }

    /// Asks the system to read some vectors of a day in the background.
    /// - Parameter tickers: places in `tickers`, in any order.
    func prefetch(day: Int, tickers wanted: [Int]) {
        let size = layout.bytesPerVector, first = blocks.vectors + day * tickers.count * size
        var range: Range<Int>?
        for ticker in wanted.sorted() {
            let own = first + ticker * size..<first + (ticker + 1) * size
            guard let known = range, known.upperBound == own.lowerBound else {
                if let range { mapped.prefetch(range) }
                range = own
                continue
            }
            range = known.lowerBound..<own.upperBound
        }
        if let range { mapped.prefetch(range) }
    }

    /// Copies a cell as stored.
    /// - Throws: `.mismatch` when the block's vectors have another size.
    func copy(day: Int, ticker: Int, to place: Int, of block: inout DayBlock) throws {
        try withVector(day: day, ticker: ticker) { vector in
            try block.set(
                place, status(day: day, ticker: ticker), window: window(day: day, ticker: ticker),
                scale: scale(day: day, ticker: ticker), error: error(day: day, ticker: ticker), vector: vector)
        }
    }

    /// Checks days before they are copied. A copy gets its own checksum, which would hide damage.
    /// - Parameter wanted: days to check; those that are not in the file are skipped.
    /// - Throws: `.damaged` naming the days.
    func requireIntact(_ wanted: some Sequence<Day>) throws(CacheError) {
        let damaged = wanted.filter { day in dayPlaces[day].map { !isIntact(day: $0) } ?? false }
        guard !damaged.isEmpty else { return }
        let names = damaged.prefix(5).map(\.description).joined(separator: ",")
        throw CacheError(
            .damaged, path,
            "\(damaged.count) of its days do not agree with their checksums: \(names)"
                + (damaged.count > 5 ? " and \(damaged.count - 5) more" : "") + "; nothing was written. 'tapedeck cache verify' lists them, "
                + "'tapedeck cache prune --drop-days \(names)' takes them out, and 'tapedeck cache append' encodes them again")
    }

    /// Whether a day's cells match their checksum.
    public func isIntact(day: Int) -> Bool {
        let first = day * tickers.count
        var digest = DigestBuilder()
        statuses[first..<first + tickers.count].withUnsafeBytes { digest.update($0) }
        mapped.withBytes { bytes in
            func add(_ block: Int?, _ size: Int) {
                guard let block else { return }
                let start = block + first * size
                digest.update(UnsafeRawBufferPointer(rebasing: bytes[start..<start + tickers.count * size]))
            }
            add(blocks.windows, 8)
            add(blocks.scales, 4)
            add(blocks.errors, 4)
            add(blocks.vectors, layout.bytesPerVector)
        }
        return digest.finish().bytes == Array(blocks.dayDigestBytes[day * 32..<(day + 1) * 32])
    }

    private func indexDigest() -> [UInt8] {
        CacheIndexDigest.make(
            fingerprint: fingerprintText, layout: layout, failures: failures, statuses: statuses,
            dayDigests: blocks.dayDigestBytes)
    }
}

extension HDF5Error {
    /// The message without the file name, which the caller adds.
    func within(_ path: String) -> String {
        let text = description
        return text.hasPrefix(path + ": ") ? String(text.dropFirst(path.count + 2)) : text
    }
}
