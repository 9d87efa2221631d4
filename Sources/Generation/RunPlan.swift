/// Estimate of a run's rows, time, memory and disk from a sample: the result of `tapedeck plan`.
public struct RunPlan: Codable, Sendable {
    /// Estimate for one year.
    public struct Year: Codable, Sendable {
        /// The year.
        public var year: Int
        /// Number of option files to read.
        public var files: Int
        /// Stored size of these files, in bytes.
        public var bytes: Int
        /// Number of option rows and stock bars, including those that will be refused.
        public var rows: Int
        /// Number of distinct descriptions.
        public var distinctDescriptions: Int
    }

    /// Estimate for one model.
    public struct Model: Codable, Sendable {
        /// Key of the model.
        public var model: String
        /// Precision chosen for the model.
        public var precision: String
        /// Measured encoding rate.
        public var textsPerSecond: Double
        /// Seconds to encode `texts`.
        public var encodingSeconds: Double
        /// Seconds to build the indices of all years.
        public var indexSeconds: Double
    }

    /// The sample that the estimates are based on.
    public struct Sample: Codable, Sendable {
        /// Number of files in the sample.
        public var files: Int
        /// Number of rows in the sample.
        public var rows: Int
        /// Whether the sample contains everything to be read; then only times are estimates.
        public var isWhole: Bool
    }

    /// Number of files to read.
    public var files: Int
    /// Size of these files, in bytes.
    public var bytes: Int
    /// Number of rows, including those that will be refused.
    public var rows: Int
    /// Number of option files that the store already has.
    public var filesDone: Int
    /// Estimates by year.
    public var years: [Year]
    /// Number of distinct descriptions, summed over years.
    public var distinctDescriptions: Int
    /// Number of texts that are new to the store; each is encoded once with every model.
    public var texts: Int
    /// Estimates by model.
    public var models: [Model]
    /// Wall time in seconds to read, describe and store rows, with all workers.
    public var rowSeconds: Double
    /// Seconds from start to end.
    public var seconds: Double
    /// Growth of the store, in bytes.
    public var storeBytes: Int
    /// Upper bound of memory in bytes, as computed by the run itself.
    public var memoryBytes: Int
    /// The sample that the estimates are based on.
    public var sample: Sample
    /// Source objects that are not read, with the reason.
    public var skippedFiles: [String: String]
    /// Number of source objects that are clearly not market data, such as README.md.
    public var ignoredFiles: Int
    /// Warnings about the run.
    public var warnings: [String]
    /// The same run on several machines, if they were asked for.
    public var fleet: FleetPlan?

    /// Average number of rows per distinct description.
    public var rowsPerDescription: Double { Double(rows) / Double(max(1, distinctDescriptions)) }
}
