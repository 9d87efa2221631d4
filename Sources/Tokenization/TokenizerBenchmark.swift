/// What `tapedeck bench tokenize` measures: texts a second on one thread.
public struct TokenizerBenchmark: Sendable {
    /// Texts of one run.
    public let textCount: Int
    /// Tokens of one run, `[CLS]` and `[SEP]` included.
    public let tokenCount: Int
    /// Time of the fastest run.
    public let seconds: Double

    public var textsPerSecond: Double { Double(textCount) / seconds }
    public var tokensPerSecond: Double { Double(tokenCount) / seconds }

    /// Encodes all texts `runs` times, at least once, into memory that the runs share.
    public init(_ tokenizer: WordPieceTokenizer, texts: [String], maxTokens: Int, runs: Int = 5) {
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
