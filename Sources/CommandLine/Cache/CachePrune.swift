import ArgumentParser
import EmbeddingCache
import MarketData
import Monitoring

struct CachePrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Keep some days and tickers of a cache and drop the others.",
        discussion: """
            Example:
              tapedeck cache prune cache.h5 --start 2024-07-01 --output-path recent.h5
            """)

    @Argument(help: ArgumentHelp("Cache to prune.", valueName: "file"))
    var path: String

    @Option(help: ArgumentHelp("First day to keep.", valueName: "date"))
    var start: String?

    @Option(help: ArgumentHelp("Last day to keep.", valueName: "date"))
    var end: String?

    @Option(help: ArgumentHelp("Tickers to keep, separated by commas.", valueName: "list"))
    var tickers: String?

    @Option(help: ArgumentHelp("File of tickers to keep, one per line.", valueName: "file"))
    var tickersFile: String?

    @Option(help: ArgumentHelp("Tickers to drop, separated by commas.", valueName: "list"))
    var dropTickers: String?

    @Option(help: ArgumentHelp("Days to drop, separated by commas.", valueName: "list"))
    var dropDays: String?

    @Option(help: ArgumentHelp("Cache to write. Default: the pruned cache replaces the given one.", valueName: "file"))
    var outputPath: String?

    @Flag(help: "Replace an existing output file.")
    var overwrite = false

    func validate() throws {
        _ = try DateText.days(start, "--start", end, "--end")
        for item in ListText.items(dropDays) { _ = try DateText.day(item, "--drop-days") }
        guard [start, end, tickers, tickersFile, dropTickers, dropDays].contains(where: { $0 != nil }) else {
            throw ValidationError("Say what to keep or to drop: --start, --end, --tickers, --tickers-file, --drop-tickers, --drop-days.")
        }
    }

    func run() async throws {
        try OutputFile.check(outputPath ?? path, beside: CacheFile.endingsBeside, reading: [tickersFile], replacing: [path])
        let file = try CacheFile(path)
        let first = try DateText.day(start, "--start") ?? Day(rawValue: .min)
        let last = try DateText.day(end, "--end") ?? Day(rawValue: .max)
        let droppedDays = Set(try ListText.items(dropDays).compactMap { try DateText.day($0, "--drop-days") })
        let kept = try TickerFile.named(tickers, file: tickersFile).map { Set($0) }
        let dropped = Set(ListText.items(dropTickers))
        for ticker in (kept ?? []).union(dropped).sorted() where !file.tickers.contains(ticker) {
            throw CommandError("\(path): has no ticker \(ticker)")
        }
        let merge = try CacheMerge(
            [file], days: { $0 >= first && $0 <= last && !droppedDays.contains($0) },
            tickers: { (kept?.contains($0) ?? true) && !dropped.contains($0) })
        try merge.write(to: outputPath ?? path, overwrite: overwrite)
        let pruned = try CacheFile(outputPath ?? path)
        print(
            "\(pruned.path): \(pruned.days.count) of \(file.days.count) days, \(Numbers.grouped(pruned.tickers.count)) of "
                + "\(Numbers.grouped(file.tickers.count)) tickers, \(Numbers.bytes(pruned.byteCount))")
    }
}
