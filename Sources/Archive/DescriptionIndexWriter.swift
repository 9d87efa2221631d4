import Base
import Foundation
import HDF5
import VectorIndex
import Descriptions
import MarketData
package import ObjectStore

/// Builds the description index of a year from its batches and the store's part vectors.
///
/// Memory: about 60 bytes per distinct description, the descriptions of one batch, and the pages of the file itself, which the
/// system writes back when memory is short. Cost: two passes over the descriptions of each batch.
package struct DescriptionIndexWriter {
    private let store: any ObjectStore
    private let manifest: Manifest
    private let year: Int

    package init(_ store: any ObjectStore, manifest: Manifest, year: Int) {
        self.store = store
        self.manifest = manifest
        self.year = year
    }

    /// The index's entry of a batch.
    private struct Source {
        var number: Int
        var path: String
        var kind: RowKind
        var rowCount: Int
        var zones: ZoneMaps
        /// Of the blocks of all columns.
        var places: [HDF5ChunkPlace]
        var files: [String]
    }

    /// The distinct descriptions of the year.
    private struct Distinct {
        /// Ascending.
        var keys: [UInt64] = []
        /// Row-major.
        var parts: [UInt32] = []
        /// By position in the index, the position in `keys`.
        var order: [UInt32] = []
        /// By position in `keys`, the position in the index.
        var place: [UInt32] = []
    }

    /// Writes the index.
    /// - Parameter descriptions: those of the year, at least one.
    package func write(_ descriptions: YearDescriptions, to path: String) async throws {
        var distinct = Distinct()
        try descriptions.forEachSlice { slice in
            distinct.keys += slice.keys.map(\.rawValue)
            distinct.parts += slice.parts
        }
        distinct.order = (0..<UInt32(distinct.keys.count)).sorted {
            DescriptionIndex.rank(of: distinct.keys[Int($0)]) < DescriptionIndex.rank(of: distinct.keys[Int($1)])
        }
        distinct.place = [UInt32](repeating: 0, count: distinct.order.count)
        for (place, index) in distinct.order.enumerated() { distinct.place[Int(index)] = UInt32(place) }

        let sources = try await sources()
        let (postingStart, splits) = try survey(distinct, sources)
        let tickerColumns = self.tickerColumns
        let (width, count) = (descriptions.partCount, distinct.keys.count)
        let profiles = profiles(distinct)
        let zoneCount = sources.reduce(0) { $0 + $1.zones.count }
        let models = manifest.models.keys.sorted()
        let tickerWidth = max(1, tickerColumns.map(\.count).max() ?? 1)
        let file = try DescriptionIndexFile(
            creating: path, year: year, isSimulated: manifest.simulated,
            batches: sources.map { source in
                DescriptionIndexFile.Batch(
                    number: UInt32(source.number), kind: source.kind, rowCount: source.rowCount, days: source.zones.days, files: source.files)
            }, splits: splits.map { ($0.ticker, $0.day) },
            DescriptionIndexFile.Shape(
                profiles: profiles.keys.count, parts: width, descriptions: count, tickerParts: tickerWidth, postings: Int(postingStart[count]),
                zones: zoneCount, blocks: sources.reduce(0) { $0 + $1.places.count }), models: models)
        file.put(profiles.keys, in: file.profileKey)
        file.put(profiles.start, in: file.profileStart)
        let isTicker = tickerColumns.map { columns in (0..<width).map { columns.contains($0) } }
        func part(_ index: Int, _ column: Int) -> UInt32 { distinct.parts[index * width + column] }
        func kind(_ index: Int) -> Int { DescriptionKey(rawValue: distinct.keys[index]).kind == .stock ? 1 : 0 }
        for column in 0..<width {
            let numbers = profiles.start.dropLast().map { first in
                let index = Int(distinct.order[Int(first)])
                return isTicker[kind(index)][column] ? PartsTable.none : part(index, column)
            }
            file.put(numbers, in: file.profileParts, at: column * profiles.keys.count)
        }
        file.put(distinct.order.map { distinct.keys[Int($0)] }, in: file.key)
        for plane in 0..<tickerWidth {
            let numbers = distinct.order.map { number in
                let index = Int(number)
                let columns = tickerColumns[kind(index)]
                return plane < columns.count ? part(index, columns[plane]) : PartsTable.none
            }
            file.put(numbers, in: file.tickerParts, at: plane * count)
        }
        file.put(postingStart, in: file.start)
        file.put(rowCounts: try await putPostings(distinct, sources, postingStart, in: file), profileStart: profiles.start)
        for (number, model) in models.enumerated() {
            file.put(norms: try await inverseNorms(distinct, width: width, model: model), profileStart: profiles.start, ofModel: number)
        }
        var (zone, block) = (0, 0)
        for source in sources {
            for column in ZoneMaps.columns.indices {
                file.put(source.zones.plane(column, \.minimum), in: file.minimum, at: column * zoneCount + zone)
                file.put(source.zones.plane(column, \.maximum), in: file.maximum, at: column * zoneCount + zone)
            }
            file.put(source.zones.firstKey, in: file.firstKey, at: zone)
            file.put(source.zones.lastKey, in: file.lastKey, at: zone)
            zone += source.zones.count
            file.put(source.places.map { UInt64($0.offset) }, in: file.blockOffset, at: block)
            file.put(source.places.map { UInt32($0.byteCount) }, in: file.blockBytes, at: block)
            block += source.places.count
        }
    }

    /// The columns of the parts that name the underlying, of options and of stocks.
    private var tickerColumns: [[Int]] {
        [RowKind.options, .stocks].map { manifest.descriptions.template.tickerParts(of: $0) }
    }

    private func sources() async throws -> [Source] {
        var sources: [Source] = []
        for batch in StoreReader.batches(of: manifest) where batch.year == year {
            let path = try await manifest.localPath(of: batch.key, in: store)
            let kind = try batchKind(path: path)
            let source =
                switch kind {
                case .options: try Self.source(batch.number, path, kind, try BatchColumns<OptionRows>(path: path))
                case .stocks: try Self.source(batch.number, path, kind, try BatchColumns<StockRows>(path: path))
                }
            sources.append(source)
        }
        return sources
    }

    private static func source<Rows: RowColumns>(_ number: Int, _ path: String, _ kind: RowKind, _ batch: BatchColumns<Rows>) throws -> Source {
        Source(
            number: number, path: path, kind: kind, rowCount: batch.rowCount, zones: try batch.zones(), places: try batch.places(),
            files: try batch.files())
    }

    /// The keys of the profiles, ascending, and `count + 1` positions of descriptions.
    private func profiles(_ distinct: Distinct) -> (keys: [UInt64], start: [UInt64]) {
        var keys: [UInt64] = []
        var start: [UInt64] = []
        for (place, index) in distinct.order.enumerated() {
            let profile = DescriptionIndex.profile(of: distinct.keys[Int(index)])
            guard keys.last != profile else { continue }
            keys.append(profile)
            start.append(UInt64(place))
        }
        return (keys, start + [UInt64(distinct.order.count)])
    }

    /// Calls `body` with each description of a batch and its position in the index.
    private func forEach(
        _ batch: BatchDescriptions, of source: Source, _ distinct: Distinct, _ body: (_ place: Int, _ rows: Range<UInt64>) -> Void
    ) throws {
        var index = 0
        for (number, key) in batch.keys.enumerated() {
            while index < distinct.keys.count, distinct.keys[index] < key.rawValue { index += 1 }
            guard index < distinct.keys.count, distinct.keys[index] == key.rawValue else {
                throw ArchiveError("batch \(source.number) of \(year) has changed while its descriptions were indexed")
            }
            body(Int(distinct.place[index]), batch.rowStart[number]..<batch.rowStart[number + 1])
        }
    }

    private struct Split: Hashable, Comparable {
        var ticker: UInt32
        var day: Int32

        static func < (a: Split, b: Split) -> Bool { (a.ticker, a.day) < (b.ticker, b.day) }
    }

    /// Where the postings of each description begin, and the days of rows that are described as splits.
    private func survey(_ distinct: Distinct, _ sources: [Source]) throws -> (postingStart: [UInt64], splits: [Split]) {
        let code = UInt8(try Lexicon.builtIn()[.underlyingMove].categories.count)
        var start = [UInt64](repeating: 0, count: distinct.keys.count + 1)
        var splits: Set<Split> = []
        for source in sources {
            var ranges: [(UInt32, Range<Int>)] = []
            try forEach(try BatchDescriptions(path: source.path), of: source, distinct) { place, rows in
                start[place + 1] += 1
                let key = DescriptionKey(rawValue: distinct.keys[Int(distinct.order[place])])
                if key[.underlyingMove] == code { ranges.append((key.ticker, Int(rows.lowerBound)..<Int(rows.upperBound))) }
            }
            guard !ranges.isEmpty else { continue }
            let days: [Int32] =
                switch source.kind {
                case .options: try BatchColumns<OptionRows>(path: source.path).allRows(["quote_date"]).quoteDate
                case .stocks: try BatchColumns<StockRows>(path: source.path).allRows(["quote_date"]).quoteDate
                }
            for (ticker, rows) in ranges { for row in rows { splits.insert(Split(ticker: ticker, day: days[row])) } }
        }
        for place in distinct.keys.indices { start[place + 1] += start[place] }
        return (start, splits.sorted())
    }

    /// - Returns: the rows of each description.
    private func putPostings(
        _ distinct: Distinct, _ sources: [Source], _ start: [UInt64], in file: DescriptionIndexFile
    ) async throws -> [UInt64] {
        var next = start
        var totals = [UInt64](repeating: 0, count: distinct.keys.count)
        file.clearBounds(count: distinct.keys.count)
        try await orderedMap(Array(sources.enumerated()), width: ProcessInfo.processInfo.activeProcessorCount) { _, source in
            try Self.bounded(source)
        } consume: { item, bounded in
            let (number, source) = item
            var description = 0
            try forEach(bounded.batch, of: source, distinct) { place, rows in
                let position = Int(next[place])
                next[place] += 1
                totals[place] += UInt64(rows.count)
                file.putPosting(at: position, batch: number, firstRow: UInt32(rows.lowerBound), rows: UInt32(rows.count))
                for (field, codes) in bounded.codes.enumerated() {
                    codes[description].store(in: file.map.bytes, at: file.postingBounds.offset + PostingBounds.width * position, field: field)
                    file.widen(description: place, field: field, by: codes[description])
                }
                description += 1
            }
        }
        return totals
    }

    /// The descriptions of a batch, and the codes of their rows' numbers, by field of `PostingBounds` and description.
    private static func bounded(_ source: Source) throws -> (batch: BatchDescriptions, codes: [[PostingBounds.Codes]]) {
        let batch = try BatchDescriptions(path: source.path)
        let codes =
            switch source.kind {
            case .options:
                try optionCodes(try BatchColumns<OptionRows>(path: source.path), batch.rowStart)
            case .stocks: try codes(try BatchColumns<StockRows>(path: source.path), batch.rowStart)
            }
        return (batch, codes)
    }

    /// - Parameter computed: numbers of all rows that no column has, by field.
    private static func codes<Rows: RowColumns>(
        _ batch: BatchColumns<Rows>, _ rowStart: [UInt64], computed: [String: [Double]] = [:]
    ) throws -> [[PostingBounds.Codes]] {
        try PostingBounds.fields.map { field in
            if let numbers = computed[field] { return PostingBounds.codes(numbers, rowStart: rowStart) }
            guard let column = Rows.columns.first(where: { $0.field == field }) else {
                return [PostingBounds.Codes](repeating: PostingBounds.none, count: rowStart.count - 1)
            }
            let values = column.numbers(try batch.allRows([column.name]), 0..<batch.rowCount)
            return PostingBounds.codes(values, rowStart: rowStart)
        }
    }

    private static func optionCodes(_ batch: BatchColumns<OptionRows>, _ rowStart: [UInt64]) throws -> [[PostingBounds.Codes]] {
        let rows = try batch.allRows(["key", "quote_date", "expiry", "strike", "implied_volatility", "underlying_close", "bid", "ask"])
        func numbers(_ name: String) -> [Double] {
            OptionRows.columns.first { $0.name == name }?.numbers(rows, 0..<batch.rowCount) ?? []
        }
        let greeks = BlackScholesColumns(
            described: rows.key.map { DescriptionKey(rawValue: $0).kind == .put }, closes: numbers("underlying_close"),
            strikes: numbers("strike"), volatilities: numbers("implied_volatility"), quoteDates: rows.quoteDate, expiries: rows.expiry)
        let spreads = zip(numbers("bid"), numbers("ask")).map { bid, ask in
            bid + ask > 0 ? (ask - bid) / ((bid + ask) / 2) : .nan
        }
        return try codes(
            batch, rowStart,
            computed: [
                "delta": greeks.deltas.map(abs), "theta": greeks.thetas.map(abs), "gamma": greeks.gammas, "vega": greeks.vegas,
                "spread": spreads,
            ])
    }

    /// By position in the index.
    private func inverseNorms(_ distinct: Distinct, width: Int, model: String) async throws -> [Float] {
        let vectors = try await StoredVectors(store, manifest: manifest, model: model)
        let weights = [RowKind.options, .stocks].map { manifest.descriptions.template.weights(of: $0, width: width) }
        var result = [Float](repeating: 0, count: distinct.order.count)
        // Neighbours in the index share all parts except the underlying's, so a slice needs few vectors.
        for first in stride(from: 0, to: distinct.order.count, by: YearDescriptions.sliceCount) {
            let members = distinct.order[first..<min(first + YearDescriptions.sliceCount, distinct.order.count)]
            for kind in 0...1 {
                let places = members.indices.filter {
                    (DescriptionKey(rawValue: distinct.keys[Int(members[$0])]).kind == .stock) == (kind == 1)
                }
                guard !places.isEmpty else { continue }
                let parts = places.flatMap { place in
                    let index = Int(distinct.order[place])
                    return distinct.parts[index * width..<(index + 1) * width]
                }
                let (rows, tuples) = try vectors.table(of: parts)
                let norms = ScanKernels.inverseNorms(of: rows, dimensions: vectors.dimension, tuples: tuples, weights: weights[kind])
                for (place, norm) in zip(places, norms) { result[place] = norm }
            }
        }
        return result
    }
}

extension ZoneMaps {
    /// The bounds of one column, by zone.
    fileprivate func plane(_ column: Int, _ side: KeyPath<ZoneMaps, [Float]>) -> [Float] {
        let values = self[keyPath: side]
        return stride(from: column, to: values.count, by: Self.columns.count).map { values[$0] }
    }

    /// The first and the last quote day of all zones.
    fileprivate var days: ClosedRange<Int32> {
        guard let column = Self.columns.firstIndex(of: "quote_date") else { return 0...0 }
        let (low, high) = (plane(column, \.minimum).min() ?? 0, plane(column, \.maximum).max() ?? 0)
        return low <= high && low.isFinite && high.isFinite ? Int32(low)...Int32(high) : 0...0
    }
}

extension StoreWriter {
    /// Builds the description index of a year and stores it. Writes nothing for a year without descriptions.
    package func putDescriptionIndex(of descriptions: YearDescriptions, year: Int) async throws {
        guard descriptions.count > 0 else { return }
        let writer = DescriptionIndexWriter(store, manifest: manifest, year: year)
        try await put(ArchiveLayout.descriptions(year: year)) { path in try await writer.write(descriptions, to: path) }
    }
}

extension StoreReader {
    /// Opens the description index of a year. One that the store lacks, because the year is not complete, is made in a temporary file. One
    /// of a year with segments is made in the cache.
    /// - Parameter models: the models of the questions.
    /// - Throws: `ArchiveError` when it is damaged; errors of the store.
    package func descriptionIndex(year: Int, models: [String]) async throws -> DescriptionIndex {
        let segments = segments.filter { $0.year == year }
        let partCount = parts.texts.count
        guard let cache, !segments.isEmpty else {
            return try await Self.descriptionIndex(store, manifest: manifest, year: year, models: models, partCount: partCount)
        }
        return try await cache.open(joinedContent(year: year, models: models, segments), ending: ArchiveLayout.descriptionsName) { path in
            try await self.writeIndex(year: year, models: models, joining: segments, to: path)
        } opening: { path in
            try DescriptionIndex(path: path, year: year, models: models, partCount: partCount, sha256: nil)
        }
    }

    /// What the joined index of a year follows from.
    private func joinedContent(year: Int, models: [String], _ segments: [ReadableSegment]) -> [String] {
        // All segments, because parts have their numbers from all of them.
        let objects = manifest.objects.filter {
            $0.key.hasPrefix(ArchiveLayout.partsPrefix) || $0.key.hasPrefix(ArchiveLayout.batchPrefix(year: year))
        }
        return ["description index", DescriptionIndex.layout, "\(year)"] + models.sorted()
            + objects.map { "\($0.key) \($0.value.sha256)" }.sorted() + self.segments.map(\.digest)
    }

    /// Joins the index of a year with those of segments.
    private func writeIndex(year: Int, models: [String], joining segments: [ReadableSegment], to path: String) async throws {
        var inputs: [DescriptionIndexMerge.Input] = []
        if Self.batches(of: manifest).contains(where: { $0.year == year }) {
            let own = try await Self.descriptionIndex(store, manifest: manifest, year: year, models: models, partCount: parts.texts.count)
            let numbers = own.batches.map { UInt32(BatchReference(key: $0.key)?.number ?? 0) }
            inputs.append(DescriptionIndexMerge.Input(own, numbers: numbers, translation: nil))
        }
        try await orderedMap(segments, width: Self.segmentsAtOnce) { segment in
            try await segment.descriptionIndex(models: models)
        } consume: { _, input in
            inputs.append(input)
        }
        try DescriptionIndexMerge(inputs: inputs, year: year, isSimulated: manifest.simulated, models: models).write(to: path)
    }

    /// The description index of a year of a store or segment, without others.
    static func descriptionIndex(
        _ store: any ObjectStore, manifest: Manifest, year: Int, models: [String], partCount: Int
    ) async throws -> DescriptionIndex {
        let key = ArchiveLayout.descriptions(year: year)
        guard let object = manifest.objects[key] else {
            let descriptions = try await YearDescriptions.read(store, manifest: manifest, year: year)
            return try await temporaryIndex(year: year, models: models, partCount: partCount) { path in
                try await DescriptionIndexWriter(store, manifest: manifest, year: year).write(descriptions, to: path)
            }
        }
        let path = try await manifest.localPath(of: key, in: store)
        return try reading(key, of: store) {
            do {
                return try DescriptionIndex(path: path, year: year, models: models, partCount: partCount, sha256: object.sha256)
            } catch let error as ArchiveError {
                guard error.kind == .damaged else { throw ArchiveError("\(key) cannot be used: \(error.description)", kind: error.kind) }
                throw damaged(key, of: store, error.description)
            }
        }
    }

    /// Makes an index in a temporary file, and opens it.
    private static func temporaryIndex(
        year: Int, models: [String], partCount: Int, making write: (_ path: String) async throws -> Void
    ) async throws -> DescriptionIndex {
        let path = FileSystem.temporaryFolder + "/tapedeck-\(UInt64.random(in: .min ... .max)).h5"
        defer { FileSystem.remove(path) }
        try await write(path)
        return try DescriptionIndex(path: path, year: year, models: models, partCount: partCount, sha256: nil)
    }
}
