import Base
import HDF5
import Foundation
import ObjectStore
import VectorIndex

/// Checks a segment of the parts: continuity with the previous ones, digests, and every vector.
enum PartsInspection {
    /// Vectors looked at together.
    private static let chunk = 8192

    /// - Parameter table: the content of the previous segments; this segment is added, without vectors.
    /// - Throws: `ArchiveError` and `HDF5Error` with what is wrong.
    static func check(_ path: String, continuing table: inout PartsTable, models: [String: Int]) throws {
        let first = table.texts.count
        try PartsFile.read(path, into: &table, models: [:])
        let texts = table.texts[first...]
        let file = try HDF5File(reading: path)
        guard try file.root.int64Attribute("format") == 1 else { throw ArchiveError("its format is not 1") }
        let digests = try file.root.group("parts").dataset("sha256").readTexts()
        guard digests.elementsEqual(texts.lazy.map { ContentDigest.sha256(of: Array($0.utf8)) }) else {
            throw ArchiveError("the stored SHA-256 of a text is wrong")
        }
        let vectors = try file.root.group("vectors")
        for (model, dimension) in models.sorted(by: { $0.key < $1.key }) {
            let set = try vectors.dataset(ArchiveLayout.name(ofModel: model))
            guard set.columns == dimension, try set.rowCount() == texts.count else {
                throw ArchiveError("the vectors of \(model) are not \(texts.count) x \(dimension)")
            }
            for start in stride(from: 0, to: texts.count, by: chunk) {
                let rows = start..<min(start + chunk, texts.count)
                let values: [Float] =
                    set.type == .float16
                    ? HalfFloats.floats(try set.read(rows: rows)) : try set.read(rows: rows)
                try check(values, dimension: dimension, first: first + start, model: model)
            }
        }
    }

    private static func check(_ values: [Float], dimension: Int, first: Int, model: String) throws {
        for row in 0..<values.count / dimension {
            let square = values[row * dimension..<(row + 1) * dimension].reduce(0) { $0 + $1 * $1 }
            // Rounding to 16 bits changes a length by at most a thousandth.
            guard abs(square.squareRoot() - 1) < 0.01 else {
                throw ArchiveError("the \(model) vector of part \(first + row) does not have length 1")
            }
        }
    }
}
