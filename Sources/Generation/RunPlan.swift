/// What a run will meet and take, estimated before it from a sample: the result of `tapedeck plan`.
public struct RunPlan: Codable, Sendable {
    public struct Year: Codable, Sendable {
        public var year: Int
        /// Option files that are read.
        public var files: Int
        public var bytes: Int
        /// Option rows and stock bars, those that will be refused among them.
        public var rows: Int
        public var distinctDescriptions: Int
    }

    public struct Model: Codable, Sendable {
        public var model: String
        public var precision: String
        public var textsPerSecond: Double
        /// Seconds to encode `texts` and to build the years' indices.
        public var encodingSeconds: Double
        public var indexSeconds: Double
    }

    /// What the estimates rest on.
    public struct Sample: Codable, Sendable {
        public var files: Int
        public var rows: Int
        /// All that is to be read was: then only times are estimates.
        public var isWhole: Bool
    }

    /// Files that are read and their bytes.
    public var files: Int
    public var bytes: Int
    public var rows: Int
    /// Option files that the store has already.
    public var filesDone: Int
    public var years: [Year]
    public var distinctDescriptions: Int
    /// Texts that are new to the store: each is encoded once with every model.
    public var texts: Int
    public var models: [Model]
    /// Seconds to read, describe and store rows; all workers together.
    public var rowSeconds: Double
    /// Seconds from start to end.
    public var seconds: Double
    /// Bytes that the store will grow by.
    public var storeBytes: Int
    /// Bytes of memory at most, as the run itself reckons.
    public var memoryBytes: Int
    public var sample: Sample
    /// Source objects that are not read, and why.
    public var skippedFiles: [String: String]
    /// Source objects that are clearly no market data, as README.md.
    public var ignoredFiles: Int
    public var warnings: [String]

    public var rowsPerDescription: Double { Double(rows) / Double(max(1, distinctDescriptions)) }
}
