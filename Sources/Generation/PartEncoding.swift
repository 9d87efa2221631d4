import MarketData
import Archive
import Descriptions
import Encoders

/// Collects the parts of new descriptions and encodes each new text once with every model.
struct PartEncoding: Sendable {
    let lexicon: Lexicon
    let template: DescriptionTemplate
    let aliases: AliasTable
    /// Keys of the models.
    let models: Set<String>
    /// Where vectors come from.
    let source: any PartVectors
    /// Storage type of the vectors.
    let vectorType: PartsFile.VectorType
    /// Texts passed to the encoders at a time. Limits memory in `joint`, where there may be many texts.
    static let encodingBatch = 8192

    /// Part numbers of descriptions: `keys.count` x the template's parts of that kind, row-major. Also returns the texts
    /// that the store does not have yet.
    func parts(
        of keys: [DescriptionKey], kind: RowKind, tickers: TickerNumbers, in table: PartNumbers
    ) async -> (numbers: [UInt32], new: [String]) {
        let writer = DescriptionWriter(lexicon: lexicon, template: template) { [aliases] number in
            aliases.words(for: Int(number) < tickers.symbols.count ? tickers.symbols[Int(number)] : "?")
        }
        let parts = template.parts(of: kind)
        var texts: [String] = []
        // Indices into `texts`, until the texts get their numbers.
        var places = [UInt32](repeating: PartsTable.none, count: keys.count * parts.count)
        for (column, part) in parts.enumerated() {
            // Keys with equal bits for a part share its text, so each text is made only once.
            var known: [UInt64: UInt32] = [:]
            for (row, key) in keys.enumerated() {
                let bits = key.rawValue & part.mask
                if let place = known[bits] {
                    places[row * parts.count + column] = place
                    continue
                }
                var place = PartsTable.none
                if let text = writer.text(of: part, key: key) {
                    place = UInt32(texts.count)
                    texts.append(text)
                }
                known[bits] = place
                places[row * parts.count + column] = place
            }
        }
        let (numbers, new) = await table.number(texts)
        for index in places.indices where places[index] != PartsTable.none {
            places[index] = numbers[Int(places[index])]
        }
        return (places, new)
    }

    /// Gives texts that the store does not have yet their vectors.
    /// - Parameter batch: the batch whose descriptions have the texts.
    func encode(_ texts: [String], of batch: BatchOrigin, report: (GenerationEvent) -> Void) async throws -> NewParts {
        var parts = NewParts(type: vectorType)
        guard !texts.isEmpty else { return parts }
        let clock = ContinuousClock.now
        for start in stride(from: 0, to: texts.count, by: Self.encodingBatch) {
            let slice = Array(texts[start..<min(start + Self.encodingBatch, texts.count)])
            try parts.append(slice, vectors: try await source.vectors(of: slice, models: models, batch: batch))
        }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        for model in models.sorted() { report(.encoded(model: model, texts: texts.count, seconds: seconds)) }
        return parts
    }
}

/// What the rows of a batch were read from.
struct BatchOrigin: Sendable {
    var kind: RowKind
    var year: Int
    /// Keys of the source objects.
    var files: [String]
}

/// A source of the vectors of part texts.
protocol PartVectors: Sendable {
    /// Vectors of texts, by model: `texts.count` x dimension, row-major, L2-normalised.
    /// - Parameter batch: the batch whose descriptions have the texts; `nil` for texts of a whole store.
    func vectors(of texts: [String], models: Set<String>, batch: BatchOrigin?) async throws -> [String: [Float]]
}

/// Vectors that encoders compute.
struct EncodedVectors: PartVectors {
    let encoders: [String: SentenceEncoder]

    func vectors(of texts: [String], models: Set<String>, batch: BatchOrigin?) async throws -> [String: [Float]] {
        try await EncoderGroup(encoders.filter { models.contains($0.key) }).encode(texts, as: .document)
    }
}
