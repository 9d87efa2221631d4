import Archive
import Descriptions
import Encoders
import VectorIndex

/// Finds the parts of new descriptions and has each new text encoded once with every model.
struct PartEncoding {
    let lexicon: Lexicon
    let template: DescriptionTemplate
    let aliases: AliasTable
    let encoders: [String: SentenceEncoder]
    /// Vectors are rounded as they will be stored, so that a run that goes on from the store composes the same ones.
    let roundsToHalf: Bool
    /// Texts handed to the encoders at a time; bounds memory in `joint`, where texts may be many.
    static let encodingBatch = 8192

    /// The part numbers of descriptions: `keys.count` x the template's parts of that kind, row-major.
    func parts(of keys: [DescriptionKey], kind: InstrumentKind, in table: inout PartsTable) -> [UInt32] {
        let tickers = table.tickers
        let writer = DescriptionWriter(lexicon: lexicon, template: template) { [aliases] number in
            aliases.words(for: Int(number) < tickers.count ? tickers[Int(number)] : "?")
        }
        let parts = template.parts(of: kind)
        var numbers = [UInt32](repeating: PartsTable.none, count: keys.count * parts.count)
        for (column, part) in parts.enumerated() {
            // Keys that agree in a part's bits share its text: the text is made once for each such group.
            var known: [UInt64: UInt32] = [:]
            for (row, key) in keys.enumerated() {
                let bits = key.rawValue & part.mask
                if let number = known[bits] {
                    numbers[row * parts.count + column] = number
                    continue
                }
                let number = writer.text(of: part, key: key).map { table.intern(text: $0) } ?? PartsTable.none
                known[bits] = number
                numbers[row * parts.count + column] = number
            }
        }
        return numbers
    }

    /// Encodes the texts that models have no vectors for yet, with all models at once that lack the same ones.
    func encodeNew(in table: inout PartsTable, report: (GenerationEvent) -> Void) async throws {
        let models = Dictionary(grouping: encoders) { table.missing(model: $0.key, dimension: $0.value.dimension) }
        for (missing, behind) in models.sorted(by: { $0.key.lowerBound < $1.key.lowerBound }) where !missing.isEmpty {
            let group = EncoderGroup(Dictionary(uniqueKeysWithValues: behind.map { ($0.key, $0.value) }))
            let clock = ContinuousClock.now
            for start in stride(from: missing.lowerBound, to: missing.upperBound, by: Self.encodingBatch) {
                let end = min(start + Self.encodingBatch, missing.upperBound)
                for (model, vectors) in try await group.encode(Array(table.texts[start..<end]), as: .document) {
                    table.append(
                        vectors: roundsToHalf ? ScanKernels.floats(fromHalves: ScanKernels.halves(vectors)) : vectors,
                        model: model)
                }
            }
            let seconds = (ContinuousClock.now - clock) / .seconds(1)
            for model in group.encoders.keys.sorted() { report(.encoded(model: model, texts: missing.count, seconds: seconds)) }
        }
    }
}
