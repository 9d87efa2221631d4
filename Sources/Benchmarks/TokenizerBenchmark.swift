package import Tokenization

/// Result of `tapedeck bench tokenize`: texts per second on one thread.
package struct TokenizerBenchmark: Sendable {
    /// Number of texts per run.
    package let textCount: Int
    /// Number of tokens per run, including `[CLS]` and `[SEP]`.
    package let tokenCount: Int
    /// Time of the fastest run, in seconds.
    package let seconds: Double

    package var textsPerSecond: Double { Double(textCount) / seconds }
    package var tokensPerSecond: Double { Double(tokenCount) / seconds }

    /// Encodes all texts `runs` times (at least once), reusing the memory.
    package init(_ tokenizer: WordPieceTokenizer, texts: [String], maxTokens: Int, runs: Int = 5) {
        var batch = TokenBatch()
        var fastest: Duration?
        for _ in 0..<max(1, runs) {
            batch.removeAll()
            let time = ContinuousClock().measure { tokenizer.encode(texts, maxTokens: maxTokens, into: &batch) }
            fastest = min(fastest ?? time, time)
        }
        textCount = texts.count
        tokenCount = batch.ids.count
        seconds = (fastest ?? .zero) / .seconds(1)
    }
}
