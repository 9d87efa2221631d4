import Archive
import Descriptions
import Encoders
import Foundation
import Generation
import MarketData
import ModelFiles
import Queries
import TestSupport
import TinyStore

/// A small generated store, made once for all tests of a suite, and engines on it.
struct AskedStore: Sendable {
    let folder: TemporaryFolder
    let locator: ModelLocator

    /// Three underlyings' days across a new year, with the given models.
    static func make(models: [String] = ["minilm", "bge-base"], indices: Bool = true, template: String = "parts") async throws -> AskedStore {
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try TinyModel.write(to: folder, name: "models/bge-base", seed: 2)
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let locator = ModelLocator(environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
        let configuration = try EmbeddingGenerationConfig(
            source: folder.location("market"), store: folder.location("store"), models: models, precision: .f32,
            batchSize: 300, template: .builtIn(template), buildsIndices: indices, storesHalfPrecision: false, locator: locator)
        try await EmbeddingGenerator(configuration: configuration).run()
        return AskedStore(folder: folder, locator: locator)
    }

    func archive() async throws -> StoreReader {
        try await StoreReader.open(folder.location("store").open(creating: false))
    }

    func encoders() async throws -> [String: SentenceEncoder] {
        try await SentenceEncoder.open(
            models: archive().manifest.models.keys.sorted(), precision: .f32, threads: 1, locator: locator)
    }

    func engine() async throws -> SearchEngine {
        let archive = try await archive()
        return try await SearchEngine(archive: archive, encoders: encoders(), aliases: archive.aliases())
    }

    static let shared = Task { try await make() }
    /// One text per description.
    static let joint = Task { try await make(models: ["minilm"], template: "joint") }
}
