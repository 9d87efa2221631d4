import Archive
import Base
import Descriptions
import MarketData
import Parquet

/// The table `descriptions`: a record for each distinct description of a year.
struct DescriptionRecords: ExportRecords {
    private let words: DescriptionWords
    private let vectors: [DescriptionVectors]
    private let attributes: [Attribute]
    private let isWanted: @Sendable (DescriptionKey) -> Bool

    private var index: DescriptionIndex { words.index }

    /// - Parameter isWanted: whether to write a description.
    init(_ words: DescriptionWords, _ vectors: [DescriptionVectors], isWanted: @escaping @Sendable (DescriptionKey) -> Bool) {
        self.words = words
        self.vectors = vectors
        self.isWanted = isWanted
        attributes = Self.attributes(words.template)
    }

    /// Attributes in any description of a template.
    private static func attributes(_ template: DescriptionTemplate) -> [Attribute] {
        Attribute.allCases.filter { attribute in
            RowKind.allCases.contains { kind in
                let example: InstrumentKind = kind == .stocks ? .stock : .call
                return attribute.applies(to: example) && template.mask(of: kind) & (7 << (attribute.slot * 3)) != 0
            }
        }
    }

    var columns: [ExportColumn] {
        [
            ExportColumn("key", .int64), ExportColumn("year", .int32), ExportColumn("underlying", .string), ExportColumn("kind", .string),
            ExportColumn("description", .string), ExportColumn("rows", .int64),
        ] + attributes.map { ExportColumn(categoryColumn($0), .string) }
            + vectors.map { ExportColumn(vectorColumn($0.model), .floatList, dimension: $0.dimension) }
    }

    func pieces() -> [ExportGroup.Piece] {
        var pieces: [ExportGroup.Piece] = []
        for description in 0..<index.count where isWanted(DescriptionKey(rawValue: index.keys[description])) {
            if let last = pieces.last, last.range.upperBound == description {
                pieces[pieces.count - 1].range = last.range.lowerBound..<description + 1
            } else {
                pieces.append(ExportGroup.Piece(place: 0, range: description..<description + 1))
            }
        }
        return pieces
    }

    func values(_ group: ExportGroup) throws -> [ParquetColumnData] {
        let count = group.count
        var keys: [DescriptionKey] = []
        var rows: [Int64] = []
        var texts = ParquetTexts()
        keys.reserveCapacity(count)
        rows.reserveCapacity(count)
        // Stocks come last, with weights of their own.
        var parts: [RowKind: [UInt32]] = [:]
        for piece in group.pieces {
            var start = piece.range.lowerBound
            while start < piece.range.upperBound {
                let profile = index.profile(ofDescription: start)
                let end = min(piece.range.upperBound, index.descriptions(ofProfile: profile).upperBound)
                append(start..<end, profile, &keys, &rows, &texts, &parts)
                start = end
            }
        }
        let vectors = try vectors.map { model -> ParquetColumnData in
            var composed: [Float] = []
            for kind in RowKind.allCases {
                guard let parts = parts[kind] else { continue }
                let more = try model.compose(parts, weights: words.weights(of: kind))
                if composed.isEmpty { composed = more } else { composed += more }
            }
            return ParquetColumnData(.vectors(composed, dimension: model.dimension))
        }
        return [
            ParquetColumnData(.int64(keys.map { Int64(bitPattern: $0.rawValue) })),
            ParquetColumnData(.int32([Int32](repeating: Int32(index.year), count: count))),
            words.underlyings(keys), words.kinds(keys), ParquetColumnData(.texts(texts)), ParquetColumnData(.int64(rows)),
        ] + attributes.map { attribute in .categories(keys.map { code(attribute, $0) }, words.categories(attribute)) } + vectors
    }

    private func code(_ attribute: Attribute, _ key: DescriptionKey) -> UInt8 {
        guard let kind = key.kind, attribute.applies(to: kind) else { return 0 }
        return key[attribute]
    }

    private func append(
        _ descriptions: Range<Int>, _ profile: Int, _ keys: inout [DescriptionKey], _ rows: inout [Int64], _ texts: inout ParquetTexts,
        _ parts: inout [RowKind: [UInt32]]
    ) {
        // The sentences of a profile differ in the underlying's name, with which they begin.
        let example = DescriptionKey(rawValue: index.keys[descriptions.lowerBound])
        let sentence = Array(words.writer.sentence(example).utf8)
        let name = Int(example.ticker) < words.names.count ? words.names[Int(example.ticker)] : []
        let rest = !name.isEmpty && sentence.starts(with: name) ? Array(sentence.dropFirst(name.count)) : nil
        for description in descriptions {
            let key = DescriptionKey(rawValue: index.keys[description])
            keys.append(key)
            rows.append(Int64(index.rowCounts[description]))
            if let rest, Int(key.ticker) < words.names.count {
                texts.append(words.names[Int(key.ticker)], rest)
            } else {
                texts.append(words.writer.sentence(key))
            }
            words.appendParts(of: description, profile: profile, to: &parts[DescriptionWords.kind(key), default: []])
        }
    }
}
