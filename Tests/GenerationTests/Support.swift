import Archive
import Descriptions
import Encoders
import MarketData
import Foundation
import Generation
import ModelFiles
import ObjectStore
import Synchronization
import TestSupport
import TinyStore

/// A market, models and a store in a test's own folder.
struct Workplace {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try TinyModel.write(to: folder, name: "models/bge-base", seed: 2)
    }

    func configuration(
        market: String = "market", store: String = "store", models: [String] = ["minilm"], batchSize: Int = 150,
        template: String = "parts"
    ) throws -> EmbeddingGenerationConfig {
        try EmbeddingGenerationConfig(
            source: folder.location(market), store: folder.location(store), models: models, precision: .f32,
            batchSize: batchSize, maxWorkers: 2, template: .builtIn(template),
            locator: ModelLocator(environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path]))
    }

    /// Runs to the end; files that were refused are reported by `refused`.
    @discardableResult
    func generate(
        _ configuration: EmbeddingGenerationConfig, report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        try await EmbeddingGenerator(configuration: configuration).run(report: report)
    }

    func archive(_ store: String = "store") async throws -> StoreReader {
        try await StoreReader.open(folder.location(store).open(creating: false))
    }

    /// Rows in the batches of a store, by year.
    func storedRows(_ store: String = "store") async throws -> [Int: Int] {
        let archive = try await archive(store)
        var rows: [Int: Int] = [:]
        for batch in archive.batches {
            switch try await archive.kind(ofBatch: batch.key) {
            case .options:
                let open: OpenBatch<OptionRows> = try await archive.openBatch(batch.key)
                rows[batch.year, default: 0] += open.rowCount
            case .stocks:
                let open: OpenBatch<StockRows> = try await archive.openBatch(batch.key)
                rows[batch.year, default: 0] += open.rowCount
            }
        }
        return rows
    }
}

/// The events of a run, as lines.
final class EventLog: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ event: GenerationEvent) {
        let line: String? =
            switch event {
            case .fileDone(let key, _, _, _): "done \(key)"
            case .fileSkipped(let key, _): "skipped \(key)"
            case .batchStored(let year, let number, _, _): "batch \(year) \(number)"
            case .encoded(let model, let texts, _): "encoded \(model) \(texts)"
            case .indexBuilt(let model, let year, _, _): "index \(model) \(year)"
            case .warning(let text): "warning \(text)"
            case .calibrated(let model, _): "calibrated \(model)"
            case .stopping: "stopping"
            case .started, .fileStarted, .fileRead, .progress, .yearStarted, .yearDone, .finished, .plan, .unitClaimed, .unitPublished, .unitLost:
                nil
            }
        if let line { lines.withLock { $0.append(line) } }
    }

    func count(_ prefix: String) -> Int { all.count { $0.hasPrefix(prefix) } }
}
