import Base
public import Encoders
import Foundation
public import MarketData
public import StockFeatures

/// Encodes windows of features and writes them to a cache file.
///
/// Finished cells go to a journal beside the file, `FILE.partial`. At the end the builder writes the whole file from the
/// journal and renames it. An interrupted build resumes from its journal and produces the same file, byte for byte.
public struct CacheBuilder: Sendable {
    /// The features that windows are cut from.
    public let features: FeatureFile
    /// The model that encodes the windows.
    public let encoder: any WindowEncoding
    /// Model, windows and width rule of the vectors.
    public let fingerprint: CacheFingerprint
    /// How vectors are stored.
    public let vectorType: CacheVectorType
    /// Windows per batch.
    public let batchSize: Int

    /// Creates a builder for windows of `rows` rows.
    /// - Parameter zeroedColumns: columns of the features that are set to 0, counted from 0.
    /// - Throws: `CacheError` when windows are longer than the model has positions for, or the model does not read a zeroed column; errors
    ///   of the model.
    public init(
        features: FeatureFile, encoder: any WindowEncoding, mode: CacheFingerprint.Mode = .window, rows: Int,
        widthRule: CacheFingerprint.WidthRule = .strict, zeroedColumns: [Int] = [], vectorType: CacheVectorType = .f32, batchSize: Int = 32
    ) throws {
        guard rows >= 1, rows <= encoder.maxRows else {
            throw CacheError(
                .mismatch, "", "windows of \(rows) rows cannot be encoded: the model has positions for 1 to \(encoder.maxRows)")
        }
        self.features = features
        self.encoder = encoder
        self.vectorType = vectorType
        self.batchSize = batchSize
        fingerprint = CacheFingerprint(
            model: try encoder.fingerprint(), mode: mode, rows: rows, widthRule: widthRule, zeroedColumns: zeroedColumns)
        try fingerprint.checkColumns()
    }

    /// What a build will do.
    public struct Plan: Sendable {
        let layout: CacheLayout
        let work: [TickerWork]
        let existing: CacheFile?
        /// Records that lookups after a miss have added to `existing`.
        let additions: [JournalRecord]

        /// Tickers of the finished file, ascending.
        public var tickers: [String] { layout.tickers }
        /// Days of the finished file, ascending.
        public var days: [Day] { layout.days }
        /// Cells to try.
        public var cells: Int { work.reduce(0) { $0 + $1.days.count } }
        /// Bytes of all vectors of the finished file.
        public var vectorBytes: Int { layout.days.count * layout.tickers.count * layout.bytesPerVector }

        /// Counts the cells to try by their status in a file.
        func counts(in file: CacheFile) -> [CellStatus: Int] {
            var counts: [CellStatus: Int] = [:]
            for ticker in work {
                for day in ticker.days { counts[file.status(of: ticker.ticker, on: day) ?? .notTried, default: 0] += 1 }
            }
            return counts
        }
    }

    /// Plans a build.
    /// - Parameters:
    ///   - existing: a cache to add to. Its cells are kept; cells it has not tried are tried.
    ///   - retryFailed: whether to retry cells that failed before.
    /// - Throws: `CacheError` when `existing` belongs to another model, naming the differences; errors of the price file.
    public func plan(
        _ selection: CacheSelection, prices: PriceFile?, addingTo existing: CacheFile? = nil, retryFailed: Bool = false
    ) throws -> Plan {
        let (tickers, days) = try selection.resolve(in: features, prices: prices)
        if let existing {
            guard existing.fingerprint == fingerprint else {
                throw CacheError(
                    .mismatch, existing.path,
                    "holds vectors of another model: it has "
                        + existing.fingerprint.differences(from: fingerprint) + "; build a new cache for this model")
            }
            guard existing.dimension == encoder.dimension else {
                throw CacheError(
                    .mismatch, existing.path,
                    "holds vectors of \(existing.dimension) numbers, and the model gives \(encoder.dimension); "
                        + "build a new cache for this model")
            }
            guard existing.vectorType == vectorType else {
                throw CacheError(
                    .mismatch, existing.path, "holds \(existing.vectorType.rawValue), not \(vectorType.rawValue)")
            }
        }
        let additions = try existing.map { try CacheAdditions(beside: $0).all } ?? []
        let work = tickers.map { ticker in
            TickerWork(
                ticker: ticker,
                days: days.filter { day in
                    switch existing?.status(of: ticker, on: day) ?? .notTried {
                    case .notTried: true
                    case .failed: retryFailed
                    case .cached, .noData, .shortHistory: false
                    }
                })
        }
        let layout = CacheLayout(
            fingerprint: fingerprint, type: vectorType, dimension: encoder.dimension,
            days: Set(days).union(existing?.days ?? []).union(additions.map(\.day)).sorted(),
            tickers: Set(tickers).union(existing?.tickers ?? []).union(additions.map(\.ticker)).sorted(by: bytesAscend),
            dataset: (features.path as NSString).lastPathComponent)
        return Plan(layout: layout, work: work.filter { !$0.days.isEmpty }, existing: existing, additions: additions)
    }

    /// Progress of a build.
    public struct Progress: Sendable {
        /// Cells to try.
        public internal(set) var cells: Int
        /// Cells finished, including those of earlier runs.
        public internal(set) var cellsDone = 0
        /// Windows encoded in this run.
        public internal(set) var encoded = 0
        /// Cells in this run whose window had already been encoded.
        public internal(set) var duplicates = 0
        /// Cells that failed.
        public internal(set) var failed = 0
        /// Cells finished by earlier runs.
        public internal(set) var resumed = 0
    }

    /// Result of a build.
    public struct Summary: Sendable {
        /// Final progress.
        public let progress: Progress
        /// The finished file.
        public let file: CacheFile
        /// Duration of the build, in seconds.
        public let seconds: Double
        /// Whether there was nothing to do.
        public let wasComplete: Bool
        /// The cells to try, counted by their status in the finished file.
        public let tried: [CellStatus: Int]
    }

    /// Builds the file, or resumes building it.
    /// - Parameters:
    ///   - path: the file to write. A complete file of the same plan is left unchanged; any other existing file is an error
    ///     unless `overwrite` is set.
    ///   - restart: discards the progress of an earlier run.
    /// - Throws: `CacheError`, `FeatureFileError`, errors of the encoder. Finished cells stay in the journal.
    public func run(
        _ plan: Plan, to path: String, restart: Bool = false, overwrite: Bool = false,
        progress report: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Summary {
        let clock = ContinuousClock()
        let start = clock.now
        try CacheError.refuse(path, replacing: features.path)
        if let existing = plan.existing { try CacheError.refuse(path, replacing: existing.path, inPlace: true) }
        let lock = try CacheLock(for: path)
        defer { _ = lock }
        let journalPath = CacheJournal.path(of: path)
        if restart { unlink(journalPath) }
        let begun = FileManager.default.fileExists(atPath: journalPath)
        var progress = Progress(cells: plan.cells)
        if !begun, FileManager.default.fileExists(atPath: path), !overwrite {
            if let complete = try complete(plan, at: path) {
                return Summary(progress: progress, file: complete, seconds: 0, wasComplete: true, tried: plan.counts(in: complete))
            }
        }
        if let existing = plan.existing { try existing.requireIntact(existing.days) }
        try await encode(plan, journalPath, &progress, report)
        try finish(plan, path, journalPath)
        unlink(journalPath)
        if plan.existing?.isFile(at: path) == true { unlink(CacheAdditions.path(of: path)) }
        let file = try CacheFile(path)
        return Summary(
            progress: progress, file: file, seconds: Double((clock.now - start) / .milliseconds(1)) / 1000, wasComplete: false,
            tried: plan.counts(in: file))
    }

    /// The file at `path` if it already is what the plan would produce; nil if it is the file to add to.
    /// - Throws: `.exists` when it is a different file, `.mismatch` when it was built from other features.
    func complete(_ plan: Plan, at path: String) throws(CacheError) -> CacheFile? {
        let found = try? CacheFile(path)
        if let found, found.fingerprint == plan.layout.fingerprint, found.vectorType == plan.layout.type,
            found.days == plan.layout.days, found.tickers == plan.layout.tickers,
            plan.existing == nil ? found.counts()[.notTried] == 0 : plan.work.isEmpty && plan.additions.isEmpty
        {
            if plan.existing == nil { try requireFeatures(of: found) }
            return found
        }
        if plan.existing?.isFile(at: path) == true { return nil }
        throw CacheError(
            .exists, path,
            "exists already and differs from what would be built: name another file, or give --overwrite; "
                + "'tapedeck cache append' adds days to it")
    }

    /// - Throws: `.mismatch` when a finished cache was built from features that have since changed.
    private func requireFeatures(of file: CacheFile) throws(CacheError) {
        let (compared, changed) = CacheVerification.compareFinished(file, features)
        guard let first = changed.first else { return }
        throw CacheError(
            .mismatch, file.path,
            "was built from other features than \(features.path) holds now: \(changed.count) of its cells differ in a "
                + "sample of \(compared) windows, the first of them \(first.ticker) on \(first.day); give --overwrite to build it again")
    }

    func header(_ plan: Plan) -> CacheJournal.Header {
        let status = File.Status(of: features.path)
        let size = status?.size ?? 0
        let modified = status?.modified ?? (seconds: 0, nanoseconds: 0)
        return CacheJournal.Header(
            fingerprint: plan.layout.fingerprint, vectorType: plan.layout.type, dimension: plan.layout.dimension,
            days: plan.layout.days.map(\.rawValue), tickers: plan.layout.tickers,
            source: "\(plan.layout.dataset) \(size) \(modified.seconds).\(modified.nanoseconds)")
    }

    private func encode(
        _ plan: Plan, _ journalPath: String, _ progress: inout Progress, _ report: @Sendable (Progress) -> Void
    ) async throws {
        var done: [String: Set<Day>] = [:]
        var resumed = 0
        var failed = 0
        var journal = try CacheJournal(journalPath, header(plan)) { record, _ in
            resumed += 1
            failed += record.status == .failed ? 1 : 0
            done[record.ticker, default: []].insert(record.day)
        }
        let added = plan.additions.filter { done[$0.ticker]?.contains($0.day) != true }
        try journal.append(added)
        for record in added { done[record.ticker, default: []].insert(record.day) }
        (progress.resumed, progress.cellsDone, progress.failed) = (resumed, resumed, failed)
        report(progress)
        let left = plan.work.compactMap { work -> TickerWork? in
            guard let days = done[work.ticker] else { return work }
            let rest = work.days.filter { !days.contains($0) }
            return rest.isEmpty ? nil : TickerWork(ticker: work.ticker, days: rest)
        }
        let source = WindowSource(features, fingerprint, left, batchSize: batchSize)
        // Journal places of the distinct windows' records, indexed by window number.
        var places: [Int] = []
        var next = Task { await source.next() }
        while let batch = await next.value {
            // Read the next windows while these are encoded.
            next = Task { await source.next() }
            let encoded = try await encode(batch)
            let written = try journal.append(encoded + batch.settled)
            places += written[..<encoded.count]
            var copies: [JournalRecord] = []
            for cell in batch.duplicates {
                var copy = try journal.record(at: places[cell.ordinal])
                (copy.ticker, copy.day) = (cell.ticker, cell.day)
                copies.append(copy)
            }
            try journal.append(copies)
            progress.cellsDone += batch.cellCount
            progress.encoded += encoded.count
            progress.duplicates += copies.count
            progress.failed += (encoded + batch.settled + copies).count { $0.status == .failed }
            report(progress)
        }
    }

    /// One record per window.
    private func encode(_ batch: PreparedBatch) async throws -> [JournalRecord] {
        guard batch.windows.count > 0 else { return [] }
        let vectors = try await encoder.encode(batch.windows)
        guard vectors.count == batch.cells.count * encoder.dimension else {
            throw CacheError(
                .mismatch, "", "the model gave \(vectors.count) numbers for \(batch.cells.count) windows of \(encoder.dimension)")
        }
        return batch.cells.enumerated().map { index, cell in
            CellVector.record(
                cell.ticker, cell.day, window: cell.window, type: vectorType,
                vector: vectors[index * encoder.dimension..<(index + 1) * encoder.dimension])
        }
    }

    /// Writes the file from the journal and from the existing cache.
    private func finish(_ plan: Plan, _ path: String, _ journalPath: String) throws {
        let layout = plan.layout
        let days = Dictionary(uniqueKeysWithValues: layout.days.enumerated().map { ($1, $0) })
        let tickers = Dictionary(uniqueKeysWithValues: layout.tickers.enumerated().map { ($1, $0) })
        // Journal place of each cell; -1 for cells that are not in the journal.
        var places = [Int](repeating: -1, count: layout.days.count * layout.tickers.count)
        var failures: [CacheFailure] = []
        let journal = try CacheJournal(journalPath, header(plan)) { record, place in
            guard let day = days[record.day], let ticker = tickers[record.ticker] else { return }
            let cell = day * layout.tickers.count + ticker
            if record.status == .failed, places[cell] < 0 {
                failures.append(CacheFailure(ticker: record.ticker, day: record.day, reason: record.reason))
            }
            places[cell] = place
        }
        for failure in plan.existing?.failures ?? [] {
            guard let day = days[failure.day], let ticker = tickers[failure.ticker],
                places[day * layout.tickers.count + ticker] < 0
            else { continue }
            failures.append(failure)
        }
        failures.sort { ($0.day, $0.ticker) < ($1.day, $1.ticker) }
        let oldTickers = layout.tickers.map { plan.existing?.place(of: $0) }
        try CacheFileWriter.write(path, layout, failures: failures) { day, block in
            let oldDay = plan.existing?.place(of: layout.days[day])
            // Check again, since encoding may have taken hours.
            try plan.existing?.requireIntact([layout.days[day]])
            for ticker in layout.tickers.indices {
                let place = places[day * layout.tickers.count + ticker]
                if place >= 0 {
                    let record = try journal.record(at: place)
                    try record.vector.withUnsafeBytes {
                        try block.set(
                            ticker, record.status, window: record.window, scale: record.scale, error: record.error, vector: $0)
                    }
                } else if let existing = plan.existing, let oldDay, let oldTicker = oldTickers[ticker] {
                    try existing.copy(day: oldDay, ticker: oldTicker, to: ticker, of: &block)
                }
            }
        }
    }
}

/// Turns a model's vector into a record. Both builds and lookups that missed store vectors through it.
enum CellVector {
    private static let notFinite = "the model gave numbers that are not finite; its weights may be damaged"

    static func tooLarge(for type: CacheVectorType) -> String {
        "a component of its vector is too large for \(type.rawValue); use --dtype f32"
    }

    /// Whether a cell failed because of its vector, rather than its features.
    static func isReason(_ reason: String) -> Bool {
        reason == notFinite || CacheVectorType.allCases.contains { tooLarge(for: $0) == reason }
    }

    static func record(
        _ ticker: String, _ day: Day, window: UInt64, type: CacheVectorType, vector: ArraySlice<Float>
    ) -> JournalRecord {
        guard let stored = vector.withUnsafeBufferPointer({ type.store($0) }) else {
            return .failed(ticker, day, vector.allSatisfy(\.isFinite) ? tooLarge(for: type) : notFinite)
        }
        return JournalRecord(
            ticker: ticker, day: day, status: .cached, window: window, scale: stored.scale, error: stored.error,
            vector: stored.bytes)
    }
}
