import MarketData
import ObjectStore

/// The files of a source that a plan reads: spread evenly, few enough to be read in seconds, all of them where they are few.
struct PlanSample {
    let options: [SourceInventory.DayFile]
    let stockDays: [SourceInventory.DayFile]
    let stockSymbols: [SourceInventory.SymbolFile]
    /// Whether there is nothing else to read.
    let isWhole: Bool
    /// Bytes of text in the option files, about.
    let textBytes: Int

    /// Bytes of text of option files that are read, some 1.5 million rows, and not half as many of stock files.
    static let defaultBytes = 160 << 20
    /// Files at least, however large.
    private static let least = 4

    init(
        options: [SourceInventory.DayFile], stockDays: [SourceInventory.DayFile], stockSymbols: [SourceInventory.SymbolFile],
        bytes: Int
    ) {
        self.options = Self.choose(options, budget: bytes) { Self.text($0.object) }
        // Half to each layout of stock files, where there are both.
        let budget = stockDays.isEmpty || stockSymbols.isEmpty ? bytes * 2 / 5 : bytes / 5
        self.stockDays = Self.choose(stockDays, budget: budget) { Self.text($0.object) }
        self.stockSymbols = Self.choose(stockSymbols, budget: budget) { Self.text($0.object) }
        isWhole =
            self.options.count == options.count && self.stockDays.count == stockDays.count
            && self.stockSymbols.count == stockSymbols.count
        textBytes = self.options.reduce(0) { $0 + Self.text($1.object) }
    }

    var keys: Set<String> {
        Set(options.map(\.object.key) + stockDays.map(\.object.key) + stockSymbols.map(\.object.key))
    }

    /// Bytes of a file's text: compressed ones hold some five times their size.
    static func text(_ object: SourceInventory.Object) -> Int { isCompressed(object.key) ? 5 * object.size : object.size }

    static func isCompressed(_ key: String) -> Bool {
        let name = key.lowercased()
        return name.hasSuffix(".gz") || name.hasSuffix(".zst")
    }

    private static func choose<File>(_ files: [File], budget: Int, bytes: (File) -> Int) -> [File] {
        let total = files.reduce(0) { $0 + bytes($1) }
        guard total > budget else { return files }
        let count = min(files.count, max(least, Int(Double(files.count) * Double(budget) / Double(total))))
        return (0..<count).map { files[(2 * $0 + 1) * files.count / (2 * count)] }
    }
}
