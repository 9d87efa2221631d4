import MarketData

/// Inputs of a planned run: the source's files, without those that the settings exclude or the store already has.
struct PlanInputs {
    /// Days that are new to the store.
    let options: [SourceInventory.DayFile]
    let stockDays: [SourceInventory.DayFile]
    let stockSymbols: [SourceInventory.SymbolFile]
    /// Number of option files by year, new or not.
    let optionFiles: [Int: Int]
    /// Number of option files that the store already has.
    let optionsDone: Int

    init(_ files: SourceFiles, configuration: EmbeddingGenerationConfig, stored: StoredInputs) {
        let inventory = files.inventory
        let wanted =
            configuration.kinds.contains(.options)
            ? inventory.optionDays.filter { configuration.includes(year: $0.day.year) } : []
        options = wanted.filter { !stored.holds($0, etag: configuration.optionETag($0)) }
        optionFiles = Dictionary(grouping: wanted, by: \.day.year).mapValues(\.count)
        optionsDone = wanted.count - options.count
        // Bars are read for every kind of rows, since options are described with the bars of their underlyings.
        stockDays = inventory.stockDays
        stockSymbols = inventory.stockSymbols.filter { configuration.includes(underlying: $0.symbol) }
    }

    var count: Int { options.count + stockDays.count + stockSymbols.count }

    var bytes: Int { options.reduce(0) { $0 + $1.object.size } + stockBytes }

    var stockBytes: Int { stockDays.reduce(0) { $0 + $1.object.size } + stockSymbols.reduce(0) { $0 + $1.object.size } }

    var stockFiles: Int { stockDays.count + stockSymbols.count }

    /// Bytes of the option files of each year.
    var optionBytes: [Int] { Dictionary(grouping: options, by: \.day.year).values.map { $0.reduce(0) { $0 + $1.object.size } } }
}
