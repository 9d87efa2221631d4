import MarketData
import ObjectStore

/// Contents of a source, fixed when the run starts: objects that arrive later wait for the next run.
struct SourceFiles: Sendable {
    private(set) var inventory: SourceInventory
    /// Whether the source states that `tapedeck simulate` made it.
    let isSimulated: Bool
    /// Everything that the source has.
    let objects: [SourceInventory.Object]
    private let sizes: [String: Int]

    /// - Throws: `GenerationError` when there is nothing to read, errors of the store when it cannot be listed.
    static func list(_ source: any ObjectStore) async throws -> SourceFiles {
        let objects = try await source.listEverything()
        return try SourceFiles(
            objects.map { SourceInventory.Object(key: $0.key, size: $0.size, etag: $0.etag, problem: $0.keyProblem) }, of: source.location)
    }

    /// - Parameter objects: everything that the source has.
    /// - Throws: `GenerationError` when there is nothing to read.
    init(_ objects: [SourceInventory.Object], of source: StoreLocation) throws {
        inventory = SourceInventory(objects: objects)
        guard !inventory.optionDays.isEmpty || !inventory.stockDays.isEmpty || !inventory.stockSymbols.isEmpty else {
            throw GenerationError(
                objects.isEmpty
                    ? "the source \(source) is empty; put market data there (docs/formats.md), or make some with "
                        + "`tapedeck simulate`"
                    : "the source \(source) has \(objects.count) files and none of them is market data; "
                        + "expected are options-complete/2014-06-09options.csv, options/2008/2008-09-22stocks.csv, "
                        + "stocks-2010-2025/AAPL.csv and the like (docs/formats.md)"
                        + (inventory.unread.first.map { "; \($0.object.key): \($0.reason)" } ?? ""))
        }
        isSimulated = objects.contains { $0.key == "SIMULATED.md" }
        self.objects = objects
        sizes = Dictionary(objects.map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first })
    }

    /// Removes inputs that crashed an earlier run, unless they have changed since.
    /// - Returns: the removed inputs, with the reason.
    mutating func leaveOut(_ quarantined: PoisonedInputs) -> [String: String] {
        let reasons = Dictionary(
            files.compactMap { file in quarantined.reason(file.key, etag: file.etag).map { (file.key, $0) } },
            uniquingKeysWith: { first, _ in first })
        inventory.leaveOut(Set(reasons.keys))
        return reasons
    }

    var files: [SourceInventory.Object] {
        inventory.optionDays.map(\.object) + inventory.stockDays.map(\.object) + inventory.stockSymbols.map(\.object)
    }

    func contains(_ key: String) -> Bool { sizes[key] != nil }

    /// Bytes of text of the largest option file; a compressed file is assumed to expand eightfold.
    var largestText: Int {
        inventory.optionDays.map { $0.object.key.hasSuffix(".csv") ? $0.object.size : 8 * $0.object.size }.max() ?? 0
    }

    func optionDays(year: Int) -> [SourceInventory.DayFile] { inventory.optionDays.filter { $0.day.year == year } }

    /// Number of files that are clearly not market data.
    var ignoredCount: Int { inventory.ignored.count }

    /// Files that are not read although they are or may be market data, with the reason.
    var skipped: [String: String] {
        var reasons: [String: String] = [:]
        for duplicate in inventory.duplicates {
            reasons[duplicate.object.key] = "\(SkippedFiles.copyPrefix)\(duplicate.original) is read instead"
        }
        for partial in inventory.partialDays { reasons[partial.object.key] = "a sample of the day" }
        for file in inventory.unread { reasons[file.object.key] = file.reason.description }
        return reasons
    }
}
