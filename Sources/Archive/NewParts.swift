import Base
import HDF5
import ObjectStore
import VectorIndex

/// Part texts that are new to a store, with their vectors, before they are written as a segment. The vectors are kept on disk:
/// in `joint`, where every description is a text, those of a batch may be larger than all its rows.
package struct NewParts: Sendable {
    package private(set) var texts: [String] = []
    private let type: PartsFile.VectorType
    private var scratch: ScratchFile?
    private var places: [String: [ScratchFile.Place]] = [:]

    package init(type: PartsFile.VectorType) { self.type = type }

    /// Adds texts.
    /// - Parameter vectors: by model: `texts.count` x dimension, row-major, L2-normalised.
    /// - Throws: `StoreError` when the folder for temporary files has no room.
    package mutating func append(_ new: [String], vectors: [String: [Float]]) throws {
        let file = try scratch ?? ScratchFile()
        scratch = file
        texts += new
        for (model, values) in vectors {
            let place = type == .f16 ? try file.append(HalfFloats.halves(values)) : try file.append(values)
            places[model, default: []].append(place)
        }
    }

    /// Adds a model's vectors to the dataset of a segment.
    func write(_ model: String, to set: HDF5Dataset) throws {
        guard let scratch else { return }
        for place in places[model] ?? [] {
            switch type {
            case .f16: try set.append(try scratch.read(place, as: UInt16.self))
            case .f32: try set.append(try scratch.read(place, as: Float.self))
            }
        }
    }
}
