import Archive
import Foundation
import Generation
import ModelFiles
import Monitoring
import ObjectStore
import Testing
import TestSupport
import TinyStore

/// The status of workers that share a store.
struct WorkStatusTests {
    @Test func allWorkersAreShown() async throws {
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let configuration = try EmbeddingGenerationConfig(
            source: folder.location("market"), store: folder.location("store"), precision: .f32, maxWorkers: 2, template: .builtIn("parts"),
            locator: ModelLocator(environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path]))
        let store = try configuration.store.open(creating: true)
        #expect(try await WorkStatus.read(store) == nil)

        // A worker that publishes one unit and is stopped.
        let identity = RunIdentity.worker()
        let recorder = RunRecorder(identity: identity, complain: { Issue.record("\($0)") }, open: { store })
        let worker = StoreWorker(configuration: configuration, options: WorkOptions(unitSize: 2_000), worker: RunIdentity.name(identity))
        let stop = StopRequest()
        await #expect(throws: GenerationStopped.self) {
            try await recorder.during {
                try await worker.run(into: store, stop: stop) { event in
                    recorder.record(event)
                    if case .unitPublished = event { stop.ask() }
                }
            }
        }
        #expect(recorder.state.work?.published == 1)
        #expect(recorder.state.work?.unit == nil)

        // Another, on another machine, that has not stored its log yet, and one that is silent.
        var status = try #require(try await WorkStatus.read(store))
        #expect(status.published == 1 && status.units > 3)
        #expect(status.workers.isEmpty)
        let published = try await store.list(prefix: ArchiveLayout.publishedPrefix(plan: status.plan)).compactMap { ArchiveLayout.unit(of: $0.key) }
        let free = (0..<status.units).filter { !published.contains($0) }
        for (unit, worker, lease) in [(free[0], "alive", 3600.0), (free[1], "silent", -2)] {
            let claim = """
                {"unit":\(unit),"worker":"\(worker)","host":"elsewhere","pid":1,"lease":\(abs(lease)),"renewals":0,"elapsed":3,"bytesDone":1,"rows":1}
                """
            try await store.put(ArchiveLayout.claim(plan: status.plan, unit: unit), Array(claim.utf8))
            guard lease < 0 else { continue }
            let path = folder.file("store/") + ArchiveLayout.claim(plan: status.plan, unit: unit)
            try FileManager.default.setAttributes([.modificationDate: Date.now - 60], ofItemAtPath: path)
        }
        status = try #require(try await WorkStatus.read(store))
        #expect(status.workers.map(\.worker) == ["alive", "silent"])
        #expect(status.workers.map(\.state) == ["working", "silent"])
        #expect(status.workers.map(\.unit) == [free[0], free[1]])
        #expect(status.stragglers == [free[1]])
        #expect(status.text.contains("1 of \(status.units) units are done"))
        #expect(status.lines.count == 2)
        let metrics = Metrics.text(nil, life: .ended, work: status)
        #expect(metrics.contains("tapedeck_work_units \(status.units)\n"))
        #expect(metrics.contains("tapedeck_workers{state=\"silent\"} 1\n"))
        let lines = Dashboard.lines(status, columns: 60, rows: 6)
        #expect(lines.count == 6)
        #expect(try await RunReport.document(of: store, now: .now).markdown.contains("## Workers"))
    }
}
