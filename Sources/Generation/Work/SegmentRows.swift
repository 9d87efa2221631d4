import Archive
import Base
import Descriptions
import Foundation
import MarketData
import ObjectStore

/// Published segments of a plan.
struct Segments: Sendable {
    let plan: WorkPlan
    let store: any ObjectStore
    /// The unit of each input.
    private let units: [Place: Int]
    private let workers: Int
    private let opened = AsyncMemo<Int, Segment>(limit: 64)
    // Decoded rows take the most memory: the current ones, and those of the next segment.
    private let options = AsyncMemo<BatchPlace, SegmentBatch<OptionRows>>(limit: 2)
    private let stocks = AsyncMemo<BatchPlace, SegmentBatch<StockRows>>(limit: 2)

    private struct Place: Hashable {
        var kind: RowKind
        var year: Int
        var key: String
    }

    private struct BatchPlace: Hashable {
        var unit: Int
        var batch: Int
    }

    /// - Parameter workers: blocks of rows decoded at a time.
    init(_ plan: WorkPlan, in store: any ObjectStore, workers: Int) {
        self.plan = plan
        self.store = store
        self.workers = workers
        units = Dictionary(
            plan.units.flatMap { unit in unit.keys.map { (Place(kind: unit.kind, year: unit.year, key: $0), unit.number) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// The segment that has the rows of an input.
    /// - Throws: `GenerationError` when there is none; `ArchiveError` when it is damaged; errors of the store.
    func segment(of key: String, kind: RowKind, year: Int) async throws -> Segment {
        guard let unit = units[Place(kind: kind, year: year, key: key)] else {
            throw GenerationError(
                "\(key) of \(year) is neither in the store nor in a segment of the plan \(plan.id): the store has lost a batch since; run "
                    + "`tapedeck verify --repair`, and start the workers with --discard-plan \(plan.id)")
        }
        return try await segment(unit)
    }

    private func segment(_ unit: Int) async throws -> Segment {
        try await opened.value(unit) { [plan, store] in try await Segment(unit: plan.units[unit], of: plan, in: store) }
    }

    /// The described rows of an option file.
    func options(_ input: RunInput, year: Int) async throws -> DescribedFile<OptionRows> {
        let segment = try await segment(of: input.key, kind: .options, year: year)
        prepareNext(after: segment.unit, input)
        return try await segment.rows(input) { try await batch($0, of: segment, options) }
    }

    /// The described rows of an input with stock bars.
    func stocks(_ input: RunInput, year: Int) async throws -> DescribedFile<StockRows> {
        let segment = try await segment(of: input.key, kind: .stocks, year: year)
        prepareNext(after: segment.unit, input)
        return try await segment.rows(input) { try await batch($0, of: segment, stocks) }
    }

    private func batch<Rows>(
        _ number: Int, of segment: Segment, _ batches: AsyncMemo<BatchPlace, SegmentBatch<Rows>>
    ) async throws -> SegmentBatch<Rows> {
        try await batches.value(BatchPlace(unit: segment.unit.number, batch: number)) { [workers] in
            try await SegmentBatch(path: try await segment.path(ofBatch: number), workers: workers)
        }
    }

    /// Opens the next segment in advance, so that nothing waits for its requests.
    private func prepareNext(after unit: WorkPlan.Unit, _ input: RunInput) {
        guard input.key == unit.keys.first, plan.units.indices.contains(unit.number + 1) else { return }
        Task {
            // Its errors are reported when its turn comes.
            guard let next = try? await segment(unit.number + 1), let number = next.firstBatch else { return }
            _ = try? await next.path(ofBatch: number)
        }
    }

    /// The segments that have the rows of a batch.
    func segments(of batch: BatchOrigin) async throws -> [Segment] {
        var found: [Segment] = []
        for key in batch.files {
            let segment = try await segment(of: key, kind: batch.kind, year: batch.year)
            if !found.contains(where: { $0 === segment }) { found.append(segment) }
        }
        return found
    }
}

/// A published segment: the rows of a unit's inputs.
final class Segment: Sendable {
    let unit: WorkPlan.Unit
    let store: PrefixedStore
    let manifest: Manifest?
    let inputs: [String: YearLedger.Input]
    let failures: [String: String]
    /// Tickers by number.
    let tickers: [String]
    /// Numbers of the segment's texts.
    let numbers: PartNumbers

    init(unit: WorkPlan.Unit, of plan: WorkPlan, in base: any ObjectStore) async throws {
        self.unit = unit
        let segment = try await StoredSegment(plan: plan.id, unit: unit.number, in: base)
        store = segment.store
        failures = segment.published.failures
        numbers = PartNumbers()
        guard let manifest = segment.manifest, let ledger = segment.ledger else {
            (self.manifest, inputs, tickers) = (nil, [:], [])
            return
        }
        func damaged(_ problem: String) -> ArchiveError {
            StoredSegment.damaged(segment.store, ArchiveLayout.published(plan: plan.id, unit: unit.number), problem)
        }
        guard ledger.year == unit.year else { throw damaged("its ledger is of another year") }
        self.manifest = manifest
        inputs = Dictionary(ledger.inputs.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let parts = ArchiveLayout.parts(segment: 0)
        if manifest.objects[parts] != nil {
            let path = try await manifest.localPath(of: parts, in: store)
            tickers = try PartsFile.tickers(path, first: 0)
            try await numbers.read(segment: path)
        } else {
            tickers = []
        }
        guard ledger.inputs.allSatisfy({ (0...tickers.count).contains($0.tickers ?? -1) }) else {
            throw damaged("its ledger has wrong numbers of tickers")
        }
    }

    /// Number of the batch with the unit's first rows; `nil` if there are no rows.
    var firstBatch: Int? { inputs.values.compactMap(\.batch).min() }

    /// Path of a local file with a batch.
    func path(ofBatch number: Int) async throws -> String {
        guard let manifest else { throw GenerationError("the segment at \(store.location) has no batches") }
        return try await manifest.localPath(of: ArchiveLayout.batch(year: unit.year, number: number), in: store)
    }

    /// The described rows of an input.
    /// - Parameter batch: opens a batch of the segment by its number.
    func rows<Rows: BatchRows>(
        _ input: RunInput, batch: (_ number: Int) async throws -> SegmentBatch<Rows>
    ) async throws -> DescribedFile<Rows> {
        if let failure = failures[input.key] { return DescribedFile(key: input.key, failure: failure) }
        guard let entry = inputs[input.key], entry.etag == input.etag else {
            throw GenerationError(
                "the segment at \(store.location) lacks \(input.key), or has another version of it; delete the segment's object in published/, and "
                    + "run `tapedeck work` again")
        }
        var file = DescribedFile<Rows>(key: input.key)
        file.symbols = Array(tickers.prefix(entry.tickers ?? 0))
        file.unwanted = entry.unwanted ?? 0
        file.quirks = entry.quirks
        if !entry.quarantined.isEmpty {
            file.rejected = try QuarantineFile.rows(
                try await store.get(ArchiveLayout.quarantine(source: input.key, year: unit.year)), key: input.key)
        }
        if let number = entry.batch { file.rows = try await batch(number).rows(of: input.key) }
        guard file.rows.key.count == entry.searchable, file.rejected.count == entry.rows - entry.searchable else {
            throw GenerationError("the segment at \(store.location) is damaged: \(input.key) has other rows than its ledger says")
        }
        return file
    }

    /// Vectors of texts that the segment has.
    /// - Parameter wanted: numbers of the segment's texts, ascending.
    func vectors(_ wanted: [UInt32], model: String) async throws -> [Float] {
        guard let manifest else { return [] }
        return try await StoredVectors(store, manifest: manifest, model: model).rows(wanted)
    }
}

/// A batch of a segment, with its rows in the order of their files and lines again.
struct SegmentBatch<Rows: BatchRows>: Sendable {
    private let rows: Rows
    private let order: [String: ArraySlice<UInt32>]

    /// - Parameter workers: blocks of rows decoded at a time.
    init(path: String, workers: Int) async throws {
        let columns = try BatchColumns<Rows>(path: path, cache: RowCache(bytes: 0))
        let blocks = (columns.rowCount + BatchColumns<Rows>.blockRows - 1) / BatchColumns<Rows>.blockRows
        var rows = Rows()
        try await orderedMap(Array(0..<blocks), width: workers) { block in
            try columns.rows(Rows.columns.indices, block: block)
        } consume: { _, block in
            rows.append(contentsOf: block)
        }
        try self.init(rows: rows, files: try columns.files())
    }

    /// - Parameters:
    ///   - rows: in the order of the batch.
    ///   - files: the files that `rows.file` indexes.
    init(rows: Rows, files: [String]) throws {
        self.rows = rows
        // A counting sort by file.
        var start = [Int](repeating: 0, count: files.count + 1)
        for file in rows.file {
            guard Int(file) < files.count else { throw GenerationError("a batch of a segment is damaged: it has rows of no file") }
            start[Int(file) + 1] += 1
        }
        for index in files.indices { start[index + 1] += start[index] }
        var places = [UInt32](repeating: 0, count: rows.file.count)
        var next = start
        for (row, file) in rows.file.enumerated() {
            places[next[Int(file)]] = UInt32(row)
            next[Int(file)] += 1
        }
        let lines = rows.line
        for index in files.indices { Self.sort(&places, start[index]..<start[index + 1], by: lines) }
        order = Dictionary(
            files.indices.map { (files[$0], places[start[$0]..<start[$0 + 1]]) }, uniquingKeysWith: { first, _ in first })
    }

    /// Sorts the rows of a file by line. Lines are distinct and few are missing, so that each row has its place.
    private static func sort(_ places: inout [UInt32], _ range: Range<Int>, by lines: [UInt32]) {
        let last = places[range].reduce(0) { max($0, Int(lines[Int($1)])) }
        guard last <= 4 * range.count + 1024 else { return places[range].sort { lines[Int($0)] < lines[Int($1)] } }
        let none = UInt32.max
        var byLine = [UInt32](repeating: none, count: last + 1)
        for place in range {
            let row = places[place]
            // Two rows of one line, which no parser produces.
            guard byLine[Int(lines[Int(row)])] == none else { return places[range].sort { lines[Int($0)] < lines[Int($1)] } }
            byLine[Int(lines[Int(row)])] = row
        }
        var next = range.lowerBound
        for row in byLine where row != none {
            places[next] = row
            next += 1
        }
    }

    /// Rows of a file, in the order of their lines.
    func rows(of key: String) -> Rows { rows.reordered(Array(order[key] ?? [])) }
}

/// Rows of published segments.
struct SegmentRows: RowSource {
    let segments: Segments
    let files: SourceFiles
    let configuration: EmbeddingGenerationConfig

    func stocks(year: Int) -> [RunInput] { segments.plan.stocks[year] ?? [] }

    func options(year: Int) -> [RunInput] {
        files.optionDays(year: year).map { RunInput($0, configuration) }
    }

    func reader(year: Int) -> SegmentReader { SegmentReader(segments: segments, year: year) }
}

/// Reads a year's rows from published segments.
struct SegmentReader: RowReader {
    let segments: Segments
    let year: Int

    func stocks(_ input: RunInput) async throws -> DescribedFile<StockRows> {
        try await segments.stocks(input, year: year)
    }

    func options(_ input: RunInput) async throws -> DescribedFile<OptionRows> {
        try await segments.options(input, year: year)
    }
}

/// Vectors from published segments, in place of encoders.
struct SegmentVectors: PartVectors {
    let segments: Segments

    func vectors(of texts: [String], models: Set<String>, batch: BatchOrigin?) async throws -> [String: [Float]] {
        guard let batch else { throw GenerationError("segments have no vectors of models that are new to the store") }
        var missing = Set(texts.indices)
        var places: [(segment: Segment, rows: [(text: Int, number: UInt32)])] = []
        for segment in try await segments.segments(of: batch) where !missing.isEmpty {
            var rows: [(text: Int, number: UInt32)] = []
            for index in missing {
                if let number = await segment.numbers.number(of: texts[index]) { rows.append((index, number)) }
            }
            missing.subtract(rows.map(\.text))
            if !rows.isEmpty { places.append((segment, rows.sorted { $0.number < $1.number })) }
        }
        if let index = missing.first {
            throw GenerationError("no segment of the plan \(segments.plan.id) has a vector of '\(texts[index])'")
        }
        var result: [String: [Float]] = [:]
        for model in models {
            var vectors: [Float] = []
            for (segment, rows) in places {
                let stored = try await segment.vectors(rows.map(\.number), model: model)
                let dimension = stored.count / rows.count
                if vectors.isEmpty { vectors = [Float](repeating: 0, count: texts.count * dimension) }
                for (position, row) in rows.enumerated() {
                    vectors.replaceSubrange(
                        row.text * dimension..<(row.text + 1) * dimension, with: stored[position * dimension..<(position + 1) * dimension])
                }
            }
            result[model] = vectors
        }
        return result
    }
}
