import Foundation
import Testing
import TestSupport

/// Stores that are missing, damaged, full, in use, or made with other settings.
struct WrongStoreTests {
    @Test(arguments: ["status --store none", "search calls --store none", "resume --source market --store none"])
    func missingStore(_ command: String) throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command)"), naming: "none", "no such folder")
        #expect(!FileManager.default.fileExists(atPath: place.path("none")))
    }

    @Test func aFolderWithoutAStore() throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool("search", "calls", "--store", "market"), naming: "no Tapedeck store", "generate")
    }

    @Test(arguments: ["--precision f32", "--describe joint", "--names market/names.csv"])
    func otherFingerprint(_ setting: String) throws {
        let place = try Workplace()
        let before = try place.folder.contents(of: "store")
        let outcome = try place.tool.shell("\"$TAPEDECK\" generate --source market --store store \(setting)")
        expectFailure(outcome, naming: "stored:", "wanted:", "give another --store")
        #expect(try place.folder.contents(of: "store") == before)
    }

    @Test func secondWriter() throws {
        let place = try Workplace()
        let before = try place.folder.contents(of: "store")
        let descriptor = open(place.path("store/.tapedeck-lock"), O_RDWR | O_CREAT, 0o644)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        defer { close(descriptor) }
        let outcome = try place.tool("generate", "--source", "market", "--store", "store")
        expectFailure(outcome, naming: "another writer", "wait for it to end")
        #expect(try place.folder.contents(of: "store") == before)
        // Readers are not kept out.
        #expect(try place.tool("search", "calls", "--store", "store").status == 0)
    }

    @Test func fullDisk() throws {
        let place = try Workplace(store: false)
        try FileManager.default.createDirectory(atPath: place.path("disk"), withIntermediateDirectories: true)
        guard try place.tool.shell("mount -t tmpfs -o size=48k tapedeck-test disk").status == 0 else {
            print("skipped: only root can mount a small disk to fill")
            return
        }
        defer { _ = try? place.tool.shell("umount disk") }
        let outcome = try place.tool("generate", "--source", "market", "--store", "disk/store")
        expectFailure(outcome, naming: "the disk is full", "free some space")
        #expect(!outcome.errors.contains("errno"))
        try #require(try place.tool.shell("mount -o remount,size=50m disk").status == 0)
        let again = try place.tool("generate", "--source", "market", "--store", "disk/store")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try place.tool("search", "calls", "--store", "disk/store").status == 0)
    }

    enum Damage: String, CaseIterable { case cut, emptied, noise, otherJSON }

    @Test(arguments: ["manifest.json", "checkpoints/year_2014_complete.json", "parts_0.h5", "year_2014/batch_1.h5"], Damage.allCases)
    func damagedObject(_ name: String, _ damage: Damage) throws {
        let place = try Workplace()
        try place.edit("store/financial-embeddings/" + name) { bytes in
            switch damage {
            case .cut: bytes.removeLast(bytes.count / 2)
            case .emptied: bytes = Data()
            case .noise: bytes = Data((0..<2000).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) })
            case .otherJSON: bytes = Data("{\"format\": 3, \"simulated\": \"perhaps\"}".utf8)
            }
        }
        let command = name.hasPrefix("checkpoints") ? ["status"] : ["search", "calls"]
        let outcome = try place.tool.shell("\"$TAPEDECK\" \(command.joined(separator: " ")) --store store")
        expectFailure(outcome, naming: name, "is damaged", "tapedeck verify")
    }

    @Test func yearAndModelThatTheStoreLacks() throws {
        let place = try Workplace()
        expectFailure(
            try place.tool("search", "calls", "--store", "store", "--years", "1999"), naming: "no year 1999", "2014")
        expectFailure(
            try place.tool("search", "calls", "--store", "store", "--models", "bge-base"), naming: "bge-base", "minilm")
    }

    @Test func dayBeforeEverythingGivesAnEmptyAnswer() throws {
        let outcome = try Workplace().tool("search", "calls", "--store", "store", "--as-of", "2001-02-03", "--json")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("\"results\" : ["))
    }
}
