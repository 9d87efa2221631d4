public import MarketData
public import Base
import ObjectStore
import Foundation
import HDF5
public import Descriptions
import Synchronization

/// Writes and opens batch files. docs/formats.md describes the format.
public enum BatchFile {
    static let format: Int64 = 2

    /// Writes a batch as a new HDF5 file.
    /// - Parameters:
    ///   - parts: `keys.count` x `partCount` part numbers, row-major, `PartsTable.none` if a description lacks a part.
    ///   - workers: columns gathered and compressed at a time; does not affect the bytes.
    package static func write<Rows: RowColumns>(
        _ batch: BatchContents<Rows>, parts: [UInt32], partCount: Int, kind: RowKind, year: Int, simulated: Bool,
        workers: Int = 1, to path: String
    ) async throws {
        let file = try HDF5File(creating: path)
        try file.root.setAttribute("format", to: format)
        try file.root.setAttribute("kind", to: kind.rawValue)
        try file.root.setAttribute("year", to: Int64(year))
        try file.root.setAttribute("simulated", to: simulated ? "simulated" : "no")
        let descriptions = try file.root.createGroup("descriptions")
        try descriptions.store(try .column(batch.keys.map(\.rawValue)), as: "key")
        try descriptions.store(try .column(batch.rowStart), as: "row_start")
        try descriptions.store(try .column(parts, columns: partCount), as: "parts")
        try file.root.createGroup("files").createTexts("key", batch.files)
        let rows = try file.root.createGroup("rows")
        var zones = batch.zoneKeys()
        try await orderedMap(Rows.columns, width: workers) { column in
            try batch.stored(column)
        } consume: { column, stored in
            try rows.store(stored.chunks, as: column.name)
            if let bounds = stored.bounds { zones.add(bounds) }
        }
        try zones.write(try file.root.createGroup("zones"))
        try file.close()
    }
}

/// A batch's distinct descriptions, without its rows.
package struct BatchDescriptions: Sendable {
    /// Ascending.
    package let keys: [DescriptionKey]
    /// `keys.count + 1` positions of rows.
    package let rowStart: [UInt64]
    /// Row-major, `partCount` a description.
    package let parts: [UInt32]
    package let partCount: Int

    package init(path: String) throws { try self.init(try HDF5File(reading: path)) }

    fileprivate init(_ file: HDF5File) throws {
        let group = try file.root.group("descriptions")
        let rawKeys: [UInt64] = try group.dataset("key").read()
        rowStart = try group.dataset("row_start").read()
        let numbers = try group.dataset("parts")
        partCount = numbers.columns ?? 1
        parts = try numbers.read()
        keys = rawKeys.map(DescriptionKey.init(rawValue:))
        let rows = try file.root.group("rows").dataset("key").rowCount()
        let (wanted, overflow) = keys.count.multipliedReportingOverflow(by: partCount)
        guard rowStart.count == keys.count + 1, !overflow, parts.count == wanted, rowStart[0] == 0,
            rowStart[keys.count] == UInt64(rows), zip(rowStart, rowStart.dropFirst()).allSatisfy({ $0 <= $1 }),
            zip(keys, keys.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw ArchiveError("\(file.path) is damaged: its descriptions do not fit its rows; generate the year again")
        }
    }
}

/// The row columns of an open batch, decoded in blocks on demand. Blocks are read without the HDF5 library, which runs one call at a time;
/// the library, or the year's index, only provides their places.
public final class BatchColumns<Rows: RowColumns>: Sendable {
    private let bytes: any ObjectBytes
    private let cache: RowCache
    private let number: Int
    /// The index that stores the places of the blocks; `nil` if the file itself does.
    private let index: (index: DescriptionIndex, batch: Int)?
    private let state: Mutex<State>
    private let noise: LaterNoise?
    /// Maps stored numbers to the store's; `nil` if they are equal.
    private let translation: NumberTranslation?

    /// State that is read on first use: a search opens many batches for one column each.
    private struct State {
        var contents: HDF5File?
        /// By position in `Rows.columns`.
        var places: [Int: [HDF5ChunkPlace]] = [:]
        var files: [String]?
    }

    /// Rows decoded at a time: one chunk.
    package static var blockRows: Int { HDF5Chunks.columnRows }

    /// Rows of the batch.
    public let rowCount: Int

    /// Opens a batch without an index.
    /// - Parameter cache: where decoded blocks are kept.
    /// - Throws: `FileError`; `HDF5Error` when it is no batch file.
    package convenience init(path: String, cache: RowCache = RowCache()) throws { try self.init(path: path, cache: cache, translation: nil) }

    /// - Parameter translation: of the batch's numbers; `nil` if they are the store's own.
    init(path: String, cache: RowCache, translation: NumberTranslation?) throws {
        let contents = try HDF5File(reading: path)
        bytes = try FileBytes(path: path)
        self.cache = cache
        noise = nil
        self.translation = translation
        number = cache.register()
        index = nil
        rowCount = try contents.root.group("rows").dataset("key").rowCount()
        state = Mutex(State(contents: contents))
    }

    /// Opens a batch of an index, without looking into it.
    /// - Parameters:
    ///   - bytes: of the batch's object.
    ///   - size: bytes that it must have.
    ///   - batch: position in the index's batches.
    ///   - cache: where decoded blocks are kept.
    ///   - noise: what later rows are disturbed by; `nil` for the stored rows.
    ///   - translation: of the batch's numbers; `nil` if they are the store's own.
    /// - Throws: `HDF5Error` for an object of another size.
    init(
        _ bytes: any ObjectBytes, size: Int, index: DescriptionIndex, batch: Int, cache: RowCache, noise: LaterNoise?,
        translation: NumberTranslation?
    ) throws {
        guard bytes.size == size else { throw HDF5Error(.readFailed, file: bytes.path, "it has \(bytes.size) bytes in place of \(size)") }
        self.bytes = bytes
        self.cache = cache
        self.noise = noise
        self.translation = translation
        number = cache.register()
        self.index = (index, batch)
        rowCount = index.batches[batch].rowCount
        state = Mutex(State())
    }

    /// Whether reading may wait for the network.
    package var isRemote: Bool { bytes.isRemote }

    /// Keys of the source objects that the rows' `file` counts in.
    /// - Throws: `HDF5Error`.
    public func files() throws -> [String] {
        if let index { return index.index.files(ofBatch: index.batch) }
        if let files = state.withLock({ $0.files }) { return files }
        let files = try contents().root.group("files").dataset("key").readTexts()
        state.withLock { $0.files = files }
        return files
    }

    /// A block of rows in which only the requested columns are filled.
    /// - Parameters:
    ///   - columns: positions in `Rows.columns`.
    ///   - block: from 0; the last block of a batch may be shorter.
    /// - Throws: `HDF5Error`, also for a block that does not exist; `ArchiveError`, `FileError`.
    public func rows(_ columns: some Sequence<Int>, block: Int) throws -> Rows {
        var rows = Rows()
        for column in columns {
            switch Rows.columns[column].values {
            case .uint8(let path): rows[keyPath: path] = try values(column, block)
            case .uint32(let path): rows[keyPath: path] = try values(column, block)
            case .uint64(let path): rows[keyPath: path] = try values(column, block)
            case .int32(let path): rows[keyPath: path] = try values(column, block)
            case .int64(let path): rows[keyPath: path] = try values(column, block)
            case .float(let path): rows[keyPath: path] = try values(column, block)
            }
        }
        return rows
    }

    /// Whether a block of a column is decoded already.
    package func holds(_ column: Int, block: Int) -> Bool { cache.holds(batch: number, column: column, block: block) }

    private func values<Value: HDF5Element>(_ column: Int, _ block: Int) throws -> [Value] {
        if let values = cache.values(of: number, column: column, block: block) as? [Value] { return values }
        let values: [Value] = try stored(column, block)
        cache.keep(values, of: number, column: column, block: block, bytes: values.count * MemoryLayout<Value>.stride)
        return values
    }

    /// The values of a block, from its bytes.
    private func stored<Value: HDF5Element>(_ column: Int, _ block: Int) throws -> [Value] {
        let name = Rows.columns[column].name
        let start = block.multipliedReportingOverflow(by: Self.blockRows)
        guard block >= 0, !start.overflow, start.partialValue < rowCount else {
            throw HDF5Error(.outOfBounds, file: bytes.path, object: "/rows/\(name)", "block \(block) is outside the \(rowCount) rows that are stored")
        }
        let stored = try bytes.read(try place(column, block))
        let rows = min(Self.blockRows, rowCount - start.partialValue)
        guard var values = HDF5Chunks.decoded(stored, rows: rows, chunkRows: Self.blockRows, as: Value.self) else {
            throw HDF5Error(
                .readFailed, file: bytes.path, object: "/rows/\(name)", "block \(block) is damaged; `tapedeck verify` says how to repair it")
        }
        if let translation { values = translation.column(values, Rows.columns[column].unit) }
        if let noise, let dates = Rows.columns.firstIndex(where: { $0.name == "quote_date" }), dates != column {
            values = noise.disturbed(values, column: Rows.columns[column].name, dates: try self.values(dates, block))
        }
        return values
    }

    /// Where a block of a column is in the file.
    private func place(_ column: Int, _ block: Int) throws -> Range<Int> {
        let place = try index.map { try $0.index.place(batch: $0.batch, column: column, block: block) } ?? places(column)[block]
        return place.offset..<place.offset + place.byteCount
    }

    /// Where the blocks of a column are.
    private func places(_ column: Int) throws -> [HDF5ChunkPlace] {
        if let places = state.withLock({ $0.places[column] }) { return places }
        let places = try contents().places(Rows.columns[column], rowCount: rowCount)
        state.withLock { $0.places[column] = places }
        return places
    }

    /// Where all blocks are: those of the first column, then those of the next.
    func places() throws -> [HDF5ChunkPlace] {
        try Rows.columns.indices.flatMap { try places($0) }
    }

    private func contents() throws -> HDF5File {
        if let contents = state.withLock({ $0.contents }) { return contents }
        // Only a batch opened without an index needs this, and it has a path.
        let contents = try HDF5File(reading: bytes.path)
        state.withLock { $0.contents = contents }
        return contents
    }

    /// All rows at once, for work on the whole batch; they are not cached.
    /// - Parameter wanted: names of the columns to read, all when `nil`; the others stay empty.
    package func allRows(_ wanted: Set<String>? = nil) throws -> Rows {
        guard index != nil || translation != nil else {
            return try Rows(reading: try contents().root.group("rows"), rows: 0..<rowCount, only: wanted)
        }
        var rows = Rows()
        let blocks = 0..<(rowCount + Self.blockRows - 1) / Self.blockRows
        func append<Value: HDF5Element>(_ column: Int, to path: WritableKeyPath<Rows, [Value]>) throws {
            rows[keyPath: path].reserveCapacity(rowCount)
            for block in blocks { rows[keyPath: path] += try stored(column, block) as [Value] }
        }
        for column in Rows.columns.indices where wanted?.contains(Rows.columns[column].name) ?? true {
            // The blocks of a column are adjacent, so a remote store sends them in a few pieces.
            if isRemote, let last = blocks.last {
                _ = try bytes.read(try place(column, 0).lowerBound..<max(place(column, 0).upperBound, place(column, last).upperBound))
            }
            switch Rows.columns[column].values {
            case .uint8(let path): try append(column, to: path)
            case .uint32(let path): try append(column, to: path)
            case .uint64(let path): try append(column, to: path)
            case .int32(let path): try append(column, to: path)
            case .int64(let path): try append(column, to: path)
            case .float(let path): try append(column, to: path)
            }
        }
        return rows
    }

    fileprivate func descriptions() throws -> BatchDescriptions { try BatchDescriptions(try contents()) }
    package func zones() throws -> ZoneMaps { try ZoneMaps(try contents().root.group("zones"), rowCount: rowCount) }
}

extension HDF5File {
    /// Where the blocks of a row column are.
    fileprivate func places<Rows>(_ column: RowColumn<Rows>, rowCount: Int) throws(HDF5Error) -> [HDF5ChunkPlace] {
        let set = try root.group("rows").dataset(column.name)
        guard set.type == column.type, try set.chunkRows() == HDF5Chunks.columnRows, try set.rowCount() == rowCount else {
            throw HDF5Error(
                .wrongShape, file: path, object: set.path, "is not in chunks of \(HDF5Chunks.columnRows) of its \(rowCount) rows of \(column.type)")
        }
        return try set.chunkPlaces(chunkRows: HDF5Chunks.columnRows)
    }
}

/// An open batch: its descriptions in memory, its rows read in blocks on demand.
public final class OpenBatch<Rows: RowColumns>: Sendable {
    private let descriptions: BatchDescriptions
    private let rows: BatchColumns<Rows>
    private let columns: [Int]
    private let wanted: Set<String>?
    /// Keys of the source objects that the rows' `file` counts in.
    public let files: [String]

    /// Rows decoded at a time.
    package static var blockRows: Int { BatchColumns<Rows>.blockRows }

    /// - Parameters:
    ///   - columns: names of the columns to read, all when `nil`; the others stay empty.
    ///   - cache: where decoded rows are kept.
    package convenience init(path: String, columns: Set<String>? = nil, cache: RowCache = RowCache()) throws {
        try self.init(path: path, columns: columns, cache: cache, translation: nil)
    }

    /// - Parameter translation: of the batch's numbers; `nil` if they are the store's own.
    init(path: String, columns: Set<String>?, cache: RowCache, translation: NumberTranslation?) throws {
        rows = try BatchColumns(path: path, cache: cache, translation: translation)
        self.columns = Rows.columns.indices.filter { columns?.contains(Rows.columns[$0].name) ?? true }
        wanted = columns
        let descriptions = try rows.descriptions()
        self.descriptions = descriptions
        keys =
            translation.map { translation in descriptions.keys.map { DescriptionKey(rawValue: translation.key($0.rawValue)) } } ?? descriptions.keys
        parts = translation.map { descriptions.parts.map($0.part) } ?? descriptions.parts
        files = try rows.files()
    }

    /// Distinct descriptions, ascending. In a batch of a segment, tickers have the segment's order.
    public let keys: [DescriptionKey]
    /// Description `i` owns rows `rowStart[i] ..< rowStart[i + 1]`.
    public var rowStart: [UInt64] { descriptions.rowStart }
    /// Part numbers, row-major, `partCount` per description.
    public let parts: [UInt32]
    public var partCount: Int { descriptions.partCount }
    public var rowCount: Int { Int(rowStart.last ?? 0) }

    /// The rows of a range, block by block.
    /// - Parameter body: gets a block of rows, the range of positions in it that was asked for, and the position in
    ///   the batch of the block's first row.
    /// - Throws: `ArchiveError` when the range reaches outside the batch, `HDF5Error`, and what `body` throws.
    public func forEachBlock(
        in range: Range<Int>, _ body: (_ rows: Rows, _ positions: Range<Int>, _ base: Int) throws -> Void
    ) throws {
        guard range.lowerBound >= 0, range.upperBound <= rowCount else {
            throw ArchiveError("rows \(range) are not among the \(rowCount) of the batch")
        }
        var start = range.lowerBound
        while start < range.upperBound {
            let block = start / Self.blockRows
            let base = block * Self.blockRows
            let end = min(range.upperBound, base + Self.blockRows)
            try body(try rows.rows(columns, block: block), (start - base)..<(end - base), base)
            start = end
        }
    }

    /// All rows at once, for work on the whole batch; they are not cached.
    package func allRows() throws -> Rows { try rows.allRows(wanted) }
}

/// The kind of rows in a batch file, derived from its columns. The attribute `kind` states it for other programs.
package func batchKind(path: String) throws -> RowKind {
    let rows = try HDF5File(reading: path).root.group("rows")
    return try rows.contains("expiry") ? .options : .stocks
}

/// A problem of a store, and its remedy.
public struct ArchiveError: TapedeckError {
    public let kind: ErrorKind
    public let description: String

    package init(_ description: String, kind: ErrorKind = .damaged) {
        self.kind = kind
        self.description = description
    }
}

extension OpenBatch {
    /// One row by its position in the batch.
    /// - Parameter body: gets the block that holds the row, and the row's position in it.
    /// - Throws: `ArchiveError` or `HDF5Error` when the block cannot be read; errors of `body`.
    public func row<Result>(_ position: Int, _ body: (_ rows: Rows, _ index: Int) throws -> Result) throws -> Result {
        var result: Result?
        try forEachBlock(in: position..<position + 1) { rows, positions, _ in
            result = try body(rows, positions.lowerBound)
        }
        guard let result else { throw ArchiveError("row \(position) is not in the batch") }
        return result
    }
}
