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
    /// Texts handed to an encoder at a time; bounds memory in `joint`, where texts may be many.
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

    /// Encodes the texts that models have no vectors for yet.
    func encodeNew(in table: inout PartsTable, report: (GenerationEvent) -> Void) async throws {
        for (model, encoder) in encoders.sorted(by: { $0.key < $1.key }) {
            let missing = table.missing(model: model, dimension: encoder.dimension)
            guard !missing.isEmpty else { continue }
            let clock = ContinuousClock.now
            var start = missing.lowerBound
            while start < missing.upperBound {
                let end = min(start + Self.encodingBatch, missing.upperBound)
                let vectors = try await encoder.encode(Array(table.texts[start..<end]), as: .document)
                table.append(
                    vectors: roundsToHalf ? ScanKernels.floats(fromHalves: ScanKernels.halves(vectors)) : vectors,
                    model: model)
                start = end
            }
            report(
                .encoded(
                    model: model, texts: missing.count, seconds: (ContinuousClock.now - clock) / .seconds(1)))
        }
    }
}
