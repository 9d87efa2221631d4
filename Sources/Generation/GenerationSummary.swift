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
    /// Source objects that were not read, and why.
    public var skippedFiles: [String: String]
    public var warnings: [String]
}
