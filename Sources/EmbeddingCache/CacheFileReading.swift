import Base
import Foundation
import HDF5
import MarketData
import ModelFiles
import ObjectStore
import StockFeatures

/// Reads and checks the index of a cache file, trusting nothing in it.
struct CacheFileReading {
    let layout: CacheLayout
    let fingerprintText: String
    let failures: [CacheFailure]
    let statuses: [UInt8]
    let dayDigestBytes: [UInt8]
    let indexDigest: [UInt8]
    let mapped: MemoryMap
    /// Byte offsets from the start of the file.
    let windows, vectors: Int
    let scales, errors: Int?

    /// Largest number of cells accepted as plausible.
    private static let mostCells = 1 << 32

    init(_ path: String) throws {
        // Only small tables are read through the HDF5 library.
        let file = try HDF5File(reading: path, maximumReadBytes: 1 << 30)
        let root = file.root
        guard try root.hasAttribute("kind"), try root.stringAttribute("kind") == CacheFileWriter.kind else {
            throw CacheError(
                .malformed, path,
                "not a cache of this program; 'tapedeck cache import' reads one of the original layout, "
                    + "/TICKER/YYYY-MM-DD")
        }
        let format = try root.int64Attribute("format")
        guard format == Int64(CacheFileWriter.format) else {
            throw CacheError(
                .malformed, path, "has format \(format), and this program reads \(CacheFileWriter.format); use a newer program")
        }
        fingerprintText = try root.stringAttribute("fingerprint")
        let typeName = try root.stringAttribute("vector_type")
        guard let type = CacheVectorType(rawValue: typeName) else {
            throw CacheError(.malformed, path, "holds vectors of type '\(typeName)', which is not one of f32, f16 and int8")
        }
        let mapped = try MemoryMap(path: path)
        self.mapped = mapped

        func block(_ name: String, _ element: HDF5Type, _ shape: [Int]?) throws -> HDF5Block {
            guard let block = try root.block(name), block.type == element, shape.map({ $0 == block.shape }) ?? true,
                block.offset + block.byteCount <= mapped.count
            else {
                throw CacheError(
                    .malformed, path, "'\(name)' is not \(shape.map { "\($0) x " } ?? "")\(element) in one piece: the file is damaged")
            }
            return block
        }

        let dayBlock = try block("days", .int32, nil)
        let tickers = try root.dataset("tickers").readTexts()
        guard dayBlock.shape.count == 1, let dayCount = dayBlock.shape.first, dayCount > 0, !tickers.isEmpty,
            dayCount.multipliedReportingOverflow(by: tickers.count).partialValue <= Self.mostCells,
            tickers.count <= Self.mostCells
        else { throw CacheError(.malformed, path, "has no days or no tickers, or more than any cache has") }
        let days = mapped.withBytes { bytes in
            (0..<dayCount).map { Day(rawValue: bytes.loadUnaligned(fromByteOffset: dayBlock.offset + $0 * 4, as: Int32.self)) }
        }
        guard zip(days, days.dropFirst()).allSatisfy({ $0 < $1 }), let first = days.first, let last = days.last,
            first.rawValue > -800_000, last.rawValue < 3_000_000
        else { throw CacheError(.malformed, path, "its days do not ascend: the file is damaged") }
        guard zip(tickers, tickers.dropFirst()).allSatisfy({ bytesAscend($0, $1) }), !tickers.contains("") else {
            throw CacheError(.malformed, path, "its tickers do not ascend: the file is damaged")
        }
        let cells = [dayCount, tickers.count]
        let element: HDF5Type =
            switch type {
            case .f32: .float32
            case .f16: .float16
            case .int8: .int8
            }
        guard let dimension = Int(exactly: try root.int64Attribute("dimension")), (1...(1 << 20)).contains(dimension) else {
            throw CacheError(.malformed, path, "its vectors have a number of dimensions that none have: the file is damaged")
        }
        let vectorBlock = try block("vectors", element, cells + [dimension])
        guard vectorBlock.offset % MemoryLayout<Float>.alignment == 0 else {
            throw CacheError(.malformed, path, "its vectors do not begin at a multiple of four: the file is of another program")
        }
        vectors = vectorBlock.offset
        windows = try block("windows", .uint64, cells).offset
        scales = type == .int8 ? try block("scales", .float32, cells).offset : nil
        errors = type == .f32 ? nil : try block("errors", .float32, cells).offset

        func bytes(_ block: HDF5Block) -> [UInt8] {
            mapped.withBytes { Array($0[block.offset..<block.offset + block.byteCount]) }
        }
        let statuses = bytes(try block("status", .uint8, cells))
        guard statuses.allSatisfy({ CellStatus(rawValue: $0) != nil }) else {
            throw CacheError(.malformed, path, "a cell has an unknown status: the file is damaged")
        }
        self.statuses = statuses
        dayDigestBytes = bytes(try block("day_sha256", .uint8, [dayCount, 32]))
        indexDigest = bytes(try block("index_sha256", .uint8, [32]))

        let group = try root.group("failures")
        let failed = try group.dataset("cell").read(Int64.self)
        let reasons = try group.dataset("reason").readTexts()
        guard failed.count == reasons.count, failed.allSatisfy({ $0 >= 0 && $0 < Int64(statuses.count) }) else {
            throw CacheError(.malformed, path, "its list of failures is damaged")
        }
        failures = zip(failed, reasons).map { cell, reason in
            CacheFailure(ticker: tickers[Int(cell) % tickers.count], day: days[Int(cell) / tickers.count], reason: reason)
        }
        let fingerprint = try CacheFingerprint(json: fingerprintText, file: path)
        guard fingerprint.model.hidden == dimension else {
            throw CacheError(
                .mismatch, path,
                "its vectors have \(dimension) numbers, and those of the model that it names \(fingerprint.model.hidden): it was "
                    + "imported for another model than its own; import the original file again")
        }
        layout = CacheLayout(
            fingerprint: fingerprint, type: type, dimension: dimension,
            days: days, tickers: tickers, dataset: try root.stringAttribute("dataset"))
    }
}
