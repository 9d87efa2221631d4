import Foundation
import MarketData

/// Outcome for one ticker on one day, as stored in a journal.
struct JournalRecord: Equatable {
    var ticker: String
    var day: Day
    var status: CellStatus
    /// First 8 bytes of the SHA-256 of the encoded window; 0 if unknown.
    var window: UInt64 = 0
    var scale: Float = 0
    var error: Float = 0
    /// The vector as stored; empty unless the cell is cached.
    var vector: [UInt8] = []
    /// Why the cell failed; empty otherwise.
    var reason = ""

    /// Longest reason that is kept, in characters.
    private static let longestReason = 400

    static func failed(_ ticker: String, _ day: Day, _ reason: String) -> JournalRecord {
        let text = reason.unicodeScalars.filter { $0.value >= 32 }.prefix(longestReason)
        return JournalRecord(ticker: ticker, day: day, status: .failed, reason: String(String.UnicodeScalarView(text)))
    }

    /// Bytes before the ticker: day 4, status 1, unused 1, ticker's length 2, window 8, scale 4, error 4.
    static let headerSize = 24

    /// Serialized record, little-endian. The vector or the reason follows the ticker.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerSize + ticker.utf8.count + vector.count + reason.utf8.count)
        func add<Number: BitwiseCopyable>(_ number: Number) {
            withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
        }
        add(day.rawValue)
        add(status.rawValue)
        add(UInt8(0))
        add(UInt16(truncatingIfNeeded: ticker.utf8.count))
        add(window)
        add(scale)
        add(error)
        bytes.append(contentsOf: ticker.utf8)
        bytes.append(contentsOf: vector)
        bytes.append(contentsOf: reason.utf8)
        return bytes
    }

    /// - Parameter vectorSize: bytes per vector.
    /// - Returns: nil if the bytes are not a record.
    init?(_ bytes: UnsafeRawBufferPointer, vectorSize: Int) {
        guard bytes.count >= Self.headerSize, let status = CellStatus(rawValue: bytes[4]) else { return nil }
        let length = Int(bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self))
        guard length > 0, bytes.count - Self.headerSize >= length else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[(Self.headerSize + length)...])
        guard status != .cached || rest.count == vectorSize else { return nil }
        self.init(
            ticker: String(decoding: bytes[Self.headerSize..<Self.headerSize + length], as: UTF8.self),
            day: Day(rawValue: bytes.loadUnaligned(fromByteOffset: 0, as: Int32.self)), status: status,
            window: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            scale: bytes.loadUnaligned(fromByteOffset: 16, as: Float.self),
            error: bytes.loadUnaligned(fromByteOffset: 20, as: Float.self),
            vector: status == .cached ? Array(rest) : [],
            reason: status == .failed ? String(decoding: rest, as: UTF8.self) : "")
    }

    init(
        ticker: String, day: Day, status: CellStatus, window: UInt64 = 0, scale: Float = 0, error: Float = 0,
        vector: [UInt8] = [], reason: String = ""
    ) {
        self.ticker = ticker
        self.day = day
        self.status = status
        self.window = window
        self.scale = scale
        self.error = error
        self.vector = vector
        self.reason = reason
    }
}
