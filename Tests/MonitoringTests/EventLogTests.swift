import Archive
import Foundation
import Generation
import ModelFiles
import Monitoring
import ObjectStore
import Synchronization
import Testing
import TestSupport
import TinyStore

struct EventLogTests {
    private func records(_ events: [RunEvent]) -> [EventRecord] {
        events.enumerated().map { EventRecord(time: Sample.start + Double($0), identity: Sample.identity, event: $1) }
    }

    @Test func everyEventIsALineThatReadsBack() throws {
        let events: [RunEvent] = [
            .started(run: try Sample.run()), .warning(text: "a \"b\"\n\u{1}"), .yearStarted(year: 2013, files: 1, bytes: 2), .fileStarted(key: "k"),
            .fileRead(key: "k"), .fileDone(key: "k", bytes: 1, rows: 2, quarantined: 3), .fileSkipped(key: "k", bytes: 1),
            .batchStored(year: 2013, number: 0, rows: 1, descriptions: 1), .encoded(model: "m", texts: 1, seconds: 0.5),
            .indexBuilt(model: "m", year: 2013, vectors: 1, seconds: 0.25), .progress(stages: try Sample.progress()), .yearDone(year: 2013),
            .stopping, .alive, .ended(outcome: .failed, message: nil), .snapshot(state: try Sample.running()),
        ]
        for record in records(events) {
            let line = try JSONLine.encode(record)
            #expect(line.last == UInt8(ascii: "\n") && line.count { $0 == UInt8(ascii: "\n") } == 1)
            #expect(try JSONLine.decode(EventRecord.self, line) == record)
        }
    }

    @Test func lineSaysWhoAndWhen() throws {
        let record = EventRecord(time: Sample.start, identity: Sample.identity, event: .fileStarted(key: "a/b.csv"))
        #expect(
            String(decoding: try JSONLine.encode(record), as: UTF8.self)
                == #"{"event":{"fileStarted":{"key":"a/b.csv"}},"host":"elsewhere","pid":4242,"run":"20260921T141320000-4242","time":"2026-09-21T14:13:20.000Z"}"#
                + "\n")
    }

    @Test func snapshotReplacesEarlierEvents() throws {
        let running = try Sample.running()
        let snapshot = EventRecord(time: running.lastSign, identity: Sample.identity, event: .snapshot(state: running))
        let next = EventRecord(
            time: running.lastSign + 1, identity: Sample.identity, event: .fileDone(key: "c", bytes: 1, rows: 5, quarantined: 0))
        let state = try #require(EventLog.fold(try JSONLine.encode(snapshot) + JSONLine.encode(next)))
        #expect(state.rows == running.rows + 5)
        #expect(state.run == running.run)
    }

    @Test func linesThatCannotBeReadAreCounted() throws {
        let good = try JSONLine.encode(EventRecord(time: Sample.start, identity: Sample.identity, event: .alive))
        let state = try #require(EventLog.fold(Array("{\"half\n".utf8) + good + Array("{}\n{\"event\":{\"later\":{}}}\n".utf8)))
        #expect(state.unreadLines == 3)
        #expect(EventLog.fold(Array("noise".utf8)) == nil)
        #expect(EventLog.fold([]) == nil)
    }

    /// Reading ends for any line.
    @Test func noiseIsNoTrap() throws {
        var generator = SplitMix(printing: #function)
        let line = try JSONLine.encode(
            EventRecord(time: Sample.start, identity: Sample.identity, event: .snapshot(state: try Sample.running())))
        for _ in 0..<300 {
            var damaged = line
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if let state = EventLog.fold(damaged) {
                _ = Dashboard.lines(state, life: .alive, now: Sample.start, columns: 80, rows: 24)
                _ = Metrics.text(state, life: .alive)
            }
        }
    }

    @Test func recorderWritesALogThatTellsItsState() async throws {
        let folder = try TemporaryFolder()
        let location = folder.location("store")
        let store = try location.open(creating: true)
        let recorder = RunRecorder(complain: { Issue.record("\($0)") }) { store }
        let run = try Sample.run()
        try await recorder.during {
            recorder.record(.started(run))
            recorder.record(.yearStarted(year: 2013, files: 1, bytes: 10))
            recorder.record(.fileDone(key: "a", bytes: 10, rows: 7, quarantined: 1))
        }
        var log = EventLog(store: store)
        let state = try #require(try await log.newestRun())
        #expect(state.phase == .finished && state.rows == 7 && state.quarantined == 1)
        #expect(state.identity == recorder.state.identity)
        #expect(try await log.newestRun() == state)
    }

    @Test func failureIsRecordedAndThrown() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.location("store").open(creating: true)
        let recorder = RunRecorder(complain: { Issue.record("\($0)") }) { store }
        let run = try Sample.run()
        await #expect(throws: CocoaError.self) {
            try await recorder.during {
                recorder.record(.started(run))
                throw CocoaError(.fileWriteOutOfSpace)
            }
        }
        var log = EventLog(store: store)
        #expect(try await log.newestRun()?.phase == .failed)
    }

    @Test func aRunThatDidNotStartLeavesNoLog() async throws {
        let folder = try TemporaryFolder()
        let recorder = RunRecorder(complain: { Issue.record("\($0)") }) { try folder.location("store").open(creating: true) }
        await #expect(throws: CocoaError.self) {
            try await recorder.during {
                recorder.record(.warning("a gap"))
                throw CocoaError(.fileNoSuchFile)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("store")))
    }

    @Test func logIsBounded() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.location("store").open(creating: true)
        let run = try Sample.run()
        for _ in 0..<23 {
            let recorder = RunRecorder(complain: { Issue.record("\($0)") }) { store }
            try await recorder.during { recorder.record(.started(run)) }
            try await Task.sleep(for: .milliseconds(2))
        }
        let recorder = RunRecorder(complain: { Issue.record("\($0)") }) { store }
        try await recorder.during {
            recorder.record(.started(run))
            recorder.record(.yearStarted(year: 2013, files: 20_000, bytes: 20_000))
            for number in 0..<20_000 { recorder.record(.fileDone(key: "options-complete/\(number).csv", bytes: 1, rows: 1, quarantined: 0)) }
        }
        let objects = try await store.list(prefix: ArchiveLayout.eventsPrefix)
        #expect(objects.reduce(0) { $0 + $1.size } < 1 << 20)
        let runs = try await EventLog(store: store).runs()
        #expect(runs.count == 20)
        #expect(runs.last?.rows == 20_000)
        #expect(objects.count { $0.key.contains(recorder.state.identity.run) } <= 8)
    }

    @Test func aRunContinuesWithoutItsEventLog() async throws {
        let messages = Mutex<[String]>([])
        let recorder = RunRecorder(complain: { text in messages.withLock { $0.append(text) } }) { throw CocoaError(.fileWriteNoPermission) }
        let run = try Sample.run()
        let answer = try await recorder.during {
            recorder.record(.started(run))
            return 42
        }
        #expect(answer == 42)
        #expect(messages.withLock { $0.count } == 1)
    }

    @Test func damagedLogIsNamed() async throws {
        let folder = try TemporaryFolder()
        try folder.write("noise", to: "store/financial-embeddings/events/20260101T000000000-1/000000.jsonl")
        var log = EventLog(store: try folder.location("store").open(creating: false))
        do {
            _ = try await log.newestRun()
            Issue.record("nothing was said")
        } catch let error as MonitoringError {
            #expect(error.description.contains("000000.jsonl") && error.description.contains("delete it"))
        }
    }

    @Test func eventsOfARealRunTellTheSameAsItsSummary() async throws {
        let folder = try TemporaryFolder()
        try await TinyMarket.write(to: folder, name: "market")
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        let configuration = try EmbeddingGenerationConfig(
            source: folder.location("market"), store: folder.location("store"), precision: .f32, batchSize: 150,
            template: .builtIn("parts"),
            locator: ModelLocator(environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path]))
        let recorder = RunRecorder(complain: { Issue.record("\($0)") }) { try configuration.store.open(creating: false) }
        let summary = try await recorder.during {
            try await EmbeddingGenerator(configuration: configuration).run { recorder.record($0) }
        }
        var log = EventLog(store: try configuration.store.open(creating: false))
        let state = try #require(try await log.newestRun())
        #expect(state.rows == summary.rows)
        #expect(state.quarantined == summary.quarantined.values.reduce(0, +))
        #expect(state.texts == summary.encodingsMade)
        #expect(state.years.map(\.year) == summary.years.map(\.year))
        #expect(state.years.allSatisfy { $0.isDone && $0.bytesDone == $0.bytes })
        #expect(state.share == 1 && state.phase == .finished && state.inHand.isEmpty)
        // Files are begun and ended in pairs, all of them.
        let document = try await RunReport.document(of: try configuration.store.open(creating: false), now: .now)
        #expect(document.markdown.contains("| 2013 | complete |") && document.markdown.contains("objects, rows add up"))
        #expect(document.html.contains("<td>complete</td>"))
    }
}
