import MarketData
import Archive
import Descriptions
import Foundation
import ObjectStore
import Synchronization

/// A run over a sample of a source into a temporary folder, without models: how long it took, and what it found.
///
/// It measures the actual run, so that plans stay accurate when runs change.
struct SampleRun {
    /// Content of the sample for a kind of rows in a year.
    struct Content {
        var rows = 0
        /// Distinct descriptions by file.
        var descriptions = DistinctGrowth()
        var storedBytes = 0
    }

    struct Place: Hashable {
        var kind: RowKind
        var year: Int
    }

    /// Seconds until the first year starts, when the stock bars have been read.
    private(set) var stockSeconds = 0.0
    /// Seconds spent on the years.
    private(set) var yearSeconds = 0.0
    private(set) var content: [Place: Content] = [:]
    /// Rows by year and source object, including refused ones.
    private(set) var rows: [Int: [String: Int]] = [:]
    /// Distinct texts by file, for each kind of rows.
    private(set) var textGrowth: [RowKind: DistinctGrowth] = [:]
    /// All texts of the sample, in order of first occurrence.
    private(set) var texts: [String] = []
    /// Why files could not be used.
    private(set) var failures: [String] = []

    /// Number of stored rows.
    var storedRows: Int { content.values.reduce(0) { $0 + $1.rows } }

    /// An empty sample.
    init() {}

    /// - Parameters:
    ///   - configuration: settings of the planned run.
    ///   - folder: a new folder for the store.
    init(
        _ configuration: EmbeddingGenerationConfig, source: any ObjectStore, sample: PlanSample, folder: String
    ) async throws {
        var settings = configuration
        settings.models = []
        settings.buildsIndices = false
        // Use as many batches as the run will have, up to a limit, so that its stages overlap as in the run. A row has about
        // 110 bytes.
        if !sample.isWhole { settings.batchSize = min(settings.batchSize, max(20_000, sample.textBytes / 110 / 6)) }
        let store = try LocalStore(root: folder, creating: true)
        let sampled = SampledSource(base: source, keys: sample.keys.union(["SIMULATED.md"]))
        let clock = ContinuousClock(), start = clock.now
        let firstYear = Mutex<ContinuousClock.Instant?>(nil)
        do {
            try await EmbeddingGenerator(configuration: settings).run(from: sampled, into: store) { event in
                if case .yearStarted = event { firstYear.withLock { $0 = $0 ?? clock.now } }
            }
        } catch is GenerationError where firstYear.withLock({ $0 != nil }) {
            // Some files could not be used; the summary lists them.
        }
        let years = firstYear.withLock { $0 } ?? clock.now
        stockSeconds = (years - start) / .seconds(1)
        yearSeconds = (clock.now - years) / .seconds(1)
        try await read(try await StoreReader.open(store))
        failures = try await GenerationSummary.read(.folder(folder)).skippedFiles.values.sorted()
    }

    private mutating func read(_ archive: StoreReader) async throws {
        texts = archive.parts.texts
        for year in archive.manifest.ledgerYears {
            for input in try await archive.ledger(year: year)?.inputs ?? [] {
                rows[year, default: [:]][input.key] = input.rows
            }
        }
        for batch in archive.batches {
            let bytes = archive.manifest.objects[batch.key]?.size ?? 0
            switch try await archive.kind(ofBatch: batch.key) {
            case .options: add(try await archive.openBatch(batch.key, columns: ["file"]), \OptionRows.file, .options, batch, bytes)
            case .stocks: add(try await archive.openBatch(batch.key, columns: ["file"]), \StockRows.file, .stocks, batch, bytes)
            }
        }
    }

    private mutating func add<Rows: RowColumns>(
        _ batch: OpenBatch<Rows>, _ file: KeyPath<Rows, [UInt32]>, _ kind: RowKind,
        _ reference: StoreReader.BatchReference, _ bytes: Int
    ) {
        var found = content[Place(kind: kind, year: reference.year)] ?? Content()
        var growth = textGrowth[kind] ?? DistinctGrowth()
        found.rows += batch.rowCount
        found.storedBytes += bytes
        found.descriptions.add(units: batch.files.count)
        growth.add(units: batch.files.count)
        var files: [UInt32] = []
        files.reserveCapacity(batch.rowCount)
        try? batch.forEachBlock(in: 0..<batch.rowCount) { rows, positions, _ in files += rows[keyPath: file][positions] }
        guard files.count == batch.rowCount else { return }
        // A file contains a text if it contains one of the text's descriptions.
        var isMet = [Bool](repeating: false, count: texts.count * batch.files.count)
        for (index, key) in batch.keys.enumerated() {
            let numbers = batch.parts[index * batch.partCount..<(index + 1) * batch.partCount].filter { $0 != PartsTable.none }
            var last: UInt32?
            var count = 0
            // The rows of a description are in the order of their files.
            for row in Int(batch.rowStart[index])..<Int(batch.rowStart[index + 1]) where files[row] != last {
                last = files[row]
                count += 1
                for number in numbers { isMet[Int(number) * batch.files.count + Int(files[row])] = true }
            }
            found.descriptions.add(key.rawValue, metIn: count)
        }
        for number in texts.indices {
            let count = isMet[number * batch.files.count..<(number + 1) * batch.files.count].count { $0 }
            if count > 0 { growth.add(UInt64(number), metIn: count) }
        }
        content[Place(kind: kind, year: reference.year)] = found
        textGrowth[kind] = growth
    }
}
