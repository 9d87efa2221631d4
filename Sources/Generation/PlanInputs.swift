import MarketData

/// What a planned run reads: the source's files, less what the settings leave out and what the store has.
struct PlanInputs {
    /// Days that are new to the store.
    let options: [SourceInventory.DayFile]
    let stockDays: [SourceInventory.DayFile]
    let stockSymbols: [SourceInventory.SymbolFile]
    /// Option files of each year, new or not.
    let optionFiles: [Int: Int]
    /// Option files that the store has.
    let optionsDone: Int

    init(_ files: SourceFiles, configuration: EmbeddingGenerationConfig, stored: StoredInputs) {
        let inventory = files.inventory
        let wanted =
            configuration.kinds.contains(.options)
            ? inventory.optionDays.filter { configuration.includes(year: $0.day.year) } : []
        options = wanted.filter { !stored.holds($0, etag: configuration.optionETag($0)) }
        optionFiles = Dictionary(grouping: wanted, by: \.day.year).mapValues(\.count)
        optionsDone = wanted.count - options.count
        // Bars are read whatever is asked for: options are described with their underlyings'.
        stockDays = inventory.stockDays
        stockSymbols = inventory.stockSymbols.filter { configuration.includes(underlying: $0.symbol) }
    }

    var count: Int { options.count + stockDays.count + stockSymbols.count }

    var bytes: Int {
        options.reduce(0) { $0 + $1.object.size } + stockDays.reduce(0) { $0 + $1.object.size }
            + stockSymbols.reduce(0) { $0 + $1.object.size }
    }
}
