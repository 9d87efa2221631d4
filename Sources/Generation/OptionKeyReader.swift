import Archive
package import Descriptions
import MarketData
package import ObjectStore

/// Reads and describes the option files of a source, one at a time on the calling task, for measurements. Stock bars are read beforehand.
package struct OptionKeyReader: Sendable {
    private let reading: OptionFileReading
    private let days: [SourceInventory.DayFile]
    private let mask: UInt64

    /// - Parameter limit: maximum number of files.
    /// - Throws: errors of the source; errors of reading its stock files.
    package init(_ source: any ObjectStore, template: DescriptionTemplate, limit: Int) async throws {
        let location = source.location
        let files = try await SourceFiles.list(source)
        let configuration = EmbeddingGenerationConfig(source: location, store: location, template: template)
        var bars = try await StockBars.read(source, files: files, configuration: configuration) { _ in }
        let lexicon = try Lexicon.builtIn()
        reading = OptionFileReading(
            source: source, describer: OptionDescriber(lexicon: lexicon),
            bars: try bars.contexts(through: .max, describer: StockDescriber(lexicon: lexicon)), underlyings: [])
        days = Array(files.inventory.optionDays.prefix(limit))
        mask = template.mask(of: .options)
    }

    package var fileCount: Int { days.count }

    /// Size of the files.
    package var bytes: Int { days.reduce(0) { $0 + $1.object.size } }

    /// Reads a file.
    /// - Returns: the number of its rows; the distinct keys of their descriptions, with the tickers numbered as in `symbols`; the tickers.
    /// - Throws: errors of the source that stop a run; `ArchiveError`.
    package func read(_ file: Int) async throws -> (rows: Int, distinct: [UInt64], symbols: [String]) {
        let described = try await reading.read(days[file])
        return (
            described.rows.key.count, Array(try BatchContents<OptionRows>.distinct(described.rows.key, mask: mask)), described.symbols
        )
    }
}
