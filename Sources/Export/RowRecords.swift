import Archive
import Base
import Descriptions
import MarketData
import Parquet

/// Rows of a kind that can be exported.
protocol ExportedRows: RowColumns {
    static var kind: RowKind { get }
    var key: [UInt64] { get }
    var file: [UInt32] { get set }
    /// The contract of each row; `nil` for rows that are of none.
    func contracts(_ tickers: [String]) -> ParquetTexts?
}

extension OptionRows: ExportedRows {
    static var kind: RowKind { .options }

    func contracts(_ tickers: [String]) -> ParquetTexts? {
        var texts = ParquetTexts()
        for row in key.indices {
            let root = Int(self.root[row]) < tickers.count ? tickers[Int(self.root[row])] : "?"
            // Rows come from contracts, so their parts form one; for a damaged store, show the root.
            let contract = try? OptionContract(
                root: root, expiry: Day(rawValue: expiry[row]), kind: DescriptionKey(rawValue: key[row]).kind == .put ? .put : .call,
                strikeThousandths: strike[row])
            texts.append(contract?.description ?? root)
        }
        return texts
    }
}

extension StockRows: ExportedRows {
    static var kind: RowKind { .stocks }

    func contracts(_ tickers: [String]) -> ParquetTexts? { nil }
}

/// The table `options` or `stocks`: a record for each row of a year, with the columns that `RowColumns` declares.
struct RowRecords<Rows: ExportedRows>: ExportRecords {
    private let archive: StoreReader
    private let words: DescriptionWords
    private let vectors: [DescriptionVectors]
    private let isWanted: @Sendable (DescriptionKey) -> Bool
    private let hasContracts: Bool
    /// Number of open batches; workers process neighbouring batches.
    private let open = AsyncMemo<Int, OpenBatch<Rows>>(limit: 4)
    private let cache = RowCache(bytes: 32 << 20)

    private var index: DescriptionIndex { words.index }

    init(
        _ archive: StoreReader, _ words: DescriptionWords, _ vectors: [DescriptionVectors], isWanted: @escaping @Sendable (DescriptionKey) -> Bool
    ) {
        self.archive = archive
        self.words = words
        self.vectors = vectors
        self.isWanted = isWanted
        hasContracts = Rows().contracts([]) != nil
    }

    private var attributes: [Attribute] {
        Attribute.allCases.filter { $0.applies(to: Rows.kind == .stocks ? .stock : .call) }
    }

    /// The declared columns except the key, whose parts have their own columns.
    private var declared: [RowColumn<Rows>] { Rows.columns.filter { $0.unit != .descriptionKey } }

    var columns: [ExportColumn] {
        var columns = [
            ExportColumn("key", .int64), ExportColumn("year", .int32), ExportColumn("underlying", .string), ExportColumn("kind", .string),
        ]
        if hasContracts { columns.append(ExportColumn("contract", .string)) }
        columns += declared.map { ExportColumn($0.name, $0.exportType) }
        columns.append(ExportColumn("description", .string))
        columns += attributes.map { ExportColumn(categoryColumn($0), .string) }
        return columns + vectors.map { ExportColumn(vectorColumn($0.model), .floatList, dimension: $0.dimension) }
    }

    func pieces() async throws -> [ExportGroup.Piece] {
        var pieces: [ExportGroup.Piece] = []
        for number in index.batches.indices where index.batches[number].kind == Rows.kind {
            let batch = try await batch(number)
            for (place, key) in batch.keys.enumerated() where isWanted(key) {
                let range = Int(batch.rowStart[place])..<Int(batch.rowStart[place + 1])
                if let last = pieces.last, last.place == number, last.range.upperBound == range.lowerBound {
                    pieces[pieces.count - 1].range = last.range.lowerBound..<range.upperBound
                } else {
                    pieces.append(ExportGroup.Piece(place: number, range: range))
                }
            }
        }
        return pieces
    }

    private func batch(_ number: Int) async throws -> OpenBatch<Rows> {
        try await open.value(number) { try await archive.openBatch(index.batches[number].key, cache: cache) }
    }

    func values(_ group: ExportGroup) async throws -> [ParquetColumnData] {
        var rows = Rows()
        var files: [String] = []
        for piece in group.pieces {
            let batch = try await batch(piece.place)
            let base = UInt32(files.count)
            files += batch.files
            try batch.forEachBlock(in: piece.range) { block, positions, _ in
                var block = positions.count == block.key.count ? block : block.reordered(positions.map(UInt32.init))
                guard block.file.allSatisfy({ Int($0) < batch.files.count }) else {
                    throw ExportError("\(index.batches[piece.place].key) names a source file that it does not have", kind: .damaged)
                }
                if base > 0 { block.file = block.file.map { $0 + base } }
                rows.append(contentsOf: block)
            }
        }
        let keys = rows.key.map(DescriptionKey.init(rawValue:))
        let mask = words.template.mask(of: Rows.kind)
        var data = [
            ParquetColumnData(.int64(keys.map { Int64(bitPattern: $0.rawValue & mask) })),
            ParquetColumnData(.int32([Int32](repeating: Int32(index.year), count: keys.count))), words.underlyings(keys), words.kinds(keys),
        ]
        if let contracts = rows.contracts(words.tickers) { data.append(ParquetColumnData(.texts(contracts))) }
        for column in declared { data.append(column.exported(rows, files: files, tickers: words.tickers)) }
        data.append(sentences(keys))
        for attribute in attributes { data.append(.categories(keys.map { $0[attribute] }, words.categories(attribute))) }
        guard !vectors.isEmpty else { return data }
        let parts = try parts(keys, mask: mask)
        for model in vectors {
            data.append(ParquetColumnData(.vectors(try model.compose(parts, weights: words.weights(of: Rows.kind)), dimension: model.dimension)))
        }
        return data
    }

    /// The description of each row, with the attributes that the template does not use.
    private func sentences(_ keys: [DescriptionKey]) -> ParquetColumnData {
        var codes: [DescriptionKey: UInt32] = [:]
        var texts: [String] = []
        let found = keys.map { key in
            if let code = codes[key] { return code }
            let code = UInt32(texts.count)
            texts.append(words.writer.sentence(key))
            codes[key] = code
            return code
        }
        return ParquetColumnData(.codes(found, dictionary: texts))
    }

    /// The parts of each row's description. Rows of one description are adjacent.
    private func parts(_ keys: [DescriptionKey], mask: UInt64) throws -> [UInt32] {
        var parts: [UInt32] = []
        parts.reserveCapacity(keys.count * words.width)
        var last: UInt64?
        for key in keys {
            let masked = key.rawValue & mask
            if masked == last {
                parts.append(contentsOf: Array(parts.suffix(words.width)))
                continue
            }
            guard let description = index.description(key: DescriptionKey(rawValue: masked)) else {
                throw ExportError(
                    "the index of descriptions of \(index.year) lacks the key \(masked)", kind: .damaged, remedy: "run `tapedeck index rebuild --all`"
                )
            }
            words.appendParts(of: description, profile: index.profile(ofDescription: description), to: &parts)
            last = masked
        }
        return parts
    }
}

extension RowColumn {
    /// How exports store the column.
    var exportType: ParquetType {
        switch unit {
        case .fileNumber, .tickerNumber: return .string
        case .day: return .date
        case .thousandthsOfDollar: return .decimal(precision: 9, scale: 3)
        default: break
        }
        switch values {
        case .uint8: return labels.isEmpty ? .int32 : .string
        case .int32: return .int32
        case .uint32: return .uint32
        case .int64, .uint64: return .int64
        case .float: return .float
        }
    }

    /// The values in the form of exports; missing ones are null.
    func exported(_ rows: Rows, files: [String], tickers: [String]) -> ParquetColumnData {
        switch values {
        case .uint8(let path):
            let values = rows[keyPath: path]
            guard !labels.isEmpty else { return ParquetColumnData(.int32(values.map(Int32.init))) }
            let codes = labels.keys.sorted()
            let places = (0...UInt8.max).map { code in codes.firstIndex(of: code) }
            let isNull = values.map { places[Int($0)] == nil }
            return ParquetColumnData(
                .codes(values.map { UInt32(places[Int($0)] ?? 0) }, dictionary: codes.map { labels[$0] ?? "" }), isNull: isNull)
        case .uint32(let path):
            let values = rows[keyPath: path]
            guard exportType == .string else { return ParquetColumnData(.uint32(values)) }
            let dictionary = unit == .fileNumber ? files : tickers
            let isNull = values.map { Int($0) >= dictionary.count }
            return ParquetColumnData(.codes(zip(values, isNull).map { $1 ? 0 : $0 }, dictionary: dictionary), isNull: isNull)
        case .uint64(let path): return ParquetColumnData(.int64(rows[keyPath: path].map(Int64.init(bitPattern:))))
        case .int32(let path):
            let values = rows[keyPath: path]
            return ParquetColumnData(.int32(values), isNull: missing == .minusOne ? values.map { $0 < 0 } : nil)
        case .int64(let path):
            let values = rows[keyPath: path]
            return ParquetColumnData(.int64(values), isNull: missing == .minusOne ? values.map { $0 < 0 } : nil)
        case .float(let path):
            let values = rows[keyPath: path]
            return ParquetColumnData(.floats(values), isNull: missing == .nan ? values.map(\.isNaN) : nil)
        }
    }
}
