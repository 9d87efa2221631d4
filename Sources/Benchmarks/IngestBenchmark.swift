package import MarketData

/// How fast a file of option quotes is read and parsed, on one thread: `tapedeck bench ingest`, stage `parse`.
package struct IngestBenchmark: Codable, Hashable, Sendable {
    /// Always `parse`: reading from disk, decompression, parsing, duplicates, quirks, and conversion to arrays.
    package var stage: String
    package var rows: Int
    package var rejected: Int
    /// Bytes of text.
    package var bytes: Int
    /// The fastest of the repetitions.
    package var seconds: Double
    package var rowsPerSecond: Double

    private enum CodingKeys: String, CodingKey {
        case stage, rows, rejected, bytes, seconds
        case rowsPerSecond = "rows_per_second"
    }

    /// Reads the file several times and takes the fastest.
    /// - Parameters:
    ///   - day: the session of the file; `nil` takes it from the name (`2014-06-09options.csv`).
    ///   - repetitions: at least 1; the first also warms the page cache.
    /// - Throws: `MarketFileError`.
    package static func parse(
        path: String, day: Day? = nil, repetitions: Int = 3
    ) throws -> IngestBenchmark {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let day = day ?? Day(iso: name.prefix(10)) else {
            throw MarketFileError.badKey(
                key: path, problem: "its name does not begin with a date, as in 2014-06-09options.csv; give the day")
        }
        let reader = OptionFileReader(key: path, day: day)
        var best: IngestBenchmark?
        for _ in 0..<max(1, repetitions) {
            var rows = 0
            var summary = ReadSummary()
            let duration = try ContinuousClock().measure {
                summary = try reader.read(FileBytes(path: path)) { block, _ in rows += block.count }
            }
            let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
            let result = IngestBenchmark(
                stage: "parse", rows: rows, rejected: summary.rejectedCount, bytes: summary.textBytes, seconds: seconds,
                rowsPerSecond: Double(rows) / max(seconds, 1e-9))
            if result.seconds < best?.seconds ?? .infinity { best = result }
        }
        guard let best else { throw MarketFileError.empty(key: path) }
        return best
    }
}
