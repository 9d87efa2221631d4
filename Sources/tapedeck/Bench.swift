import ArgumentParser

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this machine: encoder, tokenizer, ingestion, index search, questions.",
        subcommands: [BenchEncode.self, BenchTokenize.self, BenchIngest.self, BenchSearch.self, BenchQuestions.self])
}
