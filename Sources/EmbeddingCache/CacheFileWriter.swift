import Base
import Digests
import Foundation
import HDF5
import MarketData
import ObjectStore

/// Writes a cache file. The same layout and cells give the same bytes.
package enum CacheFileWriter {
    static let format = 1
    static let kind = "tapedeck embeddings cache"
    /// Alignment of large blocks: pages, since the file is mapped. In a file whose vectors fill no page, words.
    private static let page = 4096

    /// Writes a file under a temporary name, and renames it when it is complete and on disk.
    /// - Parameters:
    ///   - path: the file to write or replace. The caller holds its lock.
    ///   - failures: the cells that `fill` marks as failed, sorted by day and ticker.
    ///   - fill: sets the cells of the day at the given index; the block is cleared before each call.
    /// - Throws: `CacheError`; what `fill` throws.
    package static func write(
        _ path: String, _ layout: CacheLayout, failures: [CacheFailure],
        fill: (Int, inout DayBlock) throws -> Void
    ) throws {
        guard !layout.days.isEmpty, !layout.tickers.isEmpty else {
            throw CacheError(.empty, path, "a cache of no days or no tickers would be empty; nothing was written")
        }
        // If the path is a link, replace the file it points to.
        let target = FileIdentity(path).path
        let temporary = target + ".new"
        unlink(temporary)
        do {
            let places = try create(temporary, layout, failures)
            let output = try CacheOutput(temporary)
            let blocks = places.blocks
            try output.write(layout.days.map(\.rawValue), at: blocks.days)
            var block = DayBlock(layout)
            var digests: [UInt8] = []
            var statuses: [UInt8] = []
            for day in layout.days.indices {
                block.clear()
                try fill(day, &block)
                let first = day * layout.tickers.count
                try output.write(block.status, at: blocks.status + first)
                try output.write(block.windows, at: blocks.windows + first * 8)
                if let scales = blocks.scales { try output.write(block.scales, at: scales + first * 4) }
                if let errors = blocks.errors { try output.write(block.errors, at: errors + first * 4) }
                try output.write(block.vectors, at: blocks.vectors + first * layout.bytesPerVector)
                digests += block.digest()
                statuses += block.status
            }
            try output.write(digests, at: blocks.dayDigests)
            try output.write(
                CacheIndexDigest.make(
                    fingerprint: places.fingerprint, layout: layout, failures: failures, statuses: statuses, dayDigests: digests),
                at: blocks.indexDigest)
            try output.synchronise()
            try CacheOutput.rename(temporary, to: target)
        } catch {
            unlink(temporary)
            if let error = error as? HDF5Error { throw CacheError(.unavailable, path, error.description) }
            throw error
        }
    }

    /// Byte offsets from the start of the file.
    private struct Blocks {
        let days, status, windows, vectors, dayDigests, indexDigest: Int
        let scales, errors: Int?
    }

    private static func create(
        _ path: String, _ layout: CacheLayout, _ failures: [CacheFailure]
    ) throws -> (blocks: Blocks, fingerprint: String) {
        let fingerprint = try layout.fingerprint.json
        let vectorBytes = layout.days.count * layout.tickers.count * layout.bytesPerVector
        let file = try HDF5File(creating: path, alignment: vectorBytes < page ? (1, 8) : (page, page))
        let root = file.root
        try root.setAttribute("format", to: format)
        try root.setAttribute("kind", to: kind)
        try root.setAttribute("fingerprint", to: fingerprint)
        try root.setAttribute("vector_type", to: layout.type.rawValue)
        try root.setAttribute("dimension", to: layout.dimension)
        try root.setAttribute("dataset", to: layout.dataset)
        try root.createTexts("tickers", layout.tickers)
        let places = Dictionary(uniqueKeysWithValues: layout.days.enumerated().map { ($1, $0) })
        let columns = Dictionary(uniqueKeysWithValues: layout.tickers.enumerated().map { ($1, $0) })
        let group = try root.createGroup("failures")
        try group.createDataset("cell", type: .int64).append(
            failures.compactMap { failure in
                places[failure.day].flatMap { day in
                    columns[failure.ticker].map { Int64(day * layout.tickers.count + $0) }
                }
            })
        try group.createTexts("reason", failures.map(\.reason))
        let cells = [layout.days.count, layout.tickers.count]
        let vectors: HDF5Type =
            switch layout.type {
            case .f32: .float32
            case .f16: .float16
            case .int8: .int8
            }
        let blocks = Blocks(
            days: try root.createBlock("days", type: .int32, shape: [layout.days.count]).offset,
            status: try root.createBlock("status", type: .uint8, shape: cells).offset,
            windows: try root.createBlock("windows", type: .uint64, shape: cells).offset,
            vectors: try root.createBlock("vectors", type: vectors, shape: cells + [layout.dimension]).offset,
            dayDigests: try root.createBlock("day_sha256", type: .uint8, shape: [layout.days.count, 32]).offset,
            indexDigest: try root.createBlock("index_sha256", type: .uint8, shape: [32]).offset,
            scales: layout.type == .int8 ? try root.createBlock("scales", type: .float32, shape: cells).offset : nil,
            errors: layout.type == .f32 ? nil : try root.createBlock("errors", type: .float32, shape: cells).offset)
        try file.close()
        return (blocks, fingerprint)
    }
}

extension DayBlock {
    /// SHA-256 of the day's statuses, window digests, scales, errors and vectors, as stored.
    func digest() -> [UInt8] {
        var digest = DigestBuilder()
        digest.update(status)
        digest.update(windows)
        digest.update(scales)
        digest.update(errors)
        digest.update(vectors)
        return digest.finish().bytes
    }
}

/// SHA-256 of everything in a cache file except the vectors; it covers the vectors through the days' digests.
enum CacheIndexDigest {
    static func make(
        fingerprint: String, layout: CacheLayout, failures: [CacheFailure], statuses: [UInt8], dayDigests: [UInt8]
    ) -> [UInt8] {
        var digest = DigestBuilder()
        // One text per line. Only a reason may contain a line break, and reasons come last.
        var text = [fingerprint, layout.type.rawValue, "\(layout.dimension)", layout.dataset]
        text += layout.days.map { "\($0.rawValue)" }
        text += layout.tickers
        text += failures.map { "\($0.day.rawValue) \($0.ticker) \($0.reason)" }
        digest.update(text.joined(separator: "\n"))
        digest.update(statuses)
        digest.update(dayDigests)
        return digest.finish().bytes
    }
}
