import Digests
import Foundation
import MarketData
import ModelFiles
import StockFeatures

/// Cuts windows from the features of one ticker. This is the only definition of what is encoded for a day.
struct WindowCutter {
    private let fingerprint: CacheFingerprint
    private let features: TickerFeatures
    /// The rows that the requested days need, read once.
    private let loaded: FeatureRows
    private var rowDigests: [Int: Digest] = [:]

    /// - Parameter days: the days whose windows will be requested.
    /// - Throws: `FeatureFileError` naming the ticker, when its rows cannot be read or do not have the model's width.
    init(_ features: TickerFeatures, for days: [Day], _ fingerprint: CacheFingerprint) throws(FeatureFileError) {
        self.features = features
        self.fingerprint = fingerprint
        try Self.requireWidth(features, fingerprint)
        var wanted: Range<Int>?
        for day in days {
            guard case .rows(let rows) = Self.place(day, features, fingerprint) else { continue }
            wanted = wanted.map { min($0.lowerBound, rows.lowerBound)..<max($0.upperBound, rows.upperBound) } ?? rows
        }
        loaded = try features.rows(wanted ?? 0..<0)
    }

    /// - Throws: `FeatureFileError` naming the ticker, when its rows do not have the model's width and must not be fitted.
    static func requireWidth(_ features: TickerFeatures, _ fingerprint: CacheFingerprint) throws(FeatureFileError) {
        guard fingerprint.widthRule == .fit || features.width == fingerprint.model.features else {
            throw FeatureFileError(
                file: "", ticker: features.ticker,
                "has \(features.width) features per row, but the model reads \(fingerprint.model.features); "
                    + "--width fit pads rows with zeros or truncates them")
        }
    }

    enum Place {
        case rows(Range<Int>)
        case none(CellStatus)
    }

    /// The rows of a day's window, or why there is none.
    func place(_ day: Day) -> Place { Self.place(day, features, fingerprint) }

    static func place(_ day: Day, _ features: TickerFeatures, _ fingerprint: CacheFingerprint) -> Place {
        guard let row = features.row(on: day) else { return .none(.noData) }
        guard fingerprint.mode == .window else { return .rows(row..<row + 1) }
        guard row + 1 >= fingerprint.rows else { return .none(.shortHistory) }
        return .rows(row + 1 - fingerprint.rows..<row + 1)
    }

    /// The numbers of a window, as model input.
    func values(_ rows: Range<Int>) -> [Float] {
        var values = loaded.values(rows, width: fingerprint.model.features)
        for column in fingerprint.zeroedColumns ?? [] where column < fingerprint.model.features {
            for place in stride(from: column, to: values.count, by: fingerprint.model.features) { values[place] = 0 }
        }
        guard fingerprint.mode == .repeatRow else { return values }
        var repeated: [Float] = []
        repeated.reserveCapacity(values.count * fingerprint.rows)
        for _ in 0..<fingerprint.rows { repeated += values }
        return repeated
    }

    /// SHA-256 of the digests of a window's rows, as stored in the file. Neighbouring windows share all but one row, so each
    /// row is digested only once.
    mutating func digest(_ rows: Range<Int>) -> Digest {
        var window = DigestBuilder()
        for row in rows {
            let digest: Digest
            if let known = rowDigests[row] {
                digest = known
            } else {
                digest = loaded.withBytes(row..<row + 1) { Digest.sha256(of: $0) }
                rowDigests[row] = digest
            }
            digest.withUnsafeBytes { window.update($0) }
        }
        return window.finish()
    }
}

extension Digest {
    /// The first 8 bytes, little-endian; never 0, which means unknown.
    var short: UInt64 { withUnsafeBytes { Swift.max(1, $0.loadUnaligned(as: UInt64.self)) } }
}
