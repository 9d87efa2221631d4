/// Token ids of several texts, concatenated without padding.
public struct TokenBatch: Sendable, Equatable {
    /// Ids of all texts in order; each text has `[CLS]`, its pieces, `[SEP]`.
    public var ids: [Int32]
    /// Start of each text in `ids`, starting with 0, followed by the number of ids; one more entry than there are texts.
    public var offsets: [Int32]

    /// Creates a batch; empty by default.
    public init(ids: [Int32] = [], offsets: [Int32] = [0]) {
        self.ids = ids
        self.offsets = offsets
    }

    /// Number of texts.
    public var count: Int { max(offsets.count - 1, 0) }

    /// Ids of one text.
    public subscript(index: Int) -> ArraySlice<Int32> { ids[Int(offsets[index])..<Int(offsets[index + 1])] }

    /// Inserts a prefix's tokens after each text's first token, and truncates the texts as `WordPieceTokenizer` does: tokens
    /// between the first and the last are removed.
    /// - Parameters:
    ///   - prefix: see `WordPieceTokenizer.tokens(ofPrefix:)`.
    ///   - maxTokens: maximum number of tokens of a text, at least 2. Tokens that were truncated before are not
    ///     restored.
    ///   - side: the tokenizer's `truncationSide`.
    public func inserting(_ prefix: [Int32], maxTokens: Int, truncating side: TruncationSide = .right) -> TokenBatch {
        precondition(maxTokens >= 2, "a text has at least the two tokens that begin and end it")
        let longest = zip(offsets, offsets.dropFirst()).reduce(0) { max($0, Int($1.1) - Int($1.0)) }
        if prefix.isEmpty && longest <= maxTokens { return self }
        var batch = TokenBatch()
        batch.ids.reserveCapacity(ids.count + count * prefix.count)
        batch.offsets.reserveCapacity(offsets.count)
        for text in 0..<count {
            let tokens = self[text]
            guard let first = tokens.first, tokens.count > 1 else {
                batch.ids += tokens
                batch.offsets.append(Int32(batch.ids.count))
                continue
            }
            let own = tokens.dropFirst().dropLast()
            let surplus = max(prefix.count + own.count - (maxTokens - 2), 0)
            batch.ids.append(first)
            switch side {
            case .left:
                batch.ids += prefix.dropFirst(surplus)
                batch.ids += own.dropFirst(max(surplus - prefix.count, 0))
            case .right:
                batch.ids += prefix.dropLast(max(surplus - own.count, 0))
                batch.ids += own.dropLast(surplus)
            }
            batch.ids += tokens.suffix(1)
            batch.offsets.append(Int32(batch.ids.count))
        }
        return batch
    }

    /// Removes all texts and keeps the memory.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
    }
}
