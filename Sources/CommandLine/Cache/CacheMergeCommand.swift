import ArgumentParser
import EmbeddingCache
import Monitoring

struct CacheMergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merge caches of one model.",
        discussion: """
            Days and tickers may overlap. Vectors that lookups have stored next to the files are merged as well. With a single \
            file, merges that file with its additions.

            Example:
              tapedeck cache merge part1.h5 part2.h5 --output-path cache.h5
            """)

    @Argument(help: ArgumentHelp("Caches to merge.", valueName: "files"))
    var paths: [String]

    @Option(help: ArgumentHelp("Cache to write; may be one of the inputs.", valueName: "file"))
    var outputPath: String

    @Option(help: "Which file wins if two hold different vectors for a ticker and day; fail writes nothing.")
    var conflicts: CacheMerge.ConflictPolicy = .fail

    @Option(
        help: ArgumentHelp(
            "Treat vectors as equal if they differ by at most this share of their length; use 1e-4 to merge an import with a build.",
            valueName: "share"))
    var tolerance = 0.0

    @Flag(help: "Replace an existing output file.")
    var overwrite = false

    func validate() throws {
        guard (0...1).contains(tolerance) else { throw ValidationError("--tolerance must be from 0 to 1.") }
    }

    func run() async throws {
        try OutputFile.check(outputPath, beside: CacheFile.endingsBeside, replacing: paths)
        let merge = try CacheMerge(try paths.map { try CacheFile($0) })
        let found = try merge.write(to: outputPath, conflicts: conflicts, tolerance: tolerance, overwrite: overwrite)
        let file = try CacheFile(outputPath)
        print("\(outputPath): \(file.days.count) days, \(Numbers.grouped(file.tickers.count)) tickers, \(Numbers.bytes(file.byteCount))")
        print(CacheText.cells(file.counts()))
        if !found.isEmpty { print("\(Numbers.grouped(found.count)) conflicts, resolved with the \(conflicts.rawValue) file") }
    }
}
