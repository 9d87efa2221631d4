import MarketData
import ObjectStore

/// The sample of source files that a plan reads: evenly spread, and few enough to be read in seconds; all files if there are
/// few.
struct PlanSample {
    let options: [SourceInventory.DayFile]
    let stockDays: [SourceInventory.DayFile]
    let stockSymbols: [SourceInventory.SymbolFile]
    /// Whether the sample contains all files.
    let isWhole: Bool
    /// Approximate bytes of text in the option files.
    let textBytes: Int

    /// Bytes of text of option files to read, about 1.5 million rows; stock files get less than half as many.
    static let defaultBytes = 160 << 20
    /// Minimum number of files, whatever their size.
    private static let least = 4

    init(
        options: [SourceInventory.DayFile], stockDays: [SourceInventory.DayFile], stockSymbols: [SourceInventory.SymbolFile],
        bytes: Int
    ) {
        self.options = Self.choose(options, budget: bytes) { Self.text($0.object) }
        // Half for each layout of stock files, if both exist.
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

    /// Approximate bytes of text in a file: a compressed file holds about five times its size.
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
