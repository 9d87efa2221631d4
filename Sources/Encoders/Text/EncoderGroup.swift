import Base
import Tokenization

/// Sentence models that encode the same texts at once, on the same threads.
///
/// Texts are tokenised once for all models with the same tokenizer; each model's prefix and length limit are then applied to
/// the tokens. Vectors are identical, bit for bit, to those of each model alone.
public struct EncoderGroup: Sendable {
    /// The encoders, by the names used in results.
    public let encoders: [String: SentenceEncoder]
    // Models grouped by tokenizer.
    private let sharing: [[SentenceEncoder]]
    private let names: [[String]]

    /// Creates a group of encoders that share their threads.
    public init(_ encoders: [String: SentenceEncoder]) {
        self.encoders = encoders
        let groups = Dictionary(grouping: encoders.sorted { $0.key < $1.key }) {
            $0.value.tokenizerSHA256 + $0.value.tokenizer.truncationSide.rawValue
        }.sorted { $0.key < $1.key }.map(\.value)
        sharing = groups.map { $0.map(\.value) }
        names = groups.map { $0.map(\.key) }
    }

    /// Encodes texts with every model. Longer texts are truncated to each model's `maxTokens`.
    ///
    /// Besides the models' memory (`TextEncoder.memory(tokens:)`), this needs memory for the tokens and vectors of all
    /// texts, so limit the number of texts per call.
    /// - Returns: for each model's name, `texts.count` x the model's dimension, row-major, in the order of the texts.
    /// - Throws: `EncoderError.mixedPools` when the models do not share their threads.
    public func encode(_ texts: [String], as role: SentenceEncoder.Role) async throws -> [String: [Float]] {
        let vectors = try await blocking {
            try TextEncoder.encode(sharing.flatMap { Self.tokenise(texts, as: role, for: $0) })
        }
        return Dictionary(zip(names.joined(), vectors)) { $1 }
    }

    /// Tokenises texts for several models with the same tokenizer.
    private static func tokenise(
        _ texts: [String], as role: SentenceEncoder.Role, for encoders: [SentenceEncoder]
    ) -> [(encoder: TextEncoder, tokens: TokenBatch)] {
        guard let tokenizer = encoders.first?.tokenizer else { return [] }
        var bare = TokenBatch()
        tokenizer.encode(texts, maxTokens: encoders.map(\.encoder.maxTokens).max() ?? 2, into: &bare)
        return encoders.map { encoder in
            let prefix = encoder.prefix(role), maxTokens = encoder.encoder.maxTokens
            if let tokens = tokenizer.tokens(ofPrefix: prefix) {
                return (encoder.encoder, bare.inserting(tokens, maxTokens: maxTokens, truncating: tokenizer.truncationSide))
            }
            // A prefix whose last word continues into the text is part of the text.
            var tokens = TokenBatch()
            tokenizer.encode(texts, prefix: prefix, maxTokens: maxTokens, into: &tokens)
            return (encoder.encoder, tokens)
        }
    }
}
