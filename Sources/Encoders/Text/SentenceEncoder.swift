import Base
public import ModelFiles
import Tokenization

/// A sentence model ready for use: texts in, vectors of L2 norm 1 out. It adds the prefixes that the model was trained with.
public final class SentenceEncoder: Sendable {
    /// Purpose of a text: some models were trained to distinguish questions from documents that answer them.
    public enum Role: Sendable { case query, document }

    /// The model.
    public let model: LocatedModel
    /// Encoder of the model's tokens.
    public let encoder: TextEncoder
    let tokenizer: WordPieceTokenizer
    /// SHA-256 of the tokenizer file: models with equal digests have the same tokens.
    let tokenizerSHA256: String

    private var queryPrefix: String { model.prompts.query }
    private var documentPrefix: String { model.prompts.document }

    /// Length of a vector.
    public var dimension: Int { encoder.dimension }

    /// Opens a model.
    /// - Throws: `ModelFileError`, `TokenizerError` and `EncoderError`, naming the file.
    public init(model: LocatedModel, precision: Precision, pool: WorkerPool) throws {
        self.model = model
        tokenizerSHA256 = try model.folder.tokenizerDigest()
        tokenizer = try WordPieceTokenizer(path: model.folder.tokenizerFile)
        // Weights may have unused rows, which pad their number to a multiple of 64 or 128, but no more than that.
        let rows = model.folder.configuration.vocabularySize
        guard tokenizer.vocabularySize <= rows, rows - tokenizer.vocabularySize < 128 else {
            throw ModelFileError(
                .malformed, model.folder.tokenizerFile,
                "it has \(tokenizer.vocabularySize) tokens and the weights have \(rows): this is another model's tokenizer; pull the model again")
        }
        encoder = try TextEncoder(folder: model.folder, precision: precision, pool: pool)
    }

    /// Opens models by key, hub id or folder; they share their threads.
    /// - Returns: encoders by the names requested.
    /// - Throws: `ModelFileError` for a model that is missing or damaged; `EncoderError`; `TokenizerError`.
    public static func open(
        models: [String], precision: Precision, threads: Int, locator: ModelLocator = ModelLocator()
    ) throws -> [String: SentenceEncoder] {
        let pool = WorkerPool(threads: threads)
        var encoders: [String: SentenceEncoder] = [:]
        for name in models {
            let located = try locator.model(name)
            encoders[located.name] = try SentenceEncoder(model: located, precision: precision, pool: pool)
        }
        return encoders
    }

    /// Encodes texts. Longer texts are truncated to the model's `maxTokens`.
    /// - Returns: `texts.count` x `dimension`, row-major, in the order of the texts.
    /// - Throws: `EncoderError` when memory or oneDNN fails.
    public func encode(_ texts: [String], as role: Role) async throws -> [Float] {
        try await blocking {
            var tokens = TokenBatch()
            self.tokenizer.encode(texts, prefix: self.prefix(role), maxTokens: self.encoder.maxTokens, into: &tokens)
            return try self.encoder.encode(tokens: tokens)
        }
    }

    /// The model's prefix for a text.
    func prefix(_ role: Role) -> String { role == .query ? queryPrefix : documentPrefix }

    /// Identifies the model's vectors. Hashes the weights, unless the digest of the unchanged file is cached.
    /// - Throws: `ModelFileError` when a file of the model cannot be read.
    public func fingerprint() throws -> ModelFingerprint {
        ModelFingerprint(
            weightsSHA256: try model.folder.weightsDigest(), tokenizerSHA256: tokenizerSHA256,
            precision: encoder.precision.rawValue, arithmetic: encoder.arithmetic,
            pooling: model.folder.pooling.rawValue, queryPrefix: queryPrefix,
            documentPrefix: documentPrefix, maxTokens: encoder.maxTokens,
            truncationSide: tokenizer.truncationSide == .left ? "left" : nil, dimension: dimension)
    }
}
