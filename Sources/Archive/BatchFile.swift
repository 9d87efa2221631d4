public import MarketData
public import Base
internal import Foundation
internal import HDF5
import Descriptions

/// Writing and opening batch files. The format is described in docs/formats.md.
public enum BatchFile {
    static let format: Int64 = 1

    /// Writes a batch as a new HDF5 file.
    /// - Parameters:
    ///   - parts: `keys.count` x `partCount` part numbers, row-major, `PartsTable.none` where a description lacks one.
    ///   - workers: columns gathered and compressed at a time; the bytes do not depend on it.
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
        try await orderedMap(Rows.columns, width: workers) { column in
            try batch.chunks(of: column)
        } consume: { column, chunks in
            try rows.store(chunks, as: column.name)
        }
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

/// An open batch: its descriptions in memory, its rows read in blocks when asked for.
public final class OpenBatch<Rows: RowColumns>: Sendable {
    private let descriptions: BatchDescriptions
    /// Keys of the source objects that the rows' `file` counts in.
    public let files: [String]
    private let file: HDF5File
    private let cache: RowCache
    private let number: Int
    private let columns: Set<String>?

    /// Rows decoded at a time.
    package static var blockRows: Int { 8192 }

    /// - Parameters:
    ///   - columns: names of the columns to read, all when `nil`; the others stay empty.
    ///   - cache: where decoded rows are kept.
    package init(path: String, columns: Set<String>? = nil, cache: RowCache = RowCache()) throws {
        file = try HDF5File(reading: path)
        self.columns = columns
        self.cache = cache
        number = cache.register()
        descriptions = try BatchDescriptions(file)
        files = try file.root.group("files").dataset("key").readTexts()
    }

    /// Distinct descriptions, ascending.
    public var keys: [DescriptionKey] { descriptions.keys }
    /// Description `i` owns rows `rowStart[i] ..< rowStart[i + 1]`.
    public var rowStart: [UInt64] { descriptions.rowStart }
    /// Part numbers, row-major, `partCount` a description.
    public var parts: [UInt32] { descriptions.parts }
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
            throw ArchiveError("rows \(range) are not among the \(rowCount) of \(file.path)")
        }
        var start = range.lowerBound
        while start < range.upperBound {
            let block = start / Self.blockRows
            let base = block * Self.blockRows
            let end = min(range.upperBound, base + Self.blockRows)
            try body(try rows(block: block), (start - base)..<(end - base), base)
            start = end
        }
    }

    /// All rows at once, for work on the whole batch; they are not kept.
    package func allRows() throws -> Rows { try Rows(reading: try file.root.group("rows"), rows: 0..<rowCount, only: columns) }

    private func rows(block: Int) throws -> Rows {
        if let rows = cache.rows(of: number, block: block) as? Rows { return rows }
        let start = block * Self.blockRows
        let rows = try Rows(
            reading: try file.root.group("rows"), rows: start..<min(start + Self.blockRows, rowCount),
            only: columns)
        cache.keep(rows, of: number, block: block, count: Self.blockRows)
        return rows
    }
}

/// The kind of rows a batch file holds, told by its columns. The attribute `kind` says it to other programs.
package func batchKind(path: String) throws -> RowKind {
    let rows = try HDF5File(reading: path).root.group("rows")
    return try rows.contains("expiry") ? .options : .stocks
}

/// What is wrong with a store, and what to do about it.
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
