package import Tokenization

/// Tokenisation and encoding as two steps, for servers that count tokens and join the texts of several callers.
extension SentenceEncoder {
    /// Tokens of texts, after the prefix of their role.
    /// - Parameter limit: the most tokens of a text; further ones are dropped. To notice texts that are too long, allow one more
    ///   than `maxTokens`.
    package func tokens(of texts: [String], as role: Role, limit: Int) -> TokenBatch {
        var batch = TokenBatch()
        tokenizer.encode(texts, prefix: prefix(role), maxTokens: limit, into: &batch)
        return batch
    }

    /// Puts the role's prefix and the tokens that begin and end a text around tokens of the model's own vocabulary.
    /// - Parameter texts: ids without those of the first and the last token.
    package func tokens(ids texts: [[Int32]], as role: Role, limit: Int) -> TokenBatch {
        var bare = TokenBatch()
        for ids in texts {
            bare.ids.append(tokenizer.firstToken)
            bare.ids += ids
            bare.ids.append(tokenizer.lastToken)
            bare.offsets.append(Int32(bare.ids.count))
        }
        let text = prefix(role)
        let before = text.isEmpty ? [] : Array(tokenizer.encode(text, maxTokens: 4 * text.utf8.count + 2).dropFirst().dropLast())
        return bare.inserting(before, maxTokens: limit, truncating: tokenizer.truncationSide)
    }

    /// Number of tokens in the vocabulary.
    package var vocabularySize: Int { tokenizer.vocabularySize }
}
