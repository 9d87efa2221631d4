import Base
import Foundation
import HDF5
import MarketData
public import ModelFiles
import ObjectStore
import StockFeatures

/// The original system's cache layout: `/TICKER/YYYY-MM-DD`, one float32 dataset `(H,)` per vector, without metadata.
public enum OriginalLayout {
    /// Imports such a file into a cache.
    /// - Parameters:
    ///   - model: the model that the vectors are known to come from. Without it the cache gets a unique fingerprint that
    ///     matches no model, so that its vectors are never mistaken for another model's.
    ///   - rows: how often the original repeated a row; 2000 in its code.
    ///
    /// A vector with numbers that are not finite, or too large for the type, becomes a failed cell.
    /// - Throws: `CacheError` naming the ticker and the day of a dataset that does not match the others; `.mismatch` when
    ///   the vectors are not as long as the model's.
    public static func read(
        _ path: String, to output: String, model: StockModelFingerprint?, rows: Int = 2000,
        vectorType: CacheVectorType = .f32, overwrite: Bool = false
    ) throws {
        try CacheError.refuse(output, replacing: path)
        let lock = try CacheLock(for: output)
        defer { _ = lock }
        guard overwrite || !FileManager.default.fileExists(atPath: output) else {
            throw CacheError(.exists, output, "exists already: name another file, or give --overwrite")
        }
        do {
            let file = try HDF5File(reading: path)
            let (tickers, stored) = try list(file)
            let days = Set(stored.values.joined()).sorted()
            guard let first = tickers.sorted(by: bytesAscend).first(where: { stored[$0]?.isEmpty == false }), let day = stored[first]?.first
            else {
                throw CacheError(
                    .malformed, path, "holds no vectors: the original layout has a dataset /TICKER/YYYY-MM-DD for each")
            }
            let dimension = try group(first, in: file).dataset(day.description).rowCount()
            if let model, model.hidden != dimension {
                throw CacheError(
                    .mismatch, path, "holds vectors of \(dimension) numbers, and the model gives \(model.hidden): they are of another model")
            }
            let fingerprint = CacheFingerprint(
                model: try model ?? unknownModel(path, dimension: dimension), mode: .repeatRow, rows: rows, widthRule: .fit)
            let layout = CacheLayout(
                fingerprint: fingerprint, type: vectorType, dimension: dimension, days: days,
                tickers: tickers.sorted(by: bytesAscend), dataset: (path as NSString).lastPathComponent)
            let present = stored.mapValues { Set($0) }
            // Failures are stored before the vectors but known only after them. If there are any, the file is written twice.
            var failures: [CacheFailure] = []
            while true {
                do {
                    try fill(output, layout, failures, from: file, present)
                    return
                } catch let found as NewFailures {
                    failures = found.failures
                }
            }
        } catch let error as HDF5Error {
            throw CacheError(error.code == .cannotOpen ? .unavailable : .malformed, path, error.within(path))
        }
    }

    /// Newly found vectors that could not be imported.
    private struct NewFailures: Error {
        let failures: [CacheFailure]
    }

    private static func fill(
        _ output: String, _ layout: CacheLayout, _ known: [CacheFailure], from file: HDF5File, _ present: [String: Set<Day>]
    ) throws {
        var failures: [CacheFailure] = []
        try CacheFileWriter.write(output, layout, failures: known) { place, block in
            let day = layout.days[place]
            for (column, ticker) in layout.tickers.enumerated() where present[ticker]?.contains(day) == true {
                let dataset = try group(ticker, in: file).dataset(day.description)
                guard dataset.type == .float32, dataset.columns == nil, try dataset.rowCount() == layout.dimension else {
                    throw CacheError(
                        .malformed, file.path, "\(ticker) on \(day) is not a list of \(layout.dimension) float32, as others are")
                }
                let values = try dataset.read(Float.self)
                guard let vector = values.withUnsafeBufferPointer({ layout.type.store($0) }) else {
                    let reason =
                        values.allSatisfy(\.isFinite)
                        ? CellVector.tooLarge(for: layout.type) : "its vector holds numbers that are not finite"
                    failures.append(CacheFailure(ticker: ticker, day: day, reason: reason))
                    try block.set(column, .failed)
                    continue
                }
                try vector.bytes.withUnsafeBytes {
                    try block.set(column, .cached, scale: vector.scale, error: vector.error, vector: $0)
                }
            }
            if place == layout.days.count - 1, failures != known { throw NewFailures(failures: failures) }
        }
    }

    /// Exports a cache to the original layout, as float32 with gzip.
    /// - Throws: `CacheError`: `.damaged` when a day does not match its checksum.
    public static func write(_ cache: CacheFile, to output: String, overwrite: Bool = false) throws {
        try CacheError.refuse(output, replacing: cache.path)
        let lock = try CacheLock(for: output)
        defer { _ = lock }
        guard overwrite || !FileManager.default.fileExists(atPath: output) else {
            throw CacheError(.exists, output, "exists already: name another file, or give --overwrite")
        }
        let target = FileIdentity(output).path
        let temporary = target + ".new"
        unlink(temporary)
        do {
            try cache.requireIntact(cache.days)
            let file = try HDF5File(creating: temporary)
            let storage = HDF5Storage(chunkRows: cache.dimension, deflateLevel: 4, shuffle: false)
            for (column, ticker) in cache.tickers.enumerated() {
                var group = file.root
                for name in ticker.split(separator: "/", omittingEmptySubsequences: false) {
                    let name = String(name)
                    group = try group.contains(name) ? try group.group(name) : try group.createGroup(name)
                }
                for (place, day) in cache.days.enumerated() where cache.status(day: place, ticker: column) == .cached {
                    let values = cache.withVector(day: place, ticker: column) {
                        cache.vectorType.load($0, scale: cache.scale(day: place, ticker: column))
                    }
                    try group.createDataset(day.description, type: .float32, storage: storage).append(values)
                }
            }
            try file.close()
            try CacheOutput(temporary).synchronise()
            try CacheOutput.rename(temporary, to: target)
        } catch {
            unlink(temporary)
            if let error = error as? HDF5Error { throw CacheError(.unavailable, output, error.description) }
            throw error
        }
    }

    /// Lists the tickers and the days of each. A ticker that contains a slash is a nested group.
    private static func list(_ file: HDF5File) throws -> ([String], [String: [Day]]) {
        var tickers: [String] = []
        var stored: [String: [Day]] = [:]
        func visit(_ group: HDF5Group, _ ticker: String, _ depth: Int) throws {
            let names = try group.names()
            let days = names.compactMap { Day(iso: $0) }
            guard days.count == names.count else {
                for name in names where Day(iso: name) == nil {
                    guard depth < 3, let child = try? group.group(name) else {
                        throw CacheError(
                            .malformed, file.path,
                            "holds /\(ticker)/\(name), which is not a day; the original layout has "
                                + "datasets /TICKER/YYYY-MM-DD")
                    }
                    try visit(child, ticker + "/" + name, depth + 1)
                }
                if !days.isEmpty {
                    tickers.append(ticker)
                    stored[ticker] = days
                }
                return
            }
            tickers.append(ticker)
            stored[ticker] = days
        }
        for name in try file.root.names() {
            guard let group = try? file.root.group(name) else {
                throw CacheError(
                    .malformed, file.path,
                    "holds /\(name), which is not the group of a ticker; the original layout has datasets "
                        + "/TICKER/YYYY-MM-DD")
            }
            try visit(group, name, 1)
        }
        return (tickers, stored)
    }

    private static func group(_ ticker: String, in file: HDF5File) throws(HDF5Error) -> HDF5Group {
        var group = file.root
        for name in ticker.split(separator: "/", omittingEmptySubsequences: false) { group = try group.group(String(name)) }
        return group
    }

    private static func unknownModel(_ path: String, dimension: Int) throws -> StockModelFingerprint {
        StockModelFingerprint(
            weightsSHA256: "unknown; imported from " + (try fileDigest(path)), architecture: "unknown", features: 0,
            hidden: dimension, layers: 0, heads: 0, precision: "unknown", arithmetic: nil, pooling: "mean")
    }
}
