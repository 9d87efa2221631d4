import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure performance: encoder, stock model, tokenizer, ingestion, index search, embeddings cache, questions.",
        discussion: "Example:\n  tapedeck bench encode --model minilm",
        subcommands: [
            BenchEncode.self, BenchStock.self, BenchTokenize.self, BenchIngest.self, BenchSearch.self, BenchCache.self,
            BenchQuestions.self, BenchAnalyses.self,
        ])
}
