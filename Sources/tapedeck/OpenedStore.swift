import Archive
import Encoders
import Foundation
import ObjectStore
import Queries

/// Opens a store for questions, with the models that it was made with.
enum OpenedStore {
    /// - Parameter models: keys of models whose vectors are wanted; all of the store when `nil`.
    static func archive(_ location: StoreLocation, models: [String]?) async throws -> EmbeddingArchive {
        try await EmbeddingArchive.open(try location.open(creating: false), models: models)
    }

    /// - Parameter models: keys of models to ask; all of the store when empty.
    /// - Throws: when a model's weights here are not those that the store was made with.
    static func engine(_ location: StoreLocation, models: [String]) async throws -> SearchEngine {
        let archive = try await archive(location, models: models.isEmpty ? nil : models)
        var encoders: [String: SentenceEncoder] = [:]
        for key in models.isEmpty ? archive.manifest.models.keys.sorted() : models {
            guard let stored = archive.manifest.models[key] else { continue }
            guard let precision = Precision(rawValue: stored.precision) else {
                throw CommandError("the store's vectors of \(key) are of precision \(stored.precision), unknown here")
            }
            let opened = try SentenceEncoder.open(
                models: [key], precision: precision, threads: ProcessInfo.processInfo.activeProcessorCount)
            guard let encoder = opened[key] else { continue }
            guard try encoder.fingerprint().isComparable(with: stored) else {
                throw CommandError(
                    "the weights of \(key) at \(encoder.model.folder.path) are not those that the store was made with; "
                        + "point TAPEDECK_MODELS at the right ones")
            }
            encoders[key] = encoder
        }
        return try SearchEngine(archive: archive, encoders: encoders, aliases: try await archive.aliases())
    }
}
