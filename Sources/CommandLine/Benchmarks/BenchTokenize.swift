import ArgumentParser
import Benchmarks
import Foundation
import ModelFiles
import Monitoring
import Tokenization

struct BenchTokenize: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize", abstract: "Measure the tokenizer in texts per second, on one thread.",
        discussion: """
            Example:
              tapedeck bench tokenize --texts descriptions.txt
            """)

    @Option(help: ArgumentHelp("Model whose tokenizer is measured.", valueName: "model"))
    var model = "minilm"

    @Option(help: ArgumentHelp("File of texts, one per line.", valueName: "file"))
    var texts: String

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Measurement: Encodable {
        var model: String
        var texts: Int
        var tokens: Int
        var batch: Int
        var threads = 1
        var precision = "none"
        var texts_per_second: Double
        var tokens_per_second: Double
    }

    func run() async throws {
        let folder = try ModelLocator().model(model).folder
        let tokenizer = try WordPieceTokenizer(path: folder.tokenizerFile)
        let lines = String(decoding: try InputFile.read(texts, what: "texts"), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        let result = TokenizerBenchmark(tokenizer, texts: lines, maxTokens: folder.maxTokens)
        if json {
            return try Terminal.printJSON(
                Measurement(
                    model: model, texts: result.textCount, tokens: result.tokenCount, batch: result.textCount,
                    texts_per_second: result.textsPerSecond, tokens_per_second: result.tokensPerSecond),
                pretty: false)
        }
        print(
            "\(Numbers.grouped(result.textCount)) texts, \(Numbers.grouped(result.tokenCount)) tokens, one thread: "
                + "\(Numbers.grouped(Int(result.textsPerSecond))) texts/s, "
                + "\(Numbers.grouped(Int(result.tokensPerSecond))) tokens/s")
    }
}
