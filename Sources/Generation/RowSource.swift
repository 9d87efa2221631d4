import Archive
import Descriptions
import MarketData
import ObjectStore

/// Where a run gets its described rows: source files (`SourceRows`), or the segments of workers (`SegmentRows`).
protocol RowSource {
    associatedtype Reader: RowReader

    /// Inputs with stock bars of a year, in reading order.
    func stocks(year: Int) -> [RunInput]
    /// Inputs with option quotes of a year, in reading order.
    func options(year: Int) -> [RunInput]
    /// Opens the rows of a year. Called only for years with new inputs, in ascending order.
    mutating func reader(year: Int) throws -> Reader
}

/// Reads the inputs of a year, on any thread.
protocol RowReader: Sendable {
    /// Described rows of an input with stock bars.
    func stocks(_ input: RunInput) async throws -> DescribedFile<StockRows>
    /// Described rows of an input with option quotes.
    func options(_ input: RunInput) async throws -> DescribedFile<OptionRows>
}

/// Rows of source files.
struct SourceRows: RowSource {
    let source: any ObjectStore
    let files: SourceFiles
    let configuration: EmbeddingGenerationConfig
    let lexicon: Lexicon
    var bars: StockBars

    func stocks(year: Int) -> [RunInput] { bars.inputs(year: year).map { RunInput($0) } }

    func options(year: Int) -> [RunInput] {
        files.optionDays(year: year).map { RunInput($0, configuration) }
    }

    mutating func reader(year: Int) throws -> SourceReader {
        let contexts = try bars.contexts(through: year, describer: StockDescriber(lexicon: lexicon))
        return SourceReader(
            bars: Dictionary(uniqueKeysWithValues: bars.inputs(year: year).map { ($0.key, $0) }),
            days: Dictionary(uniqueKeysWithValues: files.optionDays(year: year).map { ($0.object.key, $0) }), contexts: contexts,
            reading: OptionFileReading(
                source: source, describer: OptionDescriber(lexicon: lexicon), bars: contexts, underlyings: configuration.underlyings))
    }
}

/// Reads source files of a year, and describes their rows.
struct SourceReader: RowReader {
    let bars: [String: StockBars.Input]
    let days: [String: SourceInventory.DayFile]
    let contexts: BarContexts
    let reading: OptionFileReading

    func stocks(_ input: RunInput) async throws -> DescribedFile<StockRows> {
        guard let bars = bars[input.key] else { throw unknown(input) }
        return try contexts.describe(bars)
    }

    func options(_ input: RunInput) async throws -> DescribedFile<OptionRows> {
        guard let day = days[input.key] else { throw unknown(input) }
        return try await reading.read(day)
    }

    private func unknown(_ input: RunInput) -> GenerationError { GenerationError("\(input.key) is not an input of the year") }
}
