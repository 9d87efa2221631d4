import Digests
import Encoders
import MarketData
import ModelFiles
import StockFeatures

/// A ticker and its days to try.
struct TickerWork: Sendable {
    let ticker: String
    let days: [Day]
}

/// Cells that are ready to encode.
struct PreparedBatch: Sendable {
    struct Cell: Sendable {
        let ticker: String
        let day: Day
        /// Digest of the window.
        let window: UInt64
        /// Number of the distinct window, counted over the whole build.
        let ordinal: Int
    }

    var windows: WindowBatch
    /// One for each window.
    var cells: [Cell] = []
    /// Cells whose window occurred before, in this batch or an earlier one.
    var duplicates: [Cell] = []
    /// Cells without a window to encode.
    var settled: [JournalRecord] = []

    var cellCount: Int { cells.count + duplicates.count + settled.count }
}

/// Reads windows ticker by ticker, each ticker's rows once, and returns them in batches that span tickers.
actor WindowSource {
    private let features: FeatureFile
    private let fingerprint: CacheFingerprint
    private let work: [TickerWork]
    private let batchSize: Int
    private var nextTicker = 0
    private var current: (cutter: WindowCutter, ticker: String, days: ArraySlice<Day>)?
    private var ordinals: [Digest: Int] = [:]

    /// Limit of cells without a window per batch.
    private static let mostSettled = 1 << 14
    /// A batch is closed once its windows exceed this many bytes; repeated rows make large windows.
    private static let mostBytes = 64 << 20

    init(_ features: FeatureFile, _ fingerprint: CacheFingerprint, _ work: [TickerWork], batchSize: Int) {
        self.features = features
        self.fingerprint = fingerprint
        self.work = work
        let bytes = max(1, fingerprint.rows * fingerprint.model.features * MemoryLayout<Float>.stride)
        self.batchSize = max(1, min(batchSize, Self.mostBytes / bytes))
    }

    /// The next cells; nil when none are left.
    func next() -> PreparedBatch? {
        var batch = PreparedBatch(windows: WindowBatch(features: fingerprint.model.features, rows: fingerprint.rows))
        while batch.windows.count < batchSize, batch.settled.count + batch.duplicates.count < Self.mostSettled {
            guard current != nil || open(&batch) else { break }
            take(into: &batch)
        }
        return batch.cellCount > 0 ? batch : nil
    }

    /// Advances to the next ticker; false when none is left.
    private func open(_ batch: inout PreparedBatch) -> Bool {
        guard nextTicker < work.count else { return false }
        let next = work[nextTicker]
        nextTicker += 1
        do throws(FeatureFileError) {
            let cutter = try WindowCutter(try features.features(of: next.ticker), for: next.days, fingerprint)
            current = (cutter, next.ticker, next.days[...])
        } catch {
            batch.settled += next.days.map { .failed(next.ticker, $0, error.message) }
        }
        return true
    }

    /// Adds one day of the current ticker to the batch.
    private func take(into batch: inout PreparedBatch) {
        guard let (found, ticker, left) = current else { return }
        guard let day = left.first else {
            current = nil
            return
        }
        // The cutter caches digests. With a single owner it need not be copied to do so.
        current = nil
        var cutter = consume found
        switch cutter.place(day) {
        case .none(let status): batch.settled.append(JournalRecord(ticker: ticker, day: day, status: status))
        case .rows(let rows):
            let digest = cutter.digest(rows)
            if let ordinal = ordinals[digest] {
                batch.duplicates.append(.init(ticker: ticker, day: day, window: digest.short, ordinal: ordinal))
            } else {
                batch.windows.append(cutter.values(rows))
                batch.cells.append(.init(ticker: ticker, day: day, window: digest.short, ordinal: ordinals.count))
                ordinals[digest] = ordinals.count
            }
        }
        current = (cutter, ticker, left.dropFirst())
    }
}
