/// What `tapedeck bench tokenize` measures: texts a second on one thread.
package struct TokenizerBenchmark: Sendable {
    /// Texts of one run.
    package let textCount: Int
    /// Tokens of one run, `[CLS]` and `[SEP]` included.
    package let tokenCount: Int
    /// Time of the fastest run.
    package let seconds: Double

    package var textsPerSecond: Double { Double(textCount) / seconds }
    package var tokensPerSecond: Double { Double(tokenCount) / seconds }

    /// Encodes all texts `runs` times, at least once, into memory that the runs share.
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
