import Foundation
import TestSupport
import Testing

/// The command `export`.
struct ExportCommandTests {
    private struct Summary: Decodable {
        struct Manifest: Decodable {
            struct Table: Decodable {
                struct File: Decodable {
                    var key: String
                    var records: Int
                    var size: Int
                }
                var name: String
                var files: [File]
            }
            var tables: [Table]
        }
        var manifest: Manifest
        var isUnchanged: Bool
        var vectorBytes: Int
    }

    @Test func anExportIsWrittenOnceAndListed() throws {
        let place = try Workplace()
        let first = try place.tool("export", "--to", "parquet", "--out", "export", "--store", "store", "--json")
        #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
        let summary = try JSONDecoder().decode(Summary.self, from: Data(first.output.utf8))
        #expect(summary.manifest.tables.map(\.name) == ["descriptions"] && !summary.isUnchanged)
        let records = summary.manifest.tables[0].files.reduce(0) { $0 + $1.records }
        #expect(summary.vectorBytes == 4 * 32 * records)
        let files = try place.folder.contents(of: "export").filter { !$0.key.hasPrefix(".") }
        #expect(Set(files.keys) == Set(summary.manifest.tables[0].files.map(\.key) + ["_export.json"]))
        #expect(summary.manifest.tables[0].files.allSatisfy { files[$0.key]?.count == $0.size })
        let again = try place.tool("export", "--to", "parquet", "--out", "export", "--store", "store")
        #expect(again.status == 0 && again.output.contains("complete already") && again.output.contains("descriptions"), "\(again)")
        expectFailure(
            try place.tool("export", "--to", "milvus", "--out", "export", "--store", "store"), naming: "another store", "--overwrite")
        #expect(try place.folder.contents(of: "export").filter { !$0.key.hasPrefix(".") } == files)
        let replaced = try place.tool("export", "--to", "milvus", "--out", "export", "--store", "store", "--overwrite")
        #expect(replaced.status == 0 && replaced.output.contains("construct_from_dict"), "\(replaced)")
        // The same store and settings give the same bytes, with any number of workers.
        for workers in ["1", "3"] {
            #expect(try place.tool("export", "--to", "parquet", "--out", workers, "--store", "store", "--max-workers", workers).status == 0)
            #expect(try place.folder.contents(of: workers).filter { !$0.key.hasPrefix(".") } == files)
        }
    }

    @Test func theWayIntoLanceIsShown() throws {
        let outcome = try Workplace().tool("export", "--to", "lance", "--out", "lance", "--store", "store")
        #expect(outcome.status == 0 && outcome.output.contains(#"ds.dataset("lance/descriptions").to_table()"#), "\(outcome)")
    }

    @Test func missingItemsAreNamed() throws {
        let place = try Workplace()
        let export = ["export", "--to", "parquet", "--out", "x", "--store"]
        expectFailure(try place.tool(export + ["nowhere"]), naming: "nowhere")
        expectFailure(try place.tool(export + ["store", "--years", "1999"]), naming: "no year 1999", "2014")
        expectFailure(try place.tool(export + ["store", "--models", "e5-base"]), naming: "e5-base", "minilm")
        expectFailure(try place.tool(export + ["store", "--underlyings", "NONE"]), naming: "NONE")
        try FileManager.default.removeItem(atPath: place.path("store/financial-embeddings/indices/minilm_year_2014.faiss"))
        let faiss = try place.tool("export", "--to", "faiss", "--out", "y", "--store", "store")
        expectFailure(faiss, naming: "minilm_year_2014.faiss")
        #expect(!place.folder.exists("y/_export.json"))
        try place.folder.write("mine", to: "z/notes.txt")
        expectFailure(try place.tool("export", "--to", "parquet", "--out", "z", "--store", "store", "--overwrite"), naming: "no export", "empty")
    }

    /// Killed at a random moment, and run again.
    @Test func aKilledExportResumes() throws {
        let place = try Workplace()
        let export = ["export", "--to", "parquet", "--store", "store", "--each", "row", "--out"]
        #expect(try place.tool(export + ["whole"]).status == 0)
        let whole = try place.folder.contents(of: "whole").filter { !$0.key.hasPrefix(".") }
        let process = try place.tool.start(export + ["killed"], messages: "messages")
        while process.isRunning, !place.folder.exists("killed/_unfinished.json") { usleep(100) }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let resumed = try place.tool(export + ["killed"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        #expect(try place.folder.contents(of: "killed").filter { !$0.key.hasPrefix(".") } == whole)
    }
}
