import ArgumentParser
import EmbeddingCache
import Monitoring

struct CacheExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export a cache in the original layout, /TICKER/YYYY-MM-DD.",
        discussion: """
            Writes a file for programs that read the original layout.

            Example:
              tapedeck cache export cache.h5 --output-path embeddings_cache.h5
            """)

    @Argument(help: ArgumentHelp("Cache to export.", valueName: "file"))
    var path: String

    @Option(help: ArgumentHelp("Output file.", valueName: "file"))
    var outputPath: String

    @Flag(help: "Replace an existing output file.")
    var overwrite = false

    func run() async throws {
        try OutputFile.check(outputPath, beside: CacheFile.endingsBeside, reading: [path])
        let file = try CacheFile(path)
        try OriginalLayout.write(file, to: outputPath, overwrite: overwrite)
        print("\(outputPath): \(Numbers.grouped(file.counts()[.cached] ?? 0)) vectors of \(Numbers.grouped(file.tickers.count)) tickers")
    }
}
