import MarketData
import Archive
import Descriptions
import Encoders

/// Collects the parts of new descriptions and encodes each new text once with every model.
struct PartEncoding: Sendable {
    let lexicon: Lexicon
    let template: DescriptionTemplate
    let aliases: AliasTable
    let encoders: [String: SentenceEncoder]
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

    /// Encodes texts that the store does not have yet.
    func encode(_ texts: [String], report: (GenerationEvent) -> Void) async throws -> NewParts {
        var parts = NewParts(type: vectorType)
        guard !texts.isEmpty else { return parts }
        let clock = ContinuousClock.now
        for start in stride(from: 0, to: texts.count, by: Self.encodingBatch) {
            let slice = Array(texts[start..<min(start + Self.encodingBatch, texts.count)])
            try parts.append(slice, vectors: try await vectors(slice, models: Set(encoders.keys)))
        }
        let seconds = (ContinuousClock.now - clock) / .seconds(1)
        for model in encoders.keys.sorted() { report(.encoded(model: model, texts: texts.count, seconds: seconds)) }
        return parts
    }

    /// Vectors of texts by some of the models.
    func vectors(_ texts: [String], models: Set<String>) async throws -> [String: [Float]] {
        try await EncoderGroup(encoders.filter { models.contains($0.key) }).encode(texts, as: .document)
    }
}
