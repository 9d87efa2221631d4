import Encoders
import Foundation
import ModelFiles
import Tokenization

/// Token ids with the reference's vectors, from one of the safetensors files that scripts/golden writes.
struct Golden {
    let tokens: TokenBatch
    /// Row-major, one vector per text.
    let vectors: [Float]
    let dimension: Int

    static func file(_ name: String) throws -> SafetensorsFile {
        guard let url = Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Resources") else {
            throw MissingResource(name: name)
        }
        return try SafetensorsFile(path: url.path)
    }

    struct MissingResource: Error { let name: String }

    init(_ file: SafetensorsFile, prefix: String = "") throws {
        let ids = try file.withBytes(of: prefix + "ids") { $0.bindUnaligned(UInt16.self).map(Int32.init) }
        let offsets = try file.withBytes(of: prefix + "offsets") { $0.bindUnaligned(Int32.self) }
        tokens = TokenBatch(ids: ids, offsets: offsets)
        let shape = try file.info(prefix + "embeddings").shape
        dimension = shape[1]
        vectors = try file.floats(prefix + "embeddings", shape: shape)
    }

    /// Cosine of each vector of `others` with the reference's.
    func cosines(_ others: [Float]) -> [Double] {
        (0..<tokens.count).map { text in
            var dot = 0.0, ours = 0.0, theirs = 0.0
            for index in text * dimension..<(text + 1) * dimension {
                let a = Double(vectors[index]), b = Double(others[index])
                dot += a * b
                ours += b * b
                theirs += a * a
            }
            return dot / (ours * theirs).squareRoot()
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func bindUnaligned<T: BitwiseCopyable>(_ type: T.Type) -> [T] {
        stride(from: 0, to: count, by: MemoryLayout<T>.stride).map { loadUnaligned(fromByteOffset: $0, as: type) }
    }
}

extension [Double] {
    var mean: Double { reduce(0, +) / Double(count) }
}
