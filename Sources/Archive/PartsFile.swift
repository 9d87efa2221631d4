internal import HDF5
import ObjectStore
internal import VectorIndex

/// Segments of the parts table: `parts_N.h5` holds what was new when it was written (docs/formats.md).
package enum PartsFile {
    /// How vectors are stored.
    package enum VectorType: String, Sendable { case f16, f32 }

    /// Writes parts and tickers from the given positions on.
    package static func write(
        _ table: PartsTable, parts: Range<Int>, tickers: Range<Int>, dimensions: [String: Int], type: VectorType,
        to path: String
    ) throws {
        let file = try HDF5File(creating: path)
        try file.root.setAttribute("format", to: Int64(1))
        try file.root.setAttribute("first_part", to: Int64(parts.lowerBound))
        try file.root.setAttribute("first_ticker", to: Int64(tickers.lowerBound))
        let group = try file.root.createGroup("parts")
        let texts = Array(table.texts[parts])
        try group.createTexts("text", texts)
        try group.createTexts("sha256", texts.map { ContentDigest.sha256(of: Array($0.utf8)) })
        try file.root.createGroup("tickers").createTexts("symbol", Array(table.tickers[tickers]))
        let vectors = try file.root.createGroup("vectors")
        for (model, dimension) in dimensions.sorted(by: { $0.key < $1.key }) {
            let values = (table.vectors[model] ?? [])[parts.lowerBound * dimension..<parts.upperBound * dimension]
            switch type {
            case .f32: try vectors.store(Array(values), as: ArchiveLayout.name(ofModel: model), columns: dimension)
            case .f16:
                let set = try vectors.createDataset(
                    ArchiveLayout.name(ofModel: model), type: .float16, columns: dimension,
                    storage: HDF5Storage(chunkRows: 256, deflateLevel: 1))
                try set.append(ScanKernels.halves(Array(values)))
            }
        }
        try file.close()
    }

    /// Adds a segment to a table.
    /// - Throws: `ArchiveError` when the segment does not continue the table, or what it holds cannot be; `HDF5Error`
    ///   when it cannot be read.
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
        // A text that stands twice would shift the numbers of all after it.
        guard table.texts.count == known.texts + texts.count, table.tickers.count == known.tickers + tickers.count else {
            throw ArchiveError("\(path) is damaged: a text or a ticker stands in it twice; generate into a new store")
        }
        let group = try file.root.group("vectors")
        for (model, dimension) in models {
            let set = try group.dataset(ArchiveLayout.name(ofModel: model))
            guard set.columns == dimension, try set.rowCount() == texts.count else {
                throw ArchiveError("\(path): the vectors of \(model) are not \(texts.count) x \(dimension)")
            }
            let vectors: [Float] =
                set.type == .float16 ? ScanKernels.floats(fromHalves: try set.read()) : try set.read()
            guard vectors.allSatisfy(\.isFinite) else {
                throw ArchiveError("\(path) is damaged: a vector of \(model) is not made of numbers; generate into a new store")
            }
            table.append(vectors: vectors, model: model)
        }
    }

    /// How many parts and tickers a segment holds.
    static func counts(_ path: String) throws -> (parts: Int, tickers: Int) {
        let file = try HDF5File(reading: path)
        return (
            try file.root.group("parts").dataset("text").rowCount(),
            try file.root.group("tickers").dataset("symbol").rowCount()
        )
    }
}
