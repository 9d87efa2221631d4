package import Archive
import Descriptions
public import ModelFiles
public import ObjectStore

/// Contents of a store in numbers that add up: `generation_summary.json`, and the output of `tapedeck status`.
public struct GenerationSummary: Codable, Hashable, Sendable {
    /// Contents of one year.
    public struct Year: Codable, Hashable, Sendable {
        /// The year.
        public var year: Int
        /// Whether the year is complete.
        public var complete: Bool
        /// Number of source files.
        public var inputs: Int
        /// Number of batches.
        public var batches: Int
        /// Number of rows in the inputs: `searchable` plus the sum of `quarantined`.
        public var rows: Int
        /// Number of rows that can be searched.
        public var searchable: Int
        /// Number of refused rows, by reason.
        public var quarantined: [String: Int]
        /// Number of kept rows with a data quirk, by its name.
        public var quirks: [String: Int]
        /// Number of distinct descriptions; `nil` until the year is complete.
        public var distinctDescriptions: Int?
    }

    /// Whether the data is simulated.
    public var simulated: Bool
    /// Name of the description template.
    public var template: String
    /// Keys of the models.
    public var models: [String]
    /// How `--precision auto` chose each model's precision; absent if it was not used.
    public var calibrations: [String: PrecisionCalibration]?
    /// Contents of each year.
    public var years: [Year]
    /// Number of rows in the inputs of all years.
    public var rows: Int
    /// Number of rows that can be searched.
    public var searchable: Int
    /// Number of refused rows, by reason.
    public var quarantined: [String: Int]
    /// Number of distinct part texts.
    public var distinctParts: Int
    /// Number of tickers.
    public var tickers: Int
    /// Number of distinct descriptions, summed over years.
    public var distinctDescriptions: Int
    /// Number of texts encoded since the store was created, over all models.
    public var encodingsMade: Int
    /// Number of encodings saved: those needed to describe every searchable row with every model, minus `encodingsMade`.
    public var encodingsSaved: Int
    /// Source objects that were not read, could not be used or lost too many rows, with the reason.
    public var skippedFiles: [String: String]
    /// Number of source objects that are clearly not market data, such as README.md; absent in stores of earlier builds.
    public var ignoredFiles: Int?
    /// Warnings of the last run.
    public var warnings: [String]
}

extension GenerationSummary {
    /// Computes the summary from the ledgers and writes it.
    static func write(
        _ writer: StoreWriter, skipped: [String: String], ignored: Int, warnings: [String]
    ) async throws -> GenerationSummary {
        var ledgers: [YearLedger] = []
        for year in writer.manifest.ledgerYears {
            if let ledger = try await writer.ledger(year: year) { ledgers.append(ledger) }
        }
        let summary = GenerationSummary(
            manifest: writer.manifest, years: ledgers.map(Year.init), parts: await writer.parts.count,
            tickers: writer.tickers.symbols.count, skipped: skipped, ignored: ignored, warnings: warnings)
        try await writer.put(ArchiveLayout.summary, json: summary)
        try await writer.saveManifest()
        return summary
    }

    /// Computes the summary of a store from its ledgers, even if its run was stopped.
    /// - Throws: `ArchiveError` when there is no store or it is damaged; errors of the store.
    public static func read(_ location: StoreLocation) async throws -> GenerationSummary {
        try await read(try location.open(creating: false))
    }

    /// Like `read(_:)` for a location, but for an open store.
    /// - Throws: `ArchiveError` when there is no store or it is damaged; errors of the store.
    package static func read(_ store: any ObjectStore) async throws -> GenerationSummary {
        try await read(try await StoreReader.open(store, models: []))
    }

    /// Like `read(_:)` for a location, but for an open store; with the segments that it is read with.
    /// - Throws: `ArchiveError` when the store is damaged; errors of the store.
    package static func read(_ archive: StoreReader) async throws -> GenerationSummary {
        var years: [Year] = []
        for year in archive.manifest.ledgerYears {
            if let ledger = try await archive.ledger(year: year) { years.append(Year(ledger)) }
        }
        for ledger in archive.segmentLedgers {
            if let place = years.firstIndex(where: { $0.year == ledger.year }) { years[place].add(ledger) } else { years.append(Year(ledger)) }
        }
        years.sort { $0.year < $1.year }
        let written = try await archive.summary(GenerationSummary.self)
        return GenerationSummary(
            manifest: archive.manifest, years: years, parts: archive.parts.texts.count,
            tickers: archive.parts.tickers.count, skipped: written?.skippedFiles ?? [:],
            ignored: written?.ignoredFiles, warnings: written?.warnings ?? [])
    }

    private init(
        manifest: Manifest, years: [Year], parts: Int, tickers: Int, skipped: [String: String],
        ignored: Int?, warnings: [String]
    ) {
        simulated = manifest.simulated
        template = manifest.descriptions.template.name
        models = manifest.models.keys.sorted()
        calibrations = manifest.calibrations
        self.years = years
        rows = years.reduce(0) { $0 + $1.rows }
        searchable = years.reduce(0) { $0 + $1.searchable }
        quarantined = years.reduce(into: [:]) { $0.merge($1.quarantined, uniquingKeysWith: +) }
        distinctParts = parts
        self.tickers = tickers
        distinctDescriptions = years.reduce(0) { $0 + ($1.distinctDescriptions ?? 0) }
        encodingsMade = parts * models.count
        encodingsSaved = max(0, searchable * models.count - encodingsMade)
        skippedFiles = skipped
        ignoredFiles = ignored
        self.warnings = warnings
    }
}

extension GenerationSummary.Year {
    init(_ ledger: YearLedger) {
        year = ledger.year
        complete = ledger.complete
        inputs = ledger.inputs.count
        batches = Set(ledger.inputs.compactMap(\.batch)).count
        rows = ledger.inputs.reduce(0) { $0 + $1.rows }
        searchable = ledger.inputs.reduce(0) { $0 + $1.searchable }
        quarantined = ledger.inputs.reduce(into: [:]) { $0.merge($1.quarantined, uniquingKeysWith: +) }
        quirks = ledger.inputs.reduce(into: [:]) { $0.merge($1.quirks, uniquingKeysWith: +) }
        distinctDescriptions = ledger.distinctDescriptions
    }

    /// Adds the rows of a segment, which has batches of its own.
    mutating func add(_ segment: YearLedger) {
        let other = Self(segment)
        complete = false
        inputs += other.inputs
        batches += other.batches
        rows += other.rows
        searchable += other.searchable
        quarantined.merge(other.quarantined, uniquingKeysWith: +)
        quirks.merge(other.quirks, uniquingKeysWith: +)
        distinctDescriptions = nil
    }
}
