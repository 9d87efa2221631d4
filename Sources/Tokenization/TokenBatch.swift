/// Token ids of several texts, end to end without padding.
public struct TokenBatch: Sendable, Equatable {
    /// All texts' ids in order; of one text: `[CLS]`, its pieces, `[SEP]`.
    public var ids: [Int32]
    /// Where each text starts in `ids`, and at the end the number of ids: one more entry than there are texts, the first is 0.
    public var offsets: [Int32]

    /// An empty batch, or one of the given ids and offsets.
    public init(ids: [Int32] = [], offsets: [Int32] = [0]) {
        self.ids = ids
        self.offsets = offsets
    }

    /// Number of texts.
    public var count: Int { max(offsets.count - 1, 0) }

    /// The ids of one text.
    public subscript(index: Int) -> ArraySlice<Int32> { ids[Int(offsets[index])..<Int(offsets[index + 1])] }

    /// The same texts with a prefix's tokens after each text's first token, cut to a length as `WordPieceTokenizer` cuts them: what stands
    /// between the first and the last token gives way.
    /// - Parameters:
    ///   - prefix: see `WordPieceTokenizer.tokens(ofPrefix:)`.
    ///   - maxTokens: most tokens of a text, at least 2. Texts that were cut to fewer tokens before stay as they are.
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

    /// Forgets the texts and keeps the memory.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
    }
}
