import Archive
import Foundation
import Generation
import ObjectStore
import Testing
import TestSupport
import TinyStore

/// Compares a plan with the run that follows it.
@Suite struct RunPlannerTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    private func plan(
        _ configuration: EmbeddingGenerationConfig, store: StoreLocation? = nil, bytes: Int = 1 << 30
    ) async throws -> RunPlan {
        try await RunPlanner(configuration: configuration, store: store, sampleBytes: bytes).run()
    }

    @Test(arguments: ["parts", "joint"])
    func aSourceThatIsReadWholeIsCounted(_ template: String) async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0.01)
        let configuration = try place.configuration(template: template)
        let plan = try await plan(configuration)
        _ = try? await place.generate(configuration)
        let summary = try await GenerationSummary.read(configuration.store)
        #expect(plan.sample.isWhole)
        #expect(plan.rows == summary.rows)
        #expect(plan.years.map(\.year) == summary.years.map(\.year) && plan.years.map(\.rows) == summary.years.map(\.rows))
        #expect(plan.distinctDescriptions == summary.distinctDescriptions)
        #expect(plan.texts == summary.distinctParts)
        #expect(plan.models.map(\.model) == ["minilm"] && plan.models[0].textsPerSecond > 0)
        let objects = try await place.archive().manifest.objects.filter { $0.key.hasSuffix(".h5") || $0.key.hasSuffix(".faiss") }
        let bytes = objects.values.reduce(0) { $0 + $1.size }
        #expect(abs(Double(plan.storeBytes) / Double(bytes) - 1) < 0.25, "\(plan.storeBytes) for \(bytes)")
    }

    @Test func aSampleTellsTheRows() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", from: "2013-11-01", to: "2014-03-31", quirkRate: 0)
        let configuration = try place.configuration(batchSize: 5000)
        let plan = try await plan(configuration, bytes: 300_000)
        let summary = try await place.generate(configuration)
        #expect(!plan.sample.isWhole && plan.sample.rows < summary.rows / 2)
        #expect(abs(Double(plan.rows) / Double(summary.rows) - 1) < 0.02, "\(plan.rows) for \(summary.rows)")
        #expect(plan.years.map(\.year) == [2013, 2014])
        #expect(abs(Double(plan.distinctDescriptions) / Double(summary.distinctDescriptions) - 1) < 0.25)
    }

    @Test func storedInputsAreOmitted() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let last = "options-complete/2014-01-06options.csv"
        try place.folder.copy("market/" + last, to: "later.csv")
        try place.folder.remove("market/" + last)
        let configuration = try place.configuration()
        let before = try await place.generate(configuration)
        let none = try await plan(configuration, store: configuration.store)
        #expect(none.rows == 0 && none.texts == 0 && none.years.isEmpty && none.filesDone > 0)
        try place.folder.copy("later.csv", to: "market/" + last)
        let one = try await plan(configuration, store: configuration.store)
        let after = try await place.generate(configuration)
        #expect(one.rows == after.rows - before.rows)
        #expect(one.texts == after.distinctParts - before.distinctParts)
        #expect(one.years.map(\.year) == [2014])
        // With other settings, a file is read again.
        var fewer = configuration
        fewer.underlyings = ["SIMB"]
        let other = try await plan(fewer, store: configuration.store)
        #expect(other.filesDone == 0 && other.rows > 0)
    }

    @Test func inputsThatEndedRunsAreLeftOut() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let store = try configuration.store.open(creating: true)
        let last = try #require(try await configuration.source.open(creating: false).list(prefix: "options-complete/").last)
        try await PoisonedInputs.add(.init(key: last.key, etag: last.etag, cause: "it ended"), to: store)
        let plan = try await plan(configuration, store: configuration.store)
        _ = try? await place.generate(configuration)
        let summary = try await GenerationSummary.read(configuration.store)
        #expect(plan.rows == summary.rows && plan.rows > 0)
        #expect(plan.warnings.contains { $0.contains(last.key) && $0.contains("it ended") })
    }

    @Test func choicesAreFollowed() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        var configuration = try place.configuration()
        configuration.underlyings = ["SIMB"]
        configuration.kinds = [.options]
        configuration.startYear = 2014
        let plan = try await plan(configuration)
        let summary = try await place.generate(configuration)
        #expect(plan.rows == summary.rows && plan.distinctDescriptions == summary.distinctDescriptions)
        #expect(plan.texts == summary.distinctParts)
    }

    @Test func nothingIsWritten() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let before = try place.folder.contents(of: ".")
        _ = try await plan(place.configuration(), store: place.folder.location("store"))
        #expect(try place.folder.contents(of: ".") == before)
        #expect(!FileManager.default.fileExists(atPath: place.folder.file("store")))
    }

    @Test func errorsOfTheRun() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        var configuration = try place.configuration()
        try await place.generate(configuration)
        configuration.precision = .bf16
        let mixed = await #expect(throws: ArchiveError.self) { try await plan(configuration, store: configuration.store) }
        #expect(mixed?.description.contains("bf16") == true)
        configuration.precision = .f32
        configuration.startYear = 2016
        await #expect(throws: GenerationError.self) { try await plan(configuration) }
        await #expect(throws: StoreError.self) { try await plan(place.configuration(market: "absent")) }
    }

    @Test func gapsAndCopiesAreWarnedOf() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        try place.folder.remove("market/options-complete/2014-01-03options.csv")
        try place.folder.copy("market/options-complete/2014-01-02options.csv", to: "market/options-complete/2014-01-02options(Partial).csv")
        try FileManager.default.createDirectory(atPath: place.folder.file("market/options/2014"), withIntermediateDirectories: true)
        try place.folder.copy(
            "market/options-complete/2014-01-06options.csv", to: "market/options/2014/2014-01-06options.csv")
        try place.folder.write("a,b\n1,2\n", to: "market/options-complete/2014-01-07options.csv")
        let warnings = try await plan(place.configuration()).warnings
        for words in ["2014-01-03", "a copy of", "Partial", "2014-01-07options.csv"] {
            #expect(warnings.contains { $0.contains(words) }, "\(words) in \(warnings)")
        }
    }

    @Test func manyMachines() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let configuration = try place.configuration()
        let bytes = 1 << 30
        func plan(_ machines: Int, unitBytes: Int = 1) async throws -> RunPlan {
            try await RunPlanner(
                configuration: configuration, store: nil, sampleBytes: bytes, fleet: (machines: machines, price: 2, unitBytes: unitBytes)
            ).run()
        }
        let one = try await plan(1)
        let fleet = try #require(one.fleet)
        // A unit has at least one file.
        #expect(fleet.units == one.years.reduce(0) { $0 + $1.files } && fleet.machines == 1 && abs(fleet.efficiency - 1) < 1e-9)
        #expect(fleet.workSeconds > 0 && abs((fleet.dollars ?? 0) - 2 * fleet.machineHours) < 1e-9)
        #expect(try await plan(1, unitBytes: 1 << 40).fleet?.units == one.years.count)
        #expect(try await RunPlanner(configuration: configuration, store: nil, sampleBytes: bytes).run().fleet == nil)
    }

    /// The formulas, by hand.
    @Test func formulasOfManyMachines() {
        var work = FleetPlan.Work(optionBytes: [640_000_000, 320_000_000])
        (work.optionFiles, work.stockFiles, work.stockBytes) = (30, 5, 10 << 20)
        (work.stockSeconds, work.openingSeconds, work.rowSeconds, work.indexSeconds) = (4, 1, 150, 20)
        (work.textsPerSecond, work.storeBytes, work.dimension) = ([100, 50], 80 << 20, 384)
        // Texts grow slowly with files, as parts do.
        let few = FleetPlan(machines: 4, price: 0.5, unitBytes: 64_000_000, work: work) { 900 + $0 }
        #expect(few.units == 15 && few.unitSeconds == 10 && few.startSeconds == 5 && few.textsPerMachine == 908)
        #expect(abs(few.encodingSeconds - 908 * 0.03) < 1e-9)
        #expect(abs(few.workSeconds - (5 + 4 * 10 + 908 * 0.03)) < 1e-9 && few.compactSeconds == 170)
        #expect(abs(few.machineHours - (4 * few.workSeconds + 170) / 3600) < 1e-9 && abs((few.dollars ?? 0) - few.machineHours / 2) < 1e-9)
        #expect(abs(few.efficiency - (5 + 150 + 930 * 0.03) / few.workSeconds / 4) < 1e-9)
        // If every description is a text, a worker cannot keep them all, so each unit of two files encodes its own.
        let many = FleetPlan(machines: 4, price: nil, unitBytes: 64_000_000, work: work) { 10_000 * $0 }
        #expect(many.textsPerMachine == max(80_000, 4 * 20_000) && many.dollars == nil)
        // Nothing to do.
        let none = FleetPlan(machines: 64, price: 1, unitBytes: 64_000_000, work: FleetPlan.Work(optionBytes: [])) { _ in 0 }
        #expect(none.units == 1 && none.workSeconds == 0 && none.dollars == 0 && none.efficiency == 1)
    }
}
