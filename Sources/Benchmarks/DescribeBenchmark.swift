package import Descriptions
import Generation
import MarketData
package import ObjectStore

/// Measures how fast option files are read, described and deduplicated on one thread: `tapedeck bench ingest`, stage
/// `describe`.
package struct DescribeBenchmark: Codable, Sendable {
    /// Name of the stage; always `describe`.
    package var stage = "describe"
    package var rows: Int
    package var bytes: Int
    package var seconds: Double
    package var rowsPerSecond: Double
    /// Number of distinct descriptions over all files.
    package var distinctDescriptions: Int
    package var rowsPerDescription: Double
    /// For each attribute of the template: number of distinct descriptions without it, as a share of all. The smaller the
    /// share, the more the attribute costs.
    package var shareWithout: [String: Double]

    private enum CodingKeys: String, CodingKey {
        case stage, rows, bytes, seconds
        case rowsPerSecond = "rows_per_second"
        case distinctDescriptions = "distinct_descriptions"
        case rowsPerDescription = "rows_per_description"
        case shareWithout = "share_without"
    }

    /// Measures the option files of a source, in order, on the calling task. Reports the fastest pass. Stock bars are read
    /// before the clock starts.
    /// - Parameter limit: maximum number of files.
    /// - Throws: errors of the source; errors of reading its files.
    package static func run(
        _ source: any ObjectStore, template: DescriptionTemplate, limit: Int, passes: Int = 3
    ) async throws -> DescribeBenchmark {
        let reader = try await OptionKeyReader(source, template: template, limit: limit)
        var fastest = Double.infinity
        var full: Set<UInt64> = []
        var rows = 0
        for _ in 0..<max(1, passes) {
            full = []
            rows = 0
            var tickers: [String: UInt64] = [:]
            let start = ContinuousClock.now
            for file in 0..<reader.fileCount {
                let described = try await reader.read(file)
                rows += described.rows
                for key in described.distinct {
                    let local = DescriptionKey(rawValue: key)
                    let number = UInt64(tickers.count)
                    let ticker = tickers[described.symbols[Int(local.ticker)], default: number]
                    if ticker == number { tickers[described.symbols[Int(local.ticker)]] = number }
                    full.insert(
                        key & ~DescriptionKey.tickerMask
                            | ticker << DescriptionKey.tickerShift)
                }
            }
            fastest = min(fastest, (ContinuousClock.now - start) / .seconds(1))
        }
        var without: [String: Double] = [:]
        for attribute in Attribute.allCases
        where attribute.applies(to: .call) && template.mask(of: .options) & (7 << (attribute.slot * 3)) != 0 {
            let rest = ~(UInt64(7) << (attribute.slot * 3))
            without[attribute.rawValue] = Double(Set(full.map { $0 & rest }).count) / Double(max(1, full.count))
        }
        return DescribeBenchmark(
            rows: rows, bytes: reader.bytes, seconds: fastest,
            rowsPerSecond: Double(rows) / fastest, distinctDescriptions: full.count,
            rowsPerDescription: Double(rows) / Double(max(1, full.count)), shareWithout: without)
    }
}
