import Foundation
import Testing
import TestSupport

/// The commands `plan`, `verify`, `gc` and `index rebuild`.
struct MaintenanceTests {
    private static let batch = "financial-embeddings/year_2014/batch_0.h5"

    @Test func damageIsNamedAndMended() throws {
        let place = try Workplace()
        #expect(try place.tool("verify", "--store", "store").output.hasPrefix("intact: "))
        try place.edit("store/" + Self.batch) { $0[$0.count / 2] ^= 1 }
        let found = try place.tool("verify", "--store", "store")
        #expect(found.status == 1 && found.errors.isEmpty)
        for words in [Self.batch, "SHA-256", "verify --repair", "1 of "] { #expect(found.output.contains(words), "\(found.output)") }
        let json = try place.tool("verify", "--store", "store", "--json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(json.status == 1 && object["intact"] as? Bool == false)
        let repaired = try place.tool("verify", "--store", "store", "--repair")
        #expect(repaired.status == 0 && repaired.output.contains("taken out: " + Self.batch), "\(repaired.output)")
        #expect(try place.tool("verify", "--store", "store").status == 0)
        #expect(try place.tool("status", "--store", "store").output.contains("partial"))
        #expect(try place.tool("generate", "--source", "market", "--store", "store").status == 0)
        #expect(try place.tool("verify", "--store", "store").status == 0)
        #expect(try place.tool("status", "--store", "store").output.contains("complete"))
    }

    @Test func unrepairableDamageIsReported() throws {
        let place = try Workplace()
        try place.edit("store/financial-embeddings/parts_0.h5") { $0[$0.count / 2] ^= 1 }
        #expect(try place.tool("verify", "--store", "store").output.contains("restore it from a copy"))
        let before = try place.folder.contents(of: "store")
        let refused = try place.tool("verify", "--store", "store", "--repair")
        #expect(refused.status == 1 && refused.errors.contains("restore it from a copy") && refused.errors.contains("nothing was changed"))
        #expect(try place.folder.contents(of: "store") == before)
    }

    @Test func aDamagedManifestIsNamed() throws {
        let place = try Workplace()
        try place.edit("store/financial-embeddings/manifest.json") { bytes in
            let place = bytes.firstRange(of: Data("parts".utf8))?.lowerBound ?? 0
            bytes[place] ^= 1
        }
        let found = try place.tool("verify", "--store", "store")
        #expect(found.status == 1 && found.output.contains("manifest.json"), "\(found)")
        expectFailure(try place.tool("search", "calls", "--store", "store"), naming: "manifest.json", "is damaged", "tapedeck verify")
    }

    @Test func garbageGoes() throws {
        let place = try Workplace()
        let before = try place.folder.contents(of: "store")
        try place.folder.write("x", to: "store/financial-embeddings/year_2014/batch_99.h5")
        #expect(try place.tool("verify", "--store", "store").output.contains("tapedeck gc"))
        #expect(try place.tool("gc", "--store", "store", "--dry-run").output.contains("would remove 1 object, 1 B"))
        let removed = try place.tool("gc", "--store", "store")
        #expect(removed.status == 0 && removed.output.contains("batch_99.h5") && removed.output.contains("removed 1 object, 1 B"))
        #expect(try place.folder.contents(of: "store") == before)
    }

    @Test func indicesAreRebuilt() throws {
        let place = try Workplace()
        let before = try place.folder.contents(of: "store")
        try place.edit("store/financial-embeddings/indices/minilm_year_2014.faiss") { $0[100] ^= 1 }
        #expect(try place.tool("verify", "--store", "store").output.contains("tapedeck index rebuild"))
        let built = try place.tool("index", "rebuild", "--store", "store", "--year", "2014", "--model", "minilm")
        #expect(built.status == 0 && built.output.contains("minilm 2014"), "\(built)")
        #expect(try place.folder.contents(of: "store") == before)
        expectFailure(
            try place.tool("index", "rebuild", "--store", "store", "--year", "1999", "--all"), naming: "no year 1999", "2014")
        expectFailure(
            try place.tool("index", "rebuild", "--store", "store", "--model", "e5", "--all"), naming: "no model e5", "minilm")
    }

    @Test func aPlanComesBeforeARun() throws {
        let place = try Workplace(store: false)
        let plan = try place.tool("plan", "--source", "market", "--json")
        #expect(plan.status == 0 && plan.errors.isEmpty, "\(plan.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
        let run = try place.tool("generate", "--source", "market", "--store", "store", "--json")
        let summary = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(object["rows"] as? Int == summary["rows"] as? Int)
        #expect(object["texts"] as? Int == summary["distinctParts"] as? Int)
        let text = try place.tool("plan", "--source", "market", "--store", "store")
        #expect(text.output.contains("the store has"), "\(text.output)")
        expectFailure(try place.tool("plan", "--source", "nowhere"), naming: "nowhere", "no such folder")
        expectFailure(
            try place.tool("plan", "--source", "market", "--store", "store", "--describe", "joint"), naming: "stored:", "wanted:")
    }

    @Test(arguments: ["verify", "gc", "index rebuild --all"])
    func missingStore(_ command: String) throws {
        let place = try Workplace(store: false)
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command) --store none"), naming: "none", "no such folder")
        expectFailure(try place.tool.shell("\"$TAPEDECK\" \(command) --store market"), naming: "no Tapedeck store", "generate")
    }

    /// Commands that read still work; commands that write report why they cannot.
    @Test func aReadOnlyStore() throws {
        let place = try Workplace()
        try FileManager.default.createDirectory(atPath: place.path("disk"), withIntermediateDirectories: true)
        guard try place.tool.shell("mount -t tmpfs -o size=50m tapedeck-test disk").status == 0 else {
            print("skipped: only root can mount a disk that is read-only")
            return
        }
        defer { _ = try? place.tool.shell("umount disk") }
        try #require(try place.tool.shell("cp -r store disk/store && rm disk/store/.tapedeck-lock && mount -o remount,ro disk").status == 0)
        for command in ["search calls", "status", "verify", "gc --dry-run"] {
            let outcome = try place.tool.shell("\"$TAPEDECK\" \(command) --store disk/store")
            #expect(outcome.status == 0, "\(command): \(outcome.errors)")
        }
        for command in ["generate --source market", "resume --source market", "gc", "index rebuild --all", "verify --repair"] {
            expectFailure(
                try place.tool.shell("\"$TAPEDECK\" \(command) --store disk/store"), naming: "read-only", "mount it writable")
        }
    }
}
