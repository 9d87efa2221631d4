import Foundation
import Tapedeck
import TestSupport
import TinyStore

/// A store of a simulated market of some weeks, which all tests of analyses read.
enum AnalysisStore {
    private static let shared = Task { () -> (TemporaryFolder, Store) in
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try TinyModel.write(to: folder, name: "models/bge-base", seed: 2)
        let options = StoreOptions(
            models: ["minilm", "bge-base"], creates: true, threads: 2, environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
        try await TinyMarket.write(to: folder, name: "market", from: "2013-11-01", to: "2014-02-14", quirkRate: 0)
        let store = try await Store.open(folder.file("store"), options)
        var configuration = try store.configuration(source: folder.file("market"))
        configuration.models = ["minilm", "bge-base"]
        configuration.precision = .f32
        try await store.generate(configuration)
        return (folder, store)
    }

    static var store: Store { get async throws { try await shared.value.1 } }
    static var folder: TemporaryFolder { get async throws { try await shared.value.0 } }

    /// All option rows of the store.
    static func rows() async throws -> [SearchResult] {
        var request = SearchRequest(question: "options", k: 200_000, models: ["minilm"])
        request.semantic = true
        return try await store.search(request).results.filter { $0.contract != nil }
    }
}
