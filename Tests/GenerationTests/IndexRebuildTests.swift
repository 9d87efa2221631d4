import Archive
import Generation
import ObjectStore
import Testing
import TestSupport
import TinyStore

@Suite struct IndexRebuildTests {
    let place: Workplace

    init() throws { place = try Workplace() }

    @Test func theSameBytesAsGenerates() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        let models = ["minilm", "bge-base"]
        try await place.generate(place.configuration(models: models))
        // The record that a run has nothing to do includes its settings.
        func contents(_ name: String) throws -> [String: [UInt8]] {
            try place.folder.contents(of: name).filter { !$0.key.hasSuffix(ArchiveLayout.settled) }
        }
        let expected = try contents("store")
        let store = try place.folder.location("store").open(creating: false)
        // All of them, from a store that has none.
        var bare = try place.configuration(store: "bare", models: models)
        bare.buildsIndices = false
        try await place.generate(bare)
        let built = try await IndexRebuild(bare.store.open(creating: false), years: [], models: []).run()
        #expect(built.count == 4 && built.allSatisfy { $0.isUnchanged == nil })
        #expect(try contents("bare") == expected)
        // One, over a damaged one.
        let key = ArchiveLayout.index(model: "minilm", year: 2014)
        try place.folder.write("damage", to: "store/" + key)
        let one = try await IndexRebuild(store, years: [2014], models: ["minilm"]).run()
        #expect(one.map(\.isUnchanged) == [true])
        #expect(try contents("store") == expected)
    }

    @Test func wrongChoicesAreNamed() async throws {
        try await TinyMarket.write(to: place.folder, name: "market", quirkRate: 0)
        try await place.generate(place.configuration())
        let store = try place.folder.location("store").open(creating: false)
        let year = await #expect(throws: GenerationError.self) { try await IndexRebuild(store, years: [1999], models: []).run() }
        #expect(year?.description.contains("2013, 2014") == true)
        let model = await #expect(throws: GenerationError.self) { try await IndexRebuild(store, years: [], models: ["e5"]).run() }
        #expect(model?.description.contains("minilm") == true)
        let lock = try await StoreLock.acquire(in: store, purpose: "a test")
        let locked = await #expect(throws: StoreError.self) { try await IndexRebuild(store, years: [], models: []).run() }
        #expect(locked?.code == .locked)
        lock.release()
    }
}
