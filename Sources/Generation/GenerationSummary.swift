import Archive
import ModelFiles
import ObjectStore

/// What a store holds, in numbers that add up: `generation_summary.json`, and what `tapedeck status` prints.
public struct GenerationSummary: Codable, Hashable, Sendable {
    public struct Year: Codable, Hashable, Sendable {
        public var year: Int
        public var complete: Bool
        public var inputs: Int
        public var batches: Int
        /// Rows in the inputs: `searchable` and the sum of `quarantined`.
        public var rows: Int
        public var searchable: Int
        /// Refused rows by reason.
        public var quarantined: [String: Int]
        /// Kept rows with an oddity, by its name.
        public var quirks: [String: Int]
        public var distinctDescriptions: Int?
    }

    public var simulated: Bool
    public var template: String
    public var models: [String]
    /// How `--precision auto` chose, by model; absent where it did not.
    public var calibrations: [String: PrecisionCalibration]?
    public var years: [Year]
    public var rows: Int
    public var searchable: Int
    public var quarantined: [String: Int]
    public var distinctParts: Int
    public var tickers: Int
    /// Distinct descriptions, summed over years.
    public var distinctDescriptions: Int
    /// Texts encoded in the life of the store, over all models.
    public var encodingsMade: Int
    /// Encodings that describing every searchable row with every model would have taken beyond those.
    public var encodingsSaved: Int
    /// Source objects that were not read, could not be used or lost too many rows, and why.
    public var skippedFiles: [String: String]
    /// Source objects that are clearly no market data, as README.md; absent in stores of earlier builds.
    public var ignoredFiles: Int?
    public var warnings: [String]
}

extension GenerationSummary {
    /// Works the summary out from the ledgers and writes it.
    static func write(
        _ writer: StoreWriter, skipped: [String: String], ignored: Int, warnings: [String]
    ) async throws -> GenerationSummary {
        var ledgers: [YearLedger] = []
        for year in writer.manifest.ledgerYears {
            if let ledger = try await writer.ledger(year: year) { ledgers.append(ledger) }
        }
        let summary = GenerationSummary(
            manifest: writer.manifest, ledgers: ledgers, parts: await writer.parts.count,
            tickers: writer.tickers.symbols.count, skipped: skipped, ignored: ignored, warnings: warnings)
        try await writer.put(ArchiveLayout.summary, json: summary)
        try await writer.saveManifest()
        return summary
    }

    /// The summary of a store, worked out from its ledgers: also of one whose run was stopped.
    /// - Throws: `ArchiveError` where there is no store or it is damaged; errors of the store.
    public static func read(_ location: StoreLocation) async throws -> GenerationSummary {
        try await read(try location.open(creating: false))
    }

    /// As above, of a store that is open already.
    package static func read(_ store: any ObjectStore) async throws -> GenerationSummary {
        let archive = try await StoreReader.open(store, models: [])
        var ledgers: [YearLedger] = []
        for year in archive.manifest.ledgerYears {
            if let ledger = try await archive.ledger(year: year) { ledgers.append(ledger) }
        }
        let written = try await archive.summary(GenerationSummary.self)
        return GenerationSummary(
            manifest: archive.manifest, ledgers: ledgers, parts: archive.parts.texts.count,
            tickers: archive.parts.tickers.count, skipped: written?.skippedFiles ?? [:],
            ignored: written?.ignoredFiles, warnings: written?.warnings ?? [])
    }

    private init(
        manifest: Manifest, ledgers: [YearLedger], parts: Int, tickers: Int, skipped: [String: String],
        ignored: Int?, warnings: [String]
    ) {
        simulated = manifest.simulated
        template = manifest.descriptions.template.name
        models = manifest.models.keys.sorted()
        calibrations = manifest.calibrations
        years = ledgers.map(Year.init)
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
}
