/// Completed work of a year: which inputs went into which batch, with counts that add up.
///
/// Stored as `checkpoints/year_YYYY_partial.json` after every batch, and as `…_complete.json` once the year's batches and
/// indices are complete.
public struct YearLedger: Codable, Hashable, Sendable {
    /// One source object's rows of this year.
    public struct Input: Codable, Hashable, Sendable {
        public var key: String
        /// Identifies this content of the object.
        public var etag: String
        public var size: Int
        /// The batch that holds its rows; absent if no row was kept.
        public var batch: Int?
        /// Rows of this year in the object, header not counted; `searchable + quarantined`.
        public var rows: Int
        public var searchable: Int
        /// Usable rows of underlyings that were not requested; absent if there are none.
        public var unwanted: Int?
        /// Rows refused, by reason.
        public var quarantined: [String: Int]
        /// Rows kept despite a data quirk, by its name.
        public var quirks: [String: Int]
        /// In a segment: number of tickers after this input; absent elsewhere. With it, compaction numbers tickers like a single
        /// run.
        public var tickers: Int?

        public init(
            key: String, etag: String, size: Int, batch: Int?, rows: Int, searchable: Int, unwanted: Int? = nil,
            quarantined: [String: Int], quirks: [String: Int], tickers: Int? = nil
        ) {
            self.key = key
            self.etag = etag
            self.size = size
            self.batch = batch
            self.rows = rows
            self.searchable = searchable
            self.unwanted = unwanted
            self.quarantined = quarantined
            self.quirks = quirks
            self.tickers = tickers
        }
    }

    public var year: Int
    public var complete: Bool
    public var inputs: [Input]
    /// Rows at which a batch was closed; a run that continues with another number would place the later boundaries differently.
    public var batchSize: Int
    public var batchCount: Int
    /// Distinct descriptions of the year, once it is complete.
    public var distinctDescriptions: Int?
    /// All inputs before the rows of some were retired. They apply if a run was killed before it saved the manifest. Rows whose
    /// source is gone are only in these batches.
    public var inputsBefore: [Input]?

    public init(year: Int, batchSize: Int) {
        self.year = year
        complete = false
        inputs = []
        self.batchSize = batchSize
        batchCount = 0
    }
}

extension YearLedger {
    /// Restores the inputs before rows were retired, if the manifest was not saved.
    /// - Parameter isNamed: whether the manifest names the batch of that number.
    package mutating func settleRetirement(_ isNamed: (Int) -> Bool) {
        if let before = inputsBefore, Set(before.compactMap(\.batch)).subtracting(inputs.compactMap(\.batch)).contains(where: isNamed) {
            inputs = before
        }
        inputsBefore = nil
    }

    /// Whether a ledger is plausible: its year, and counts that add up without overflow.
    func isPlausible(year wanted: Int) -> Bool {
        let counts = 0...(1 << 40)
        return year == wanted && counts.contains(batchCount) && counts.contains(distinctDescriptions ?? 0)
            && (inputs + (inputsBefore ?? [])).allSatisfy { input in
                let refused = Array(input.quarantined.values)
                return counts.contains(input.batch ?? 0) && counts.contains(input.size)
                    && ([input.rows, input.searchable, input.unwanted ?? 0] + refused + Array(input.quirks.values)).allSatisfy(counts.contains)
                    && input.searchable + refused.reduce(0, +) == input.rows
            }
    }
}
