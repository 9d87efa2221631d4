import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure performance: encoder, stock model, tokenizer, ingestion, index search, embeddings cache, questions.",
        discussion: "Example:\n  tapedeck bench encode --model minilm",
        subcommands: [
            BenchEncode.self, BenchStock.self, BenchTokenize.self, BenchIngest.self, BenchSearch.self, BenchCache.self,
            BenchQuestions.self, BenchAnalyses.self,
        ])
}
