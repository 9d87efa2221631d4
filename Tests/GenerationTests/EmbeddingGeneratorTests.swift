import Archive
import MarketData
import Foundation
import Generation
import ObjectStore
import Simulation
import Testing
import TestSupport
import TinyStore

@Suite struct EmbeddingGeneratorTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    @Test func findsPlantedEvents() async throws {
        let planted = try await TinyMarket.write(to: place.folder, name: "market", underlyings: 4, rowsPerDay: 80, quirkRate: 0.02)
        let configuration = try place.configuration()
        let unreadable = planted.files["missing header"] ?? []
        do {
            try await place.generate(configuration)
            #expect(unreadable.isEmpty)
        } catch let error as GenerationError {
            let isNamed = unreadable.allSatisfy { error.description.contains($0) }
            #expect(!unreadable.isEmpty && isNamed, "\(error)")
        }
        let summary = try await GenerationSummary.read(configuration.store)
        var rejected = planted.options.rejected
        rejected.merge(planted.stocks.rejected, uniquingKeysWith: +)
        #expect(summary.quarantined == rejected)
        #expect(summary.rows == planted.options.lines + planted.stocks.lines)
        #expect(summary.rows == summary.searchable + summary.quarantined.values.reduce(0, +))
        let kept = summary.years.reduce(into: [:]) { $0.merge($1.quirks, uniquingKeysWith: +) }
        #expect(kept.filter { planted.options.kept[$0.key] != nil } == planted.options.kept)
        let stored = try await place.storedRows()
        #expect(stored == Dictionary(uniqueKeysWithValues: summary.years.map { ($0.year, $0.searchable) }))
        // Every rejected row is in quarantine.
        let archive = try await place.archive()
        var lines = 0
        for key in archive.manifest.objects.keys where key.hasPrefix(ArchiveLayout.quarantinePrefix) {
            lines += try await archive.store.get(key).count { $0 == UInt8(ascii: "\n") }
        }
        #expect(lines == rejected.values.reduce(0, +))
        #expect(summary.simulated)
    }

    @Test func aSecondRunDoesNothing() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let first = try await place.generate(configuration)
        let before = try place.folder.contents(of: "store")
        let log = EventLog()
        let second = try await place.generate(configuration) { log.add($0) }
        #expect(second == first)
        let afterwards = try place.folder.contents(of: "store")
        #expect(afterwards == before)
        #expect(log.count("done") + log.count("batch") + log.count("encoded") + log.count("index") == 0)
        #expect(log.count("skipped") > 0)
    }

    @Test func anAddedDayAppendsABatch() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let last = "options-complete/2014-01-06options.csv"
        try place.folder.copy("market/" + last, to: "later.csv")
        try place.folder.remove("market/" + last)
        let configuration = try place.configuration(batchSize: 1_000_000)
        let first = try await place.generate(configuration)
        let before = try await place.archive().manifest.objects
        try place.folder.copy("later.csv", to: "market/" + last)
        let log = EventLog()
        let second = try await place.generate(configuration) { log.add($0) }
        #expect(log.all.filter { $0.hasPrefix("done") } == ["done " + last])
        #expect(log.count("batch 2014") == 1 && log.count("batch") == 1)
        #expect(log.count("index minilm 2014") == 1 && log.count("index") == 1)
        let after = try await place.archive().manifest.objects
        for (key, object) in before where key.contains("batch_") || key.contains("parts_") || key.contains("2013") {
            #expect(after[key] == object, "\(key) was to be left alone")
        }
        #expect(second.searchable > first.searchable)
        #expect(second.years.map(\.complete) == [true, true])
    }

    @Test func aChangedDayRedoesItsYear() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0.03)
        let configuration = try place.configuration()
        _ = try? await place.generate(configuration)
        let key = "options-complete/2014-01-06options.csv"
        let text = try place.folder.text("market/" + key)
        try place.folder.write(text.split(separator: "\n").dropLast(3).joined(separator: "\n") + "\n", to: "market/" + key)
        let log = EventLog()
        _ = try? await place.generate(configuration) { log.add($0) }
        #expect(log.all.contains { $0.hasPrefix("warning") && $0.contains("has changed") })
        #expect(log.count("batch 2013") == 0 && log.count("batch 2014") > 0)
        // The content of a new store, except for the numbers of parts and tickers, which never change.
        _ = try? await place.generate(place.configuration(store: "fresh"))
        let (old, new) = (try await GenerationSummary.read(configuration.store), try await GenerationSummary.read(place.folder.location("fresh")))
        #expect(old.years == new.years)
        let rows = (try await place.storedRows(), try await place.storedRows("fresh"))
        #expect(rows.0 == rows.1)
        let objects = (try await place.archive().manifest.objects, try await place.archive("fresh").manifest.objects)
        func isQuarantine(_ object: (key: String, value: Manifest.Object)) -> Bool {
            object.key.hasPrefix(ArchiveLayout.quarantinePrefix)
        }
        #expect(objects.0.filter(isQuarantine) == objects.1.filter(isQuarantine))
    }

    @Test func aFileWithoutAHeaderIsRefusedAndTheOthersAreDone() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let key = "options-complete/2014-01-03options.csv"
        let good = try place.folder.text("market/" + key)
        try place.folder.write("a,b,c\n1,2,3\n", to: "market/" + key)
        try place.folder.write("trade_date,Open,High,Low,Close,Volume\n", to: "market/stocks-2010-2025/EMPTY.csv")
        try place.folder.write(
            "trade_date,Open,High,Low,Close,Volume\nx,1,1,1,1,1\n", to: "market/stocks-2010-2025/BAD.csv")
        let configuration = try place.configuration()
        let error = await #expect(throws: GenerationError.self) { try await place.generate(configuration) }
        for name in [key, "EMPTY.csv", "BAD.csv"] { #expect(error?.description.contains(name) == true, "\(name)") }
        let summary = try await GenerationSummary.read(configuration.store)
        #expect(summary.years.map(\.complete) == [true, false])
        #expect(summary.skippedFiles[key] != nil)
        #expect(summary.searchable > 0)
        // Once it is repaired, only this file is read.
        try place.folder.write(good, to: "market/" + key)
        try place.folder.remove("market/stocks-2010-2025/EMPTY.csv")
        try place.folder.remove("market/stocks-2010-2025/BAD.csv")
        let log = EventLog()
        let mended = try await place.generate(configuration) { log.add($0) }
        #expect(log.all.filter { $0.hasPrefix("done") } == ["done " + key])
        #expect(mended.years.map(\.complete) == [true, true])
    }

    @Test func everythingUnderTheSourceIsReadOrNamed() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let whole = try await place.generate(place.configuration(store: "whole"))
        #expect(whole.skippedFiles.isEmpty && whole.ignoredFiles == 3)
        let day = try place.folder.text("market/options-complete/2014-01-06options.csv")
        let names = [
            "options-complete/2014-01-07options.csv.zip", "options-complete/2014-01-08options.csv.bz2",
            "options-complete/2014-01-09 options.csv", "options-complete/2014-01-10OPTIONS.CSV",
            "options-complete/2014-01-13_options.csv", "options-complete/2014-01-14options.csv\n", "stocks/AAPL.csv",
        ]
        for name in names { try place.folder.write(day, to: "market/" + name) }
        let ours = ["options-complete/._2014-01-06options.csv", "stocks-2010-2025/._SIMA.csv"]
        for name in ours { try place.folder.write([0, 5, 22, 7, 0, 2, 0, 0], to: "market/" + name) }
        try place.folder.write("About this data.", to: "market/README.md")
        let link = "options-complete/2014-01-15options.csv"
        try FileManager.default.createSymbolicLink(atPath: place.folder.file("market/" + link), withDestinationPath: "/nowhere/at/all")
        let log = EventLog()
        let configuration = try place.configuration()
        let summary = try await place.generate(configuration) { log.add($0) }
        #expect(Set(summary.skippedFiles.keys) == Set(names + ours + [link]))
        #expect(summary.ignoredFiles == 4)
        #expect(summary.rows == whole.rows && summary.searchable == whole.searchable)
        for reason in Set(summary.skippedFiles.values) { #expect(log.all.contains { $0.hasPrefix("warning") && $0.contains(reason) }, "\(reason)") }
        let lines = SkippedFiles.lines(summary.skippedFiles)
        #expect(lines.count == Set(summary.skippedFiles.values).count)
        #expect(lines.contains { $0.hasPrefix("2 files, options-complete/._2014-01-06options.csv the first of them") })
        let plan = try await RunPlanner(configuration: configuration, store: nil, sampleBytes: 1 << 30).run()
        #expect(plan.skippedFiles == summary.skippedFiles && plan.ignoredFiles == 4)
        // A run that finds nothing new reports the same.
        let again = try await place.generate(configuration)
        #expect(again.skippedFiles == summary.skippedFiles && again.ignoredFiles == 4)
    }

    /// Makes a number of some rows unreadable.
    /// - Parameter isSpoilt: told the row's place, the first one's being 1.
    /// - Returns: how many rows the file has.
    @discardableResult
    private func spoil(_ key: String, where isSpoilt: (Int) -> Bool) throws -> Int {
        let column = key.hasPrefix("stocks") ? 1 : 6
        let lines = try place.folder.text("market/" + key).split(separator: "\n")
        let spoilt = lines.enumerated().map { row, line in
            guard row > 0, isSpoilt(row) else { return String(line) }
            var fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            fields[column] = "none"
            return fields.joined(separator: ",")
        }
        try place.folder.write(spoilt.joined(separator: "\n") + "\n", to: "market/" + key)
        return lines.count - 1
    }

    @Test func aDayOfWhichEveryRowIsRefusedIsAFailure() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let key = "options-complete/2014-01-03options.csv"
        let good = try place.folder.text("market/" + key)
        try spoil(key) { _ in true }
        var configuration = try place.configuration()
        configuration.maxRejected = 1
        // For any number of runs.
        for _ in 0..<2 {
            let log = EventLog()
            let error = await #expect(throws: GenerationError.self) { try await place.generate(configuration) { log.add($0) } }
            #expect(error?.description.contains("\(key) has no usable row") == true, "\(String(describing: error))")
            #expect(error?.description.contains("unparsable number") == true)
            #expect(log.all.contains { $0.hasPrefix("warning") && $0.contains(key) })
        }
        let summary = try await GenerationSummary.read(configuration.store)
        #expect(summary.skippedFiles.keys.contains(key))
        #expect(summary.rows == summary.searchable + summary.quarantined.values.reduce(0, +))
        #expect(summary.quarantined["unparsable number"] == good.split(separator: "\n").count - 1)
        #expect(try await plan(configuration).warnings.contains { $0.contains(key) })
        try place.folder.write(good, to: "market/" + key)
        #expect(try await place.generate(configuration).skippedFiles.isEmpty)
    }

    private func plan(_ configuration: EmbeddingGenerationConfig) async throws -> RunPlan {
        try await RunPlanner(configuration: configuration, store: nil, sampleBytes: 1 << 30).run()
    }

    @Test(arguments: ["options-complete/2014-01-03options.csv", "stocks-2010-2025/SIMA.csv"])
    func aFileThatLosesManyRowsIsAFailure(_ key: String) async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        // Three of four.
        let rows = try spoil(key) { $0 % 4 != 0 }
        var configuration = try place.configuration()
        let refused = (1...rows).count { $0 % 4 != 0 }
        let error = await #expect(throws: GenerationError.self) { try await place.generate(configuration) }
        #expect(error?.description.contains("\(key): \(refused) of \(rows) rows were rejected") == true, "\(String(describing: error))")
        #expect(error?.description.contains("--max-rejected") == true)
        let kept = try await place.storedRows()
        // Only the allowed share differs, so nothing is read again.
        configuration.maxRejected = 0.9
        let log = EventLog()
        let summary = try await place.generate(configuration) { log.add($0) }
        #expect(summary.skippedFiles.isEmpty && log.count("done") == 0)
        #expect(try await place.storedRows() == kept)
        #expect(summary.quarantined == ["unparsable number": refused])
        configuration.maxRejected = 0.5
        await #expect(throws: GenerationError.self) { try await place.generate(configuration) }
    }

    /// Refused rows count against all rows of a file, not against those of the underlyings asked for.
    @Test func lossesAreOfTheWholeFile() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", rowsPerDay: 80, quirkRate: 0)
        let key = "options-complete/2014-01-03options.csv"
        try spoil(key) { $0 % 5 < 2 }
        var configuration = try place.configuration()
        configuration.underlyings = ["SIMB"]
        let summary = try await place.generate(configuration)
        #expect(summary.skippedFiles.isEmpty)
    }

    @Test func underlyingsAreChosen() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        var configuration = try place.configuration()
        configuration.underlyings = ["SIMB"]
        let summary = try await place.generate(configuration)
        let archive = try await place.archive()
        #expect(summary.searchable > 0)
        for batch in archive.batches {
            guard try await archive.kind(ofBatch: batch.key) == .options else { continue }
            let open: OpenBatch<OptionRows> = try await archive.openBatch(batch.key)
            #expect(open.keys.allSatisfy { archive.parts.tickers[Int($0.ticker)] == "SIMB" })
        }
    }

    @Test func jointAndPartsHoldTheSameRows() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let parts = try await place.generate(place.configuration())
        let joint = try await place.generate(place.configuration(store: "joint", template: "joint"))
        #expect(parts.years.map(\.searchable) == joint.years.map(\.searchable))
        #expect(parts.years.map(\.distinctDescriptions) == joint.years.map(\.distinctDescriptions))
        let rows = (try await place.storedRows(), try await place.storedRows("joint"))
        #expect(rows.0 == rows.1)
        #expect(joint.distinctParts > parts.distinctParts)
    }

    @Test func aSecondModelJoins() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let first = try place.configuration()
        try await place.generate(first)
        let before = try await place.archive()
        try await place.generate(place.configuration(models: ["minilm", "bge-base"]))
        let after = try await place.archive()
        #expect(after.parts.texts == before.parts.texts)
        #expect(after.parts.vectors["minilm"] == before.parts.vectors["minilm"])
        #expect(after.parts.vectors["bge-base"]?.count == after.parts.vectors["minilm"]?.count)
        #expect(after.parts.vectors["bge-base"] != after.parts.vectors["minilm"])
        for year in [2013, 2014] {
            #expect(after.manifest.objects[ArchiveLayout.index(model: "bge-base", year: year)] != nil)
        }
        // Both from the beginning gives the same.
        try await place.generate(place.configuration(store: "both", models: ["bge-base", "minilm"]))
        let both = try await place.archive("both")
        #expect(both.parts.vectors == after.parts.vectors)
        // A run with only one of them would leave the other behind.
        let error = await #expect(throws: ArchiveError.self) { try await place.generate(first) }
        #expect(error?.description.contains("bge-base") == true)
    }

    @Test func mixturesAreRefused() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        var configuration = try place.configuration()
        try await place.generate(configuration)
        configuration.precision = .bf16
        let precision = await #expect(throws: ArchiveError.self) { try await place.generate(configuration) }
        #expect(precision?.description.contains("f32") == true && precision?.description.contains("bf16") == true)
        let template = await #expect(throws: ArchiveError.self) {
            try await place.generate(place.configuration(template: "joint"))
        }
        #expect(template?.description.contains("parts") == true && template?.description.contains("joint") == true)
        try place.folder.remove("market/SIMULATED.md")
        let simulated = await #expect(throws: ArchiveError.self) { try await place.generate(place.configuration()) }
        #expect(simulated?.description.contains("simulated") == true)
    }

    @Test func aSecondWriterIsRefused() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let store = try configuration.store.open(creating: true)
        let lock = try await StoreLock.acquire(in: store, purpose: "a test")
        let error = await #expect(throws: StoreError.self) { try await place.generate(configuration) }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("a test") == true)
        lock.release()
        try await place.generate(configuration)
    }

    @Test func wrongInputIsNamed() async throws {
        try place.folder.write("nothing", to: "market/readme.txt")
        let none = await #expect(throws: GenerationError.self) { try await place.generate(place.configuration()) }
        #expect(none?.description.contains("none of them is market data") == true)
        await #expect(throws: StoreError.self) { try await place.generate(place.configuration(market: "absent")) }
        try await TinyMarket.write(to: place.folder, name: "other", quirkRate: 0)
        var configuration = try place.configuration(market: "other")
        configuration.startYear = 2016
        let years = await #expect(throws: GenerationError.self) { try await place.generate(configuration) }
        #expect(years?.description.contains("2013, 2014") == true)
    }

    @Test func aModelMayBeAFolder() async throws {
        try await TinyMarket.write(to: place.folder, name: "other", quirkRate: 0)
        let folder = place.folder.file("models/minilm")
        let summary = try await place.generate(try place.configuration(market: "other", models: [folder]))
        #expect(summary.models == [folder])
        #expect(summary.rows > 0 && summary.searchable == summary.rows)
    }
}
