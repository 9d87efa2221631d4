import Archive
import Foundation
import Generation
import ObjectStore
import Testing
import TestSupport
import TinyStore

/// A run that is asked to stop finishes its batches, and the next run gives the store of an undisturbed one.
@Suite struct StopTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func made() async throws -> EmbeddingGenerationConfig {
        try await TinyMarket.write(to: place.folder, name: "market", underlyings: 3, from: "2013-12-27", to: "2014-01-08", quirkRate: 0)
        return try place.configuration(store: "whole", batchSize: 60)
    }

    /// - Parameter ask: called when a batch is stored.
    private func stopAndResume(
        _ configuration: EmbeddingGenerationConfig, stop: StopRequest, ask: @escaping @Sendable () throws -> Void
    ) async throws {
        try await place.generate(configuration)
        var stopped = configuration
        stopped.store = place.folder.location("stopped")
        stopped.checkpointFrequency = 100
        let log = EventLog()
        await #expect(throws: GenerationStopped.self) {
            try await EmbeddingGenerator(configuration: stopped).run(stop: stop) { event in
                log.add(event)
                if case .batchStored = event { #expect(throws: Never.self) { try ask() } }
            }
        }
        #expect(log.count("stopping") == 1)
        // Stored batches are kept, however rare checkpoints are.
        let rows = try await place.storedRows("stopped").values.reduce(0, +)
        #expect(rows > 0)
        let whole = try await place.storedRows("whole").values.reduce(0, +)
        #expect(rows < whole)
        let contains = try await place.archive("stopped").store.contains(ArchiveLayout.stopRequest)
        #expect(!contains, "a request that was honoured is gone")
        stopped.checkpointFrequency = 1
        let summary = try await place.generate(stopped)
        #expect(summary == (try await GenerationSummary.read(configuration.store)))
        let (one, other) = (try await place.storedRows("stopped"), try await place.storedRows("whole"))
        #expect(one == other)
        let batches = (try place.folder.contents(of: "stopped"), try place.folder.contents(of: "whole"))
        for (key, bytes) in batches.1 where key.contains("batch_") || key.contains("indices") { #expect(batches.0[key] == bytes, "\(key)") }
    }

    @Test func aRequestOfTheProgram() async throws {
        let stop = StopRequest()
        try await stopAndResume(made(), stop: stop) { stop.ask() }
    }

    @Test func anObjectInTheStore() async throws {
        let file = place.folder.file("stopped/" + ArchiveLayout.stopRequest)
        try await stopAndResume(made(), stop: StopRequest()) {
            let url = URL(fileURLWithPath: file)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("{}".utf8).write(to: url)
        }
    }

    @Test func anOldRequestMeansNothing() async throws {
        let configuration = try await made()
        try place.folder.write("{}", to: "whole/" + ArchiveLayout.stopRequest)
        let summary = try await place.generate(configuration)
        #expect(summary.years.allSatisfy { $0.complete })
    }
}
