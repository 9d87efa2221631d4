import Archive
import Descriptions
import Foundation
import ObjectStore
import Testing
import TestSupport

@Suite struct StoreWriterTests {
    let folder: TemporaryFolder
    let store: any ObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.store()
    }

    private func ledger(year: Int = 2013, complete: Bool = false) -> YearLedger {
        var ledger = YearLedger(year: year, batchSize: 10)
        ledger.complete = complete
        ledger.inputs = [
            YearLedger.Input(
                key: "options/a.csv", etag: "x", size: 9, batch: 0, rows: 5, searchable: 3, quarantined: ["bad date": 2],
                quirks: ["crossed": 1]),
            YearLedger.Input(
                key: "options/b.csv", etag: "y", size: 1, batch: nil, rows: 0, searchable: 0, quarantined: [:], quirks: [:]),
        ]
        ledger.batchCount = 1
        return ledger
    }

    @Test func savedEntriesAreFound() async throws {
        let writer = try await Made.writer(store)
        let made = Made.table(6)
        writer.add(try Made.newParts(made, 0..<6), tickers: Made.numbers(made.tickers))
        try await writer.saveNewParts()
        try await writer.save(ledger())
        #expect(try await StoreReader.readManifest(store) == nil, "nothing is part of a store before its manifest")
        try await writer.saveManifest()
        let archive = try await StoreReader.open(store)
        #expect(archive.manifest == writer.manifest)
        #expect(archive.parts.texts == made.texts)
        #expect(archive.parts.vectors == made.vectors)
        #expect(try await archive.ledger(year: 2013) == ledger())
        #expect(try await archive.ledger(year: 2012) == nil)
        #expect(archive.manifest.ledgerYears == [2013])
        for (key, object) in archive.manifest.objects {
            #expect(try await store.sha256(of: key) == object.sha256)
            #expect(try await store.head(key).size == object.size)
        }
    }

    @Test func aCompleteLedgerReplacesThePartialOne() async throws {
        let writer = try await Made.writer(store)
        try await writer.save(ledger())
        try await writer.saveManifest()
        try await writer.save(ledger(complete: true))
        #expect(try await store.contains(ArchiveLayout.checkpoint(year: 2013, complete: false)), "readers may still want it")
        try await writer.saveManifest()
        #expect(try await !store.contains(ArchiveLayout.checkpoint(year: 2013, complete: false)))
        #expect(try await StoreReader.open(store).ledger(year: 2013)?.complete == true)
    }

    @Test func newPartsMakeSegmentsAndANewModelRewritesThem() async throws {
        let all = Made.table(10)
        let first = try await Made.writer(store, models: ["small": Made.fingerprint()])
        for range in [0..<4, 4..<4, 4..<10] {
            first.add(
                try Made.newParts(all, range, models: ["small": 4]),
                tickers: Made.numbers(all.tickers.prefix(range.upperBound / 2)))
            try await first.saveNewParts()
        }
        try await first.saveManifest()
        #expect(first.manifest.objects.keys.sorted() == [ArchiveLayout.parts(segment: 0), ArchiveLayout.parts(segment: 1)])

        let second = try await Made.writer(store)
        #expect(second.newModels == ["large"])
        #expect(await second.parts.count == 10)
        #expect(second.tickers.symbols == all.tickers)
        try await second.addNewModels(slice: 3) { texts in
            #expect(texts.count <= 3)
            return [
                "large": texts.flatMap { text in
                    let number = all.number(ofText: text).map(Int.init) ?? 0
                    return (all.vectors["large"] ?? [])[number * 6..<number * 6 + 6]
                }
            ]
        }
        try await second.saveManifest()
        #expect(second.manifest.objects.count == 2)
        let archive = try await StoreReader.open(store)
        #expect(archive.parts.texts == all.texts)
        #expect(archive.parts.tickers == all.tickers)
        #expect(archive.parts.vectors == all.vectors)
    }

    @Test func mixedFingerprintsAreRefusedWithBothNamed() async throws {
        try await Made.writer(store, models: ["small": Made.fingerprint("f32")]).saveManifest()
        let precision = await #expect(throws: ArchiveError.self) {
            try await Made.writer(store, models: ["small": Made.fingerprint("int8")])
        }
        #expect(precision?.description.contains("f32") == true)
        #expect(precision?.description.contains("int8") == true)
        let template = await #expect(throws: ArchiveError.self) { try await Made.writer(store, template: "joint") }
        #expect(template?.description.contains("template parts") == true)
        #expect(template?.description.contains("template joint") == true)
        let simulated = await #expect(throws: ArchiveError.self) {
            try await Made.writer(store, models: [:], simulated: false)
        }
        #expect(simulated?.description.contains("simulated") == true)
    }

    /// The manifest says which batches there are; other objects of such names do not count.
    @Test func onlyObjectsInTheManifestAreBatches() async throws {
        let writer = try await Made.writer(store)
        for (year, number) in [(2014, 1), (2013, 10), (2013, 2)] {
            try await writer.put(ArchiveLayout.batch(year: year, number: number)) { path in
                try await Made.write(Made.batch(3), to: path)
            }
        }
        try await writer.saveManifest()
        try await store.put(ArchiveLayout.batch(year: 2015, number: 0), [1, 2, 3])
        let archive = try await StoreReader.open(store)
        #expect(archive.batches.map(\.year) == [2013, 2013, 2014])
        #expect(archive.batches.map(\.number) == [2, 10, 1])
        #expect(archive.years == [2013, 2014])
        #expect(try await archive.kind(ofBatch: archive.batches[0].key) == .options)
    }

    @Test func aFailedFileLeavesNothingBehind() async throws {
        struct Full: Error {}
        let writer = try await Made.writer(store)
        let before = FileManager.default.subpaths(atPath: folder.path)?.count
        await #expect(throws: Full.self) {
            try await writer.put("financial-embeddings/x.h5") { path in
                try Data([1]).write(to: URL(fileURLWithPath: path))
                throw Full()
            }
        }
        #expect(writer.manifest.objects.isEmpty)
        let after = FileManager.default.subpaths(atPath: folder.path) ?? []
        #expect(!after.contains { $0.contains("x.h5") }, "\(String(describing: before)) \(after)")
    }

    @Test func noStoreAndUnknownModelsAreNamed() async throws {
        let none = await #expect(throws: ArchiveError.self) { try await StoreReader.open(store) }
        #expect(none?.description.contains("tapedeck generate") == true)
        try await Made.writer(store).saveManifest()
        let unknown = await #expect(throws: ArchiveError.self) { try await StoreReader.open(store, models: ["other"]) }
        #expect(unknown?.description.contains("large, small") == true)
        #expect(try await StoreReader.open(store, models: ["small", "small"]).manifest.models.count == 2)
    }

    // MARK: - Damage

    /// Every key of an object of JSON, changed to every kind of value: an error or a store that can be read.
    private func spoil(_ key: String, check: (any ObjectStore) async throws -> Void) async throws -> Int {
        let good = try await store.get(key)
        var random = SplitMix(state: 31)
        var refused = 0
        for round in 0..<400 {
            var bytes = good
            if round % 2 == 0 {
                for _ in 0...(round % 4) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 9...126, using: &random)
                }
            } else {
                // Damaged numbers look valid.
                let numbers = ["-1", "9223372036854775807", "1e300", "0", "null", "\"x\"", "[]", "{}"]
                let digits = bytes.indices.filter { (48...57).contains(bytes[$0]) && bytes[max(0, $0 - 2)] == UInt8(ascii: ":") }
                guard let place = digits.randomElement(using: &random) else { continue }
                let end = bytes[place...].firstIndex { !(48...57).contains($0) } ?? bytes.count
                bytes.replaceSubrange(place..<end, with: Array((numbers.randomElement(using: &random) ?? "").utf8))
            }
            try await store.put(key, bytes)
            do {
                try await check(store)
            } catch is ArchiveError {
                refused += 1
            } catch is StoreError {
                refused += 1
            }
        }
        try await store.put(key, good)
        return refused
    }

    @Test func damagedManifestsAndLedgersAreErrors() async throws {
        let writer = try await Made.writer(store)
        writer.add(try Made.newParts(Made.table(3), 0..<3), tickers: Made.numbers(["A"]))
        try await writer.saveNewParts()
        try await writer.put(ArchiveLayout.batch(year: 2013, number: 0)) { try await Made.write(Made.batch(3), to: $0) }
        try await writer.save(ledger())
        try await writer.saveManifest()
        let manifest = try await spoil(ArchiveLayout.manifest) { store in
            let archive = try await StoreReader.open(store)
            _ = (archive.years, archive.manifest.ledgerYears)
            for batch in archive.batches { _ = try await archive.kind(ofBatch: batch.key) }
        }
        #expect(manifest > 50)
        let ledgers = try await spoil(ArchiveLayout.checkpoint(year: 2013, complete: false)) { store in
            guard let ledger = try await StoreReader.open(store).ledger(year: 2013) else { return }
            #expect(ledger.inputs.allSatisfy { $0.searchable + $0.quarantined.values.reduce(0, +) == $0.rows })
            _ = (ledger.inputs.compactMap(\.batch).max() ?? -1) + 1
        }
        #expect(ledgers > 50)
    }

    @Test(arguments: [(1, "generate again, into a new store"), (Manifest.currentFormat + 1, "a later build wrote it")])
    func anotherFormatIsRefused(_ format: Int, _ remedy: String) async throws {
        try await Made.writer(store).saveManifest()
        let text = String(decoding: try await store.get(ArchiveLayout.manifest), as: UTF8.self)
        let other = text.replacing("\"format\" : \(Manifest.currentFormat)", with: "\"format\" : \(format)")
        try await store.put(ArchiveLayout.manifest, Array(other.utf8))
        let error = await #expect(throws: ArchiveError.self) { try await StoreReader.open(store) }
        #expect(error?.description.contains("format \(format)") == true && error?.description.contains(remedy) == true)
    }
}
