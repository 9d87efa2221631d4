import Foundation
public import MarketData

/// Everything in a cache file except the cells.
package struct CacheLayout: Sendable {
    package var fingerprint: CacheFingerprint
    package var type: CacheVectorType
    /// Numbers per vector.
    package var dimension: Int
    /// Ascending.
    package var days: [Day]
    /// In ascending byte order.
    package var tickers: [String]
    /// Name of the feature file, for display.
    package var dataset: String

    package init(fingerprint: CacheFingerprint, type: CacheVectorType, dimension: Int, days: [Day], tickers: [String], dataset: String) {
        self.fingerprint = fingerprint
        self.type = type
        self.dimension = dimension
        self.days = days
        self.tickers = tickers
        self.dataset = dataset
    }

    var bytesPerVector: Int { type.byteCount(dimension: dimension) }

    /// Size of the file in bytes, within a few kilobytes: statuses, window digests, scales, errors, vectors, days and their
    /// digests, names.
    var fileBytes: Int {
        let bytesPerCell = 1 + 8 + (type == .int8 ? 4 : 0) + (type == .f32 ? 0 : 4) + bytesPerVector
        let names = tickers.count * (tickers.map(\.utf8.count).max() ?? 0)
        return days.count * tickers.count * bytesPerCell + days.count * (4 + 32) + names + 8192
    }
}

/// The cells of one day, one per ticker.
package struct DayBlock {
    var status: [UInt8]
    /// First 8 bytes of the SHA-256 of the encoded window; 0 if unknown.
    var windows: [UInt64]
    /// For int8; empty otherwise.
    var scales: [Float]
    /// For f16 and int8; empty otherwise.
    var errors: [Float]
    /// Tickers x bytes per vector; zeros where there is no vector.
    var vectors: [UInt8]
    private let bytesPerVector: Int

    init(_ layout: CacheLayout) {
        let count = layout.tickers.count
        bytesPerVector = layout.bytesPerVector
        status = [UInt8](repeating: 0, count: count)
        windows = [UInt64](repeating: 0, count: count)
        scales = [Float](repeating: 0, count: layout.type == .int8 ? count : 0)
        errors = [Float](repeating: 0, count: layout.type == .f32 ? 0 : count)
        vectors = [UInt8](repeating: 0, count: count * bytesPerVector)
    }

    /// Resets every cell to `.notTried`.
    mutating func clear() {
        for index in status.indices { status[index] = 0 }
        for index in windows.indices { windows[index] = 0 }
        for index in scales.indices { scales[index] = 0 }
        for index in errors.indices { errors[index] = 0 }
        vectors.withUnsafeMutableBytes { bytes in
            if let base = bytes.baseAddress { memset(base, 0, bytes.count) }
        }
    }

    /// - Throws: `.mismatch` for a vector of another size. Left out, it would be stored as zeros under a valid checksum.
    package mutating func set(
        _ ticker: Int, _ status: CellStatus, window: UInt64 = 0, scale: Float = 0, error: Float = 0,
        vector: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) throws(CacheError) {
        guard vector.count == bytesPerVector || vector.isEmpty && status != .cached else {
            throw CacheError(.mismatch, "", "a vector of \(vector.count) bytes does not fit a cache whose vectors have \(bytesPerVector)")
        }
        self.status[ticker] = status.rawValue
        windows[ticker] = window
        if !scales.isEmpty { scales[ticker] = scale }
        if !errors.isEmpty { errors[ticker] = error }
        guard !vector.isEmpty else { return }
        vectors.withUnsafeMutableBytes { bytes in
            UnsafeMutableRawBufferPointer(rebasing: bytes[ticker * bytesPerVector..<(ticker + 1) * bytesPerVector])
                .copyMemory(from: vector)
        }
    }
}

/// A failed cell and its reason.
public struct CacheFailure: Sendable, Hashable, Codable {
    /// Ticker of the cell.
    public let ticker: String
    /// Day of the cell.
    public let day: Day
    /// Why the cell has no vector.
    public let reason: String
}
