public import Archive
import Base
import Descriptions
import Foundation
import MarketData
import ModelFiles
public import ObjectStore
import Parquet
import StrictJSON

/// Writes descriptions or rows of a store, with their vectors, as files that other engines read.
///
/// Objects appear complete: each file is written under a temporary name. `_export.json` comes last. An export that was interrupted
/// resumes after its last complete file; one of other settings starts over.
///
/// Memory: a few row groups of 32 MiB (`ExportSettings.workers` and two more), the vectors of the parts up to 256 MiB per model, and
/// the description index of a year, mapped.
public struct StoreExport: Sendable {
    /// Approximate bytes of a record without its vectors.
    private static let recordBytes = 200

    /// Approximate bytes of a row group before compression.
    package var groupBytes = 32 << 20
    /// Row groups per file, for files of about a gigabyte.
    package var fileGroups = 32

    private let archive: StoreReader
    private let out: any ObjectStore
    private let settings: ExportSettings
    private let models: [String]
    private let years: [Int]
    private let lexicon: Lexicon
    private let aliases: AliasTable
    private let identity: String

    /// Prepares an export.
    /// - Parameters:
    ///   - archive: the store, opened without vectors.
    ///   - out: where the files go.
    /// - Throws: `ExportError` for settings that the store cannot meet: unknown years, models or tickers, another lexicon, no index.
    public init(_ archive: StoreReader, to out: any ObjectStore, _ settings: ExportSettings) async throws {
        self.archive = archive
        self.out = out
        self.settings = settings
        let manifest = archive.manifest
        models = settings.models.isEmpty ? manifest.models.keys.sorted() : settings.models
        for model in models where manifest.models[model] == nil {
            throw ExportError(
                "the store has no vectors of the model \(model); it has \(manifest.models.keys.sorted().joined(separator: ", "))", kind: .notFound)
        }
        let columns = Dictionary(grouping: models, by: vectorColumn)
        if let same = columns.first(where: { $1.count > 1 }) {
            throw ExportError(
                "the models \(same.value.joined(separator: " and ")) would share the column \(same.key)", kind: .conflict,
                remedy: "export them one at a time with --models")
        }
        let known = archive.years
        if let missing = settings.years.subtracting(known).min() {
            throw ExportError("the store has no year \(missing); it has \(known.map(String.init).joined(separator: ", "))", kind: .notFound)
        }
        years = known.filter { settings.years.isEmpty || settings.years.contains($0) }
        for ticker in settings.underlyings.sorted() where archive.parts.number(ofTicker: ticker) == nil {
            throw ExportError("the store has no \(ticker)", kind: .notFound, remedy: "`tapedeck status` shows what it holds")
        }
        lexicon = try Lexicon.builtIn()
        guard lexicon.version == manifest.descriptions.lexiconVersion else {
            throw ExportError(
                "the store was written with lexicon \(manifest.descriptions.lexiconVersion) and this build has \(lexicon.version)",
                kind: .unsupported,
                remedy: "generate a new store, or use the build that wrote it")
        }
        aliases = try await archive.aliases()
        if settings.format == .faiss {
            for year in years {
                if archive.segmentYears.contains(year) {
                    throw ExportError(
                        "the FAISS indices of \(year) lack rows that workers have added", kind: .conflict, remedy: "run `tapedeck compact` first")
                }
                for model in models where manifest.objects[ArchiveLayout.index(model: model, year: year)] == nil {
                    throw ExportError(
                        "the store has no FAISS index of \(model) for \(year)", kind: .notFound, remedy: "run `tapedeck index rebuild --all`")
                }
            }
        }
        identity = try Self.identity(archive, settings, models: models, years: years)
        guard !Self.isPart(out.location, of: archive.store.location) else {
            throw ExportError("\(out.location) belongs to the store that is exported", kind: .invalidUsage, remedy: "choose another folder")
        }
    }

    private static func identity(_ archive: StoreReader, _ settings: ExportSettings, models: [String], years: [Int]) throws -> String {
        struct Content: Encodable {
            var format = ExportManifest.currentFormat
            var to: ExportSettings.Format
            var record: ExportSettings.Record
            var models: [String]
            var years: [Int]
            var underlyings: [String]
            var kinds: [String]
            var hasVectors: Bool
            var limit: Int?
            var store: Manifest
            var segments: [String]?
        }
        let content = Content(
            to: settings.format, record: settings.record, models: models, years: years, underlyings: settings.underlyings.sorted(),
            kinds: settings.kinds.map(\.rawValue).sorted(), hasVectors: settings.hasVectors, limit: settings.limit, store: archive.manifest,
            segments: archive.segmentNames.isEmpty ? nil : archive.segmentNames)
        return ContentDigest.sha256(of: try JSONText.encode(content))
    }

    /// Whether a destination belongs to a store: the store's own location, or one among its objects.
    public static func isPart(_ out: StoreLocation, of store: StoreLocation) -> Bool {
        func parts(_ location: StoreLocation) -> [Substring] {
            switch location {
            case .folder(let path): ["folder"] + path.split(separator: "/")
            case .bucket(let bucket, let prefix): ["bucket", bucket[...]] + prefix.split(separator: "/")
            }
        }
        let (source, target) = (parts(store), parts(out))
        return source == target || target.starts(with: source + [ArchiveLayout.root.dropLast()])
    }

    // MARK: Run

    /// Exports.
    /// - Parameter progress: gets the number of records written, and the current table.
    /// - Throws: `ExportError` if the destination holds something else, or there is nothing to export; `ArchiveError` for a damaged store;
    ///   errors of both stores.
    public func run(progress: @escaping @Sendable (_ records: Int, _ key: String) -> Void = { _, _ in }) async throws -> ExportSummary {
        let start = ContinuousClock.now
        let lock = try await StoreLock.acquire(in: out, purpose: "export")
        defer { lock.release() }
        try await out.removeLeftovers { _ in true }
        let found = try await read(ExportManifest.self, ExportManifest.key)
        if let found, found.identity == identity, try await isComplete(found) {
            try await out.delete(ExportManifest.unfinishedKey)
            return ExportSummary(manifest: found, vectorBytes: 0, seconds: 0, resumedFiles: 0, isUnchanged: true, notes: notes)
        }
        let existing = try await prepare(replacing: found)
        var manifest = ExportManifest(
            format: ExportManifest.currentFormat, to: settings.format, identity: identity, record: settings.record,
            simulated: archive.manifest.simulated, models: archive.manifest.models.filter { models.contains($0.key) }, tables: [], indices: [],
            vectorColumns: writesVectors ? Dictionary(uniqueKeysWithValues: models.map { ($0, vectorColumn($0)) }) : [:])
        var state = Progress(existing: existing, report: progress)
        var vectors: [DescriptionVectors] = []
        if writesVectors {
            for model in models { vectors.append(try await DescriptionVectors(archive, model: model)) }
        }
        for name in tableNames {
            if let table = try await write(name, vectors, &state) { manifest.tables.append(table) }
        }
        guard manifest.records > 0 else {
            try await out.delete(ExportManifest.unfinishedKey)
            throw ExportError("there is nothing to export: no record of the store has these years, underlyings and kinds", kind: .notFound)
        }
        if settings.format == .faiss { manifest.indices = try await copyIndices() }
        try await out.put(ExportManifest.key, try JSONText.encode(manifest, pretty: true))
        try await out.delete(ExportManifest.unfinishedKey)
        return ExportSummary(
            manifest: manifest, vectorBytes: state.vectorBytes, seconds: (ContinuousClock.now - start) / .seconds(1), resumedFiles: state.resumed,
            isUnchanged: false, notes: notes)
    }

    /// Which rows of the store's workers the export lacks.
    private var notes: [String]? { archive.notes.isEmpty ? nil : archive.notes }

    private struct Progress {
        /// Complete files of an interrupted export.
        var existing: [String: ObjectInfo]
        var report: @Sendable (Int, String) -> Void
        var records = 0
        var vectorBytes = 0
        var resumed = 0
    }

    private var writesVectors: Bool { settings.hasVectors && settings.format != .faiss }

    private var tableNames: [String] {
        switch (settings.record, settings.format) {
        case (.description, _): ["descriptions"]
        // The ids of an index are those of descriptions.
        case (.row, .faiss): ["descriptions"] + kindNames
        case (.row, _): kindNames
        }
    }

    private var kindNames: [String] { RowKind.allCases.filter(settings.kinds.contains).map(\.rawValue) }

    /// Prepares the destination: resumes an export of the same identity, removes one of another.
    /// - Parameter found: the existing export.
    /// - Returns: complete files of an interrupted export.
    private func prepare(replacing found: ExportManifest?) async throws -> [String: ObjectInfo] {
        let unfinished = try await read(ExportManifest.Unfinished.self, ExportManifest.unfinishedKey)
        if found == nil, unfinished == nil {
            guard try await out.listPage(prefix: "", page: nil).objects.isEmpty else {
                throw ExportError(
                    "\(out.location) is not empty and holds no export", kind: .alreadyExists, remedy: "choose an empty or a new folder")
            }
        } else if let found, found.identity != identity, unfinished?.identity != identity, !settings.overwrites {
            throw ExportError(
                "\(out.location) holds an export of other settings or of another store", kind: .alreadyExists,
                remedy: "name another place, or replace the export with --overwrite")
        }
        let objects = try await out.list().filter { Self.isOwn($0.key) }
        if let unfinished, unfinished.identity == identity, unfinished.isCleared, found == nil {
            return Dictionary(uniqueKeysWithValues: objects.map { ($0.key, $0) })
        }
        // Files of an earlier export may have the names of new ones: until they are gone, no existing file counts as written.
        try await mark(isCleared: false)
        try await out.delete(ExportManifest.key)
        for object in objects { try await out.delete(object.key) }
        try await mark(isCleared: true)
        return [:]
    }

    private func mark(isCleared: Bool) async throws {
        try await out.put(
            ExportManifest.unfinishedKey, try JSONText.encode(ExportManifest.Unfinished(identity: identity, isCleared: isCleared)))
    }

    /// Whether an export writes an object of that key.
    private static func isOwn(_ key: String) -> Bool {
        key.wholeMatch(of: /(?:descriptions|options|stocks)\/\d+-\d+\.parquet|indices\/[^\/]+_year_\d+\.faiss|_collection_[a-z]+\.json/) != nil
    }

    private func isComplete(_ manifest: ExportManifest) async throws -> Bool {
        let sizes = Dictionary(uniqueKeysWithValues: try await out.list().map { ($0.key, $0.size) })
        return manifest.tables.flatMap(\.files).allSatisfy { sizes[$0.key] == $0.size } && manifest.indices.allSatisfy { sizes[$0.key] == $0.size }
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ key: String) async throws -> Value? {
        guard let bytes = try await out.getIfThere(key) else { return nil }
        guard let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw ExportError("\(key) in \(out.location) is damaged", kind: .damaged, remedy: "remove what is there, or name another place")
        }
        return value
    }

    // MARK: Tables

    private func write(_ name: String, _ vectors: [DescriptionVectors], _ state: inout Progress) async throws -> ExportManifest.Table? {
        var files: [ExportManifest.File] = []
        var columns: [ExportColumn] = []
        var first = 0
        let vectorBytes = vectors.reduce(0) { $0 + 4 * $1.dimension }
        let size = max(1, groupBytes / (Self.recordBytes + vectorBytes))
        for year in years where first < settings.limit ?? .max {
            let records = try await self.records(name, year, vectors)
            columns = form(records.columns)
            let groups = ExportGroup.groups(of: try await records.pieces(), size: size, first: first, limit: (settings.limit ?? .max) - first)
            first += groups.reduce(0) { $0 + $1.count }
            for (number, start) in stride(from: 0, to: groups.count, by: fileGroups).enumerated() {
                let some = Array(groups[start..<min(start + fileGroups, groups.count)])
                let key = "\(name)/\(year)-\(zeroPadded(number, 5)).parquet"
                let count = some.reduce(0) { $0 + $1.count }
                if let object = state.existing[key] {
                    state.resumed += 1
                    files.append(ExportManifest.File(key: key, year: year, records: count, size: object.size))
                } else {
                    let written = try await write(some, of: records, table: name, year: year, to: key, state)
                    state.vectorBytes += count * vectorBytes
                    files.append(ExportManifest.File(key: key, year: year, records: count, size: written))
                }
                state.records += count
                state.report(state.records, key)
            }
        }
        guard !files.isEmpty else { return nil }
        if settings.format == .milvus {
            try await out.put("_collection_\(name).json", try JSONText.encode(MilvusForm.collection(name, columns), pretty: true))
        }
        return ExportManifest.Table(
            name: name, columns: columns.map { ExportManifest.Table.Column(name: $0.parquet.name, type: $0.parquet.type.name) }, files: files)
    }

    private func records(_ name: String, _ year: Int, _ vectors: [DescriptionVectors]) async throws -> any ExportRecords {
        let template = archive.manifest.descriptions.template
        let index = try await archive.descriptionIndex(year: year, models: [])
        let words = DescriptionWords(index, template: template, lexicon: lexicon, aliases: aliases, tickers: archive.parts.tickers)
        let tickers = Set(settings.underlyings.compactMap { archive.parts.number(ofTicker: $0) })
        let kinds = settings.kinds
        let isWanted: @Sendable (DescriptionKey) -> Bool = { key in
            kinds.contains(DescriptionWords.kind(key)) && (tickers.isEmpty || tickers.contains(key.ticker))
        }
        return switch name {
        case RowKind.options.rawValue: RowRecords<OptionRows>(archive, words, vectors, isWanted: isWanted)
        case RowKind.stocks.rawValue: RowRecords<StockRows>(archive, words, vectors, isWanted: isWanted)
        default: DescriptionRecords(words, vectors, isWanted: isWanted)
        }
    }

    private func form(_ columns: [ExportColumn]) -> [ExportColumn] { settings.format == .milvus ? MilvusForm.columns(columns) : columns }

    /// - Returns: the file's size in bytes.
    private func write(
        _ groups: [ExportGroup], of records: any ExportRecords, table: String, year: Int, to key: String, _ state: Progress
    ) async throws -> Int {
        let path = try await out.temporaryPath(for: key)
        do {
            let columns = form(records.columns).map(\.parquet)
            let writer = try ParquetWriter(path: path, columns, metadata: try metadata(table, year))
            let isMilvus = settings.format == .milvus
            var done = state.records
            try await withTaskExecutorPreference(CPUExecutor.shared) {
                try await orderedMap(groups, width: settings.workers) { group in
                    var data = try await records.values(group)
                    if isMilvus { data = try MilvusForm.data(records.columns, data, first: group.first, count: group.count) }
                    return try ParquetRowGroup(columns, data)
                } consume: { _, group in
                    try Task.checkCancellation()
                    try writer.append(group)
                    done += group.rowCount
                    state.report(done, key)
                }
            }
            try writer.finish()
            return try await out.put(key, movingFileAt: path).size
        } catch {
            // The error that stopped the writing is the one to report.
            FileSystem.remove(path)
            throw error
        }
    }

    private func metadata(_ table: String, _ year: Int) throws -> [(key: String, value: String)] {
        struct Content: Encodable {
            var format = ExportManifest.currentFormat
            var to: ExportSettings.Format
            var table: String
            var year: Int
            var simulated: Bool
            var descriptions: DescriptionFingerprint
            var models: [String: ModelFingerprint]
            var identity: String
        }
        let content = Content(
            to: settings.format, table: table, year: year, simulated: archive.manifest.simulated, descriptions: archive.manifest.descriptions,
            models: archive.manifest.models.filter { models.contains($0.key) }, identity: identity)
        return [("tapedeck", String(decoding: try JSONText.encode(content), as: UTF8.self))]
    }

    // MARK: Indices

    private func copyIndices() async throws -> [ExportManifest.Index] {
        var indices: [ExportManifest.Index] = []
        for year in years {
            for model in models {
                let source = ArchiveLayout.index(model: model, year: year)
                let key = String(source.dropFirst(ArchiveLayout.root.count))
                let path = try await out.temporaryPath(for: key)
                do {
                    let file = try File(writing: path, .exclusive)
                    try await archive.store.readPieces(of: source, size: archive.manifest.objects[source]?.size) { try file.write($0) }
                    indices.append(ExportManifest.Index(key: key, model: model, year: year, size: try await out.put(key, movingFileAt: path).size))
                } catch {
                    FileSystem.remove(path)
                    throw error
                }
            }
        }
        return indices
    }
}
