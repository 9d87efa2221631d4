import Base
import HDF5
import ObjectStore
import VectorIndex

/// Segments of the parts table: `parts_N.h5` holds the parts that were new when it was written (docs/formats.md).
package enum PartsFile {
    /// How vectors are stored.
    package enum VectorType: String, Sendable { case f16, f32 }

    /// Writes a segment.
    /// - Parameters:
    ///   - parts: the new parts, in order.
    ///   - first: numbers of the first part and the first ticker.
    ///   - dimensions: by model; every part has a vector of each model.
    package static func write(
        _ parts: [NewParts], tickers: [String], first: (part: Int, ticker: Int), dimensions: [String: Int],
        type: VectorType, to path: String
    ) throws {
        let file = try HDF5File(creating: path)
        try file.root.setAttribute("format", to: Int64(1))
        try file.root.setAttribute("first_part", to: Int64(first.part))
        try file.root.setAttribute("first_ticker", to: Int64(first.ticker))
        let group = try file.root.createGroup("parts")
        let texts = parts.flatMap(\.texts)
        try group.createTexts("text", texts)
        try group.createTexts("sha256", texts.map { ContentDigest.sha256(of: Array($0.utf8)) })
        try file.root.createGroup("tickers").createTexts("symbol", tickers)
        let vectors = try file.root.createGroup("vectors")
        for (model, dimension) in dimensions.sorted(by: { $0.key < $1.key }) {
            // Use small chunks, because a description's parts are fetched one by one.
            let set = try vectors.createDataset(
                ArchiveLayout.name(ofModel: model), type: type == .f16 ? .float16 : .float32, columns: dimension,
                storage: .uncompressed(chunkRows: 16))
            for part in parts { try part.write(model, to: set) }
            guard try set.rowCount() == texts.count else {
                throw ArchiveError("\(texts.count) new texts have \(try set.rowCount()) vectors of \(model)")
            }
        }
        try file.close()
    }

    /// The models whose vectors a segment holds, as `ArchiveLayout.name(ofModel:)` has them.
    static func models(_ path: String) throws -> Set<String> {
        Set(try HDF5File(reading: path).root.group("vectors").names())
    }

    /// Adds a segment to a table.
    /// - Throws: `ArchiveError` if the segment does not continue the table, or is invalid; `HDF5Error` if it cannot be read.
    package static func read(_ path: String, into table: inout PartsTable, models: [String: Int]) throws {
        let file = try HDF5File(reading: path)
        let texts = try file.root.group("parts").dataset("text").readTexts()
        let tickers = try file.root.group("tickers").dataset("symbol").readTexts()
        guard try file.root.int64Attribute("first_part") == Int64(table.texts.count),
            try file.root.int64Attribute("first_ticker") == Int64(table.tickers.count)
        else { throw ArchiveError("\(path) does not continue the segments before it; generate into a new store") }
        let known = (texts: table.texts.count, tickers: table.tickers.count)
        for text in texts { _ = table.intern(text: text) }
        for ticker in tickers { _ = table.intern(ticker: ticker) }
        // A repeated text would shift the numbers of all later texts.
        guard table.texts.count == known.texts + texts.count, table.tickers.count == known.tickers + tickers.count else {
            throw ArchiveError("\(path) is damaged: it holds a text or a ticker twice; generate into a new store")
        }
        for (model, dimension) in models {
            table.append(vectors: try vectors(path, in: file, rows: [0..<texts.count], of: texts.count, model: model, dimension), model: model)
        }
    }

    /// The vectors of some texts of a segment.
    /// - Parameters:
    ///   - rows: positions in the segment.
    ///   - count: of the segment's texts.
    /// - Returns: row-major, in the order of the ranges.
    /// - Throws: `ArchiveError` when the vectors do not fit the texts or are not finite; `HDF5Error`.
    static func vectors(_ path: String, rows: [Range<Int>], of count: Int, model: String, _ dimension: Int) throws -> [Float] {
        try vectors(path, in: try HDF5File(reading: path), rows: rows, of: count, model: model, dimension)
    }

    private static func vectors(
        _ path: String, in file: HDF5File, rows: [Range<Int>], of count: Int, model: String, _ dimension: Int
    ) throws -> [Float] {
        let set = try file.root.group("vectors").dataset(ArchiveLayout.name(ofModel: model))
        guard set.columns == dimension, try set.rowCount() == count else {
            throw ArchiveError("\(path): the vectors of \(model) are not \(count) x \(dimension)")
        }
        let vectors: [Float] = try rows.flatMap { rows in
            set.type == .float16 ? HalfFloats.floats(try set.read(rows: rows)) : try set.read(rows: rows)
        }
        guard vectors.allSatisfy(\.isFinite) else {
            throw ArchiveError("\(path) is damaged: a vector of \(model) is not finite; generate into a new store")
        }
        return vectors
    }

    /// The tickers of a segment.
    /// - Parameter first: number of tickers in the previous segments.
    package static func tickers(_ path: String, first: Int) throws -> [String] {
        let file = try HDF5File(reading: path)
        let tickers = try file.root.group("tickers").dataset("symbol").readTexts()
        guard try file.root.int64Attribute("first_ticker") == Int64(first), Set(tickers).count == tickers.count else {
            throw ArchiveError("\(path) does not continue the segments before it; generate into a new store")
        }
        return tickers
    }

    /// Reads a whole segment, to write it again with more models.
    /// - Parameters:
    ///   - slice: number of texts per call of `vectors`.
    ///   - vectors: the vectors of some texts by the models that the segment lacks.
    static func read(
        _ path: String, models: [String], type: VectorType, slice: Int,
        adding vectors: ([String]) async throws -> [String: [Float]]
    ) async throws -> (parts: NewParts, tickers: [String]) {
        let file = try HDF5File(reading: path)
        let texts = try file.root.group("parts").dataset("text").readTexts()
        let group = try file.root.group("vectors")
        var parts = NewParts(type: type)
        for start in stride(from: 0, to: texts.count, by: slice) {
            let rows = start..<min(start + slice, texts.count)
            var all = try await vectors(Array(texts[rows]))
            for model in models {
                let set = try group.dataset(ArchiveLayout.name(ofModel: model))
                all[model] = set.type == .float16 ? HalfFloats.floats(try set.read(rows: rows)) : try set.read(rows: rows)
            }
            try parts.append(Array(texts[rows]), vectors: all)
        }
        return (parts, try file.root.group("tickers").dataset("symbol").readTexts())
    }
}
