import Encoders
import Foundation
import HTTPTypes
import ModelFiles
import StrictJSON
import Tapedeck
import Tokenization

/// Vectors of texts by the store's models, in the form of OpenAI's API.
struct EmbeddingsService: Sendable {
    private struct Model: Sendable {
        let encoder: SentenceEncoder
        let queue: EmbeddingQueue
        /// Names that callers may use, in lower case.
        let names: Set<String>
    }

    private let models: [String: Model]
    private let inputs: Int

    init(_ encoders: [String: SentenceEncoder], limits: ServerSettings.Limits, metrics: ServerMetrics) {
        inputs = limits.inputs
        models = encoders.reduce(into: [:]) { models, entry in
            var names: Set<String> = [entry.key.lowercased()]
            if let id = (entry.value.model.model ?? CatalogModel.named(entry.key))?.hubID { names.insert(id.lowercased()) }
            models[entry.key] = Model(
                encoder: entry.value, queue: EmbeddingQueue(entry.value, limit: limits.waitingTokens, metrics: metrics), names: names)
        }
    }

    /// Tokens that wait, by model.
    var waitingTokens: [String: Int] { models.mapValues(\.queue.waitingTokens) }

    /// The models as OpenAI's API lists them.
    var list: JSONValue {
        [
            "object": "list",
            "data": .array(
                models.keys.sorted().map { key in
                    [
                        "id": .string(key), "object": "model", "created": 0, "owned_by": "tapedeck",
                        "dimensions": .integer(models[key]?.encoder.dimension ?? 0),
                        "max_tokens": .integer(models[key]?.encoder.encoder.maxTokens ?? 0),
                    ]
                }),
        ]
    }

    /// Answers the body of a request.
    /// - Throws: `Problem`; `EncoderError`.
    func answer(_ body: JSONValue) async throws -> [UInt8] {
        let request = try EmbeddingsRequest(body, limit: inputs)
        guard let model = models.values.first(where: { $0.names.contains(request.modelName.lowercased()) }) else {
            throw Problem(
                status: .notFound, code: "model_not_found", title: "Unknown model",
                detail: "the server has no model '\(request.model.prefix(200))'",
                remedy: "it has \(models.keys.sorted().joined(separator: ", ")), each also with :query or :document", member: "model")
        }
        let width = try width(request.dimensions, of: model.encoder)
        let tokens = try tokens(request, model.encoder)
        let vectors = try await model.queue.encode(tokens)
        return Self.json(vectors, dimension: model.encoder.dimension, width: width, request: request, tokens: tokens.ids.count)
    }

    /// Nomic's vectors may be cut; those of the other models may not.
    private func width(_ wanted: Int?, of encoder: SentenceEncoder) throws -> Int {
        guard let wanted, wanted != encoder.dimension else { return encoder.dimension }
        guard encoder.encoder.shape.configuration.architecture == .nomicBert else {
            throw Problem.invalid(
                "this model's vectors have \(encoder.dimension) dimensions and cannot be cut", remedy: "leave out 'dimensions'", member: "dimensions")
        }
        guard wanted < encoder.dimension else {
            throw Problem.invalid("this model's vectors have \(encoder.dimension) dimensions, fewer than \(wanted)", member: "dimensions")
        }
        return wanted
    }

    private func tokens(_ request: EmbeddingsRequest, _ encoder: SentenceEncoder) throws -> TokenBatch {
        let most = encoder.encoder.maxTokens
        let limit = request.truncates ? most : most + 1
        let tokens: TokenBatch
        switch request.input {
        case .texts(let texts):
            tokens = encoder.tokens(of: texts, as: request.role, limit: limit)
        case .tokens(let lists):
            if let id = lists.lazy.flatMap(\.self).first(where: { Int($0) >= encoder.vocabularySize }) {
                throw Problem.invalid(
                    "the token id \(id) is not in this model's vocabulary of \(encoder.vocabularySize)",
                    remedy: "send texts, or ids of the model's own tokenizer", member: "input")
            }
            tokens = encoder.tokens(ids: lists, as: request.role, limit: limit)
        }
        if !request.truncates, let long = (0..<tokens.count).first(where: { tokens[$0].count > most }) {
            throw Problem.invalid(
                "'input' [\(long)] has more than the \(most) tokens that this model reads", remedy: "shorten it, or set 'truncate' to true",
                member: "input")
        }
        return tokens
    }

    /// The answer, written by hand: most of it is numbers.
    private static func json(_ vectors: [Float], dimension: Int, width: Int, request: EmbeddingsRequest, tokens: Int) -> [UInt8] {
        var bytes = Array(#"{"object":"list","data":["#.utf8)
        bytes.reserveCapacity(vectors.count / dimension * (width * (request.format == .float ? 13 : 6) + 64) + 256)
        var vector = [Float](repeating: 0, count: width)
        for index in 0..<(vectors.count / dimension) {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += #"{"object":"embedding","index":\#(index),"embedding":"#.utf8
            for column in 0..<width { vector[column] = vectors[index * dimension + column] }
            if width < dimension {
                let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
                if norm > 0 { for column in 0..<width { vector[column] /= norm } }
            }
            switch request.format {
            case .float:
                bytes.append(UInt8(ascii: "["))
                for column in 0..<width {
                    if column > 0 { bytes.append(UInt8(ascii: ",")) }
                    bytes += vector[column].description.utf8
                }
                bytes.append(UInt8(ascii: "]"))
            case .base64:
                // The machine stores the least significant byte first.
                bytes.append(UInt8(ascii: "\""))
                vector.withUnsafeBytes { bytes += Data($0).base64EncodedData() }
                bytes.append(UInt8(ascii: "\""))
            }
            bytes.append(UInt8(ascii: "}"))
        }
        let model = (try? JSONText.encode(request.model)) ?? []
        bytes += #"],"model":"#.utf8
        bytes += model
        bytes += #","usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)}}"#.utf8
        return bytes
    }
}
