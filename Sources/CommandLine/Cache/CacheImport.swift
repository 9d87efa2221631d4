import ArgumentParser
import EmbeddingCache
import Encoders
import ModelFiles
import Monitoring

struct CacheImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import a cache of the original layout, /TICKER/YYYY-MM-DD.",
        discussion: """
            The original layout does not record which model encoded the vectors. --model-path names it. Without --model-path, \
            the cache counts as that of a unique, unknown model. A vector with numbers that are not finite becomes a failed cell.

            Example:
              tapedeck cache import old.h5 --output-path cache.h5 --model-path best.pt
            """)

    @Argument(help: ArgumentHelp("File in the original layout.", valueName: "file"))
    var path: String

    @Option(help: ArgumentHelp("Cache to write.", valueName: "file"))
    var outputPath: String

    @Option(help: ArgumentHelp("Checkpoint that encoded the vectors.", valueName: "file"))
    var modelPath: String?

    @Option(help: ArgumentHelp("Number of attention heads, for checkpoints that do not state it.", valueName: "n"))
    var heads: Int?

    @Option(help: ArgumentHelp("Number of times the original repeated a row.", valueName: "n"))
    var repeatRow = 2000

    @Option(help: "Number type of stored vectors.")
    var dtype: CacheVectorType = .f32

    @Option(help: ArgumentHelp("Maximum share of failed cells; above it, the exit code is 1.", valueName: "share"))
    var maxFailures = 0.01

    @Flag(help: "Replace an existing output file.")
    var overwrite = false

    func validate() throws {
        guard repeatRow > 0, heads ?? 1 > 0 else { throw ValidationError("--repeat-row and --heads must be positive.") }
        guard (0...1).contains(maxFailures) else { throw ValidationError("--max-failures must be from 0 to 1.") }
    }

    func run() async throws {
        try OutputFile.check(outputPath, beside: CacheFile.endingsBeside, reading: [path, modelPath])
        let model = try modelPath.map { path in
            try StockEncoder(path: path, heads: heads, precision: .f32, threads: 1).fingerprint()
        }
        try OriginalLayout.read(
            path, to: outputPath, model: model, rows: repeatRow, vectorType: dtype, overwrite: overwrite)
        let file = try CacheFile(outputPath)
        print("\(outputPath): \(file.days.count) days, \(Numbers.grouped(file.tickers.count)) tickers, \(Numbers.bytes(file.byteCount))")
        print(CacheText.cells(file.counts()))
        CacheText.failures(file, most: 20).forEach { Terminal.complain($0) }
        try CacheRun.failIfMany(file, maxFailures)
    }
}
