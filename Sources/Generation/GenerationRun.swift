import Descriptions
import MarketData
import ModelFiles
import ObjectStore

/// A run about to start: its settings after all defaults, and its inputs.
public struct GenerationRun: Codable, Hashable, Sendable {
    /// Option files of one year.
    public struct Year: Codable, Hashable, Sendable {
        /// The year.
        public var year: Int
        /// Number of the year's option files, done or not.
        public var files: Int
        /// Stored size of these files, in bytes.
        public var bytes: Int
    }

    /// Location of the market data.
    public var source: String
    /// Location of the store.
    public var store: String
    /// Arithmetic of each model.
    public var models: [String: String]
    /// Name of the description template.
    public var template: String
    /// Number of threads.
    public var maxWorkers: Int
    /// Rows per batch.
    public var batchSize: Int
    /// Number of batches between checkpoints.
    public var checkpointFrequency: Int
    /// Memory limit, in bytes.
    public var memoryLimit: Int
    /// The requested years for which the source has options, ascending.
    public var years: [Year]
    /// Number of inputs, including stock files.
    public var files: Int
    /// Size of all inputs, in bytes.
    public var bytes: Int
    /// Number of source files that are not read but are listed in the summary. Absent in logs of earlier builds.
    public var skipped: Int?
    /// Number of source files that are clearly not market data. Absent in logs of earlier builds.
    public var ignored: Int?
}

extension GenerationRun {
    init(
        _ configuration: EmbeddingGenerationConfig, plan: MemoryPlan, files: SourceFiles, fingerprints: [String: ModelFingerprint]
    ) {
        source = configuration.source.description
        store = configuration.store.description
        models = fingerprints.mapValues(\.precision)
        template = configuration.template.name
        maxWorkers = configuration.maxWorkers
        batchSize = plan.batchSize
        checkpointFrequency = configuration.checkpointFrequency
        memoryLimit = configuration.memoryLimit ?? MemoryPlan.defaultLimit
        let wanted = configuration.kinds.contains(.options) ? files.inventory.optionDays : []
        let byYear = Dictionary(grouping: wanted.filter { configuration.includes(year: $0.day.year) }) { $0.day.year }
        years = byYear.sorted { $0.key < $1.key }.map { year, days in
            Year(year: year, files: days.count, bytes: days.reduce(0) { $0 + $1.object.size })
        }
        self.files = files.files.count
        bytes = files.files.reduce(0) { $0 + $1.size }
        skipped = files.skipped.count
        ignored = files.ignoredCount
    }
}
