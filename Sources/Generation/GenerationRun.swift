import ModelFiles

/// What a run is about to do: its settings after all defaults, and its inputs.
public struct GenerationRun: Codable, Hashable, Sendable {
    public struct Year: Codable, Hashable, Sendable {
        public var year: Int
        /// Option files of the year, done and not done.
        public var files: Int
        /// Their bytes as they are stored.
        public var bytes: Int
    }

    public var source: String
    public var store: String
    /// Arithmetic by model.
    public var models: [String: String]
    public var template: String
    public var maxWorkers: Int
    public var batchSize: Int
    public var checkpointFrequency: Int
    /// Bytes that the run is to stay within.
    public var memoryLimit: Int
    /// The years asked for that the source has options of, ascending.
    public var years: [Year]
    /// All inputs, stock files among them.
    public var files: Int
    public var bytes: Int
    /// Files of the source that are not read: those that the summary names, and those that are clearly no market data.
    /// Absent in logs of earlier builds.
    public var skipped: Int?
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
