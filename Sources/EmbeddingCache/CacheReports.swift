package import MarketData

/// Contents of a cache, as JSON: the members of `cache info --json`.
package struct CacheReport: Encodable, Sendable {
    package let path: String
    package let fingerprint: CacheFingerprint
    package let dtype: String
    package let dimension, bytes, vector_bytes: Int
    package let dataset: String
    package let days: [Day]
    package let tickers: [String]
    package let cells: [String: Int]
    /// Rounding error relative to a vector's length; `nil` for types that store vectors without loss.
    package let rounding_error_mean, rounding_error_largest: Double?
    package let failures: [CacheFailure]

    package init(_ file: CacheFile, path: String) {
        self.path = path
        fingerprint = file.fingerprint
        dtype = file.vectorType.rawValue
        dimension = file.dimension
        bytes = file.byteCount
        vector_bytes = file.days.count * file.tickers.count * file.vectorType.byteCount(dimension: file.dimension)
        dataset = file.dataset
        days = file.days
        tickers = file.tickers
        cells = CellStatus.names(file.counts())
        let errors = file.roundingErrors()
        rounding_error_mean = errors?.mean
        rounding_error_largest = errors?.largest
        failures = file.failures
    }
}

/// Outcome of a build, as JSON: the members of `cache build --json`.
package struct CacheBuildReport: Encodable, Sendable {
    package let path: String
    package let bytes, encoded, duplicates, resumed: Int
    package let seconds: Double
    package let complete_already: Bool
    package let cells: [String: Int]
    package let failures: [CacheFailure]

    package init(_ summary: CacheBuilder.Summary, path: String) {
        self.path = path
        bytes = summary.file.byteCount
        (encoded, duplicates) = (summary.progress.encoded, summary.progress.duplicates)
        (resumed, seconds) = (summary.progress.resumed, summary.seconds)
        complete_already = summary.wasComplete
        cells = CellStatus.names(summary.file.counts())
        failures = summary.file.failures
    }
}

/// What a build would do, as JSON: the members of `cache build --dry-run --json`.
package struct CachePlanReport: Encodable, Sendable {
    package let tickers, days, cells, bytes: Int
    package let first_day, last_day: String
    package let seconds_at_most: Double
    package let complete_already: Bool
    package let done_earlier, windows, no_data, short_history, failed: Int
    package let partial_bytes, file_bytes, bytes_needed: Int
    package let bytes_free: Int?

    package init(_ plan: CacheBuilder.Plan, _ survey: CacheBuilder.Survey) {
        (tickers, days, cells, bytes) = (plan.tickers.count, plan.days.count, plan.cells, plan.vectorBytes)
        first_day = plan.days.first?.description ?? "–"
        last_day = plan.days.last?.description ?? "–"
        seconds_at_most = survey.seconds
        complete_already = survey.isComplete
        (done_earlier, windows, no_data) = (survey.doneEarlier, survey.windows, survey.noData)
        (short_history, failed) = (survey.shortHistory, survey.failed)
        (partial_bytes, file_bytes, bytes_needed) = (survey.partialBytes, survey.fileBytes, survey.bytesNeeded)
        bytes_free = survey.freeBytes
    }
}

extension CellStatus {
    /// Counts keyed by JSON names, such as "no_data".
    static func names(_ counts: [CellStatus: Int]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: counts.map { ($0.words.replacing(" ", with: "_"), $1) })
    }
}
