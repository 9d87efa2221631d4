import Archive
import Encoders
import Foundation
import Tapedeck
import TestSupport
import Testing

/// Exports, opened by the target programs.
@Suite struct ExportTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func place(_ name: String) -> StoreLocation { .folder(folder.file(name)) }

    private static let hasReaders = Machine.hasPython(with: "pyarrow, duckdb, polars, faiss")
    private static let hasMilvus = Machine.hasPython(with: "milvus_lite, pymilvus.bulk_writer")
    private static let hasLance = Machine.hasPython(with: "lancedb")

    /// Small row groups and files, so that tables have several.
    private func export(_ name: String, _ settings: ExportSettings, groupBytes: Int = 1 << 16, fileGroups: Int = 2) async throws -> ExportSummary {
        let archive = try await StoreReader.open(try await AnalysisStore.store.objects, models: [])
        var export = try await StoreExport(archive, to: try place(name).open(creating: true), settings)
        (export.groupBytes, export.fileGroups) = (groupBytes, fileGroups)
        return try await export.run()
    }

    @Test(.enabled(if: hasReaders, "\(Machine.pythonIsMissing)"))
    func tablesOpenInOtherEngines() async throws {
        let python = try #require(Python(with: "duckdb"))
        let store = try await AnalysisStore.store
        let descriptions = try await export("d", ExportSettings(format: .parquet))
        let rows = try await export("r", ExportSettings(format: .parquet, record: .row, models: ["minilm"]))
        #expect(descriptions.manifest.tables.map(\.name) == ["descriptions"] && rows.manifest.tables.map(\.name) == ["options", "stocks"])
        #expect(descriptions.manifest.tables[0].files.count > 2 && rows.manifest.tables[0].files.count > 2)
        let summary = try await store.summary()
        #expect(rows.manifest.records == summary.rows && descriptions.manifest.records == summary.distinctDescriptions)
        #expect(rows.vectorBytes == 4 * summary.rows * (rows.manifest.models["minilm"]?.dimension ?? 0))

        // The rows that search gives are the rows of the tables.
        let found = try await AnalysisStore.rows()
        let open = found.reduce(0) { $0 + Double($1.openInterest ?? 0) }
        let strikes = Set(found.compactMap(\.contract)).count
        let some = try #require(found.first { $0.bid != nil && $0.impliedVolatility != nil })
        let output = try python.run(
            """
            import sys, json, duckdb, numpy as np, polars as pl, pyarrow.dataset as ds, pyarrow.parquet as pq
            d, r, contract, day = sys.argv[1:]
            options = ds.dataset(r + "/options").to_table()
            print(int(duckdb.sql(f"select sum(open_interest) from '{r}/options/*.parquet'").fetchall()[0][0]))
            print(pl.scan_parquet(r + "/options/*.parquet").select(pl.col("contract").n_unique()).collect().item())
            # One row, as search has it.
            row = duckdb.execute(f"select * from '{r}/options/*.parquet' where contract = ? and quote_date = ?", [contract, day])
            names = [column[0] for column in row.description]
            [row] = [dict(zip(names, values)) for values in row.fetchall()]
            print(row["underlying"], row["kind"], f"{float(row['strike']):.3f}", str(row["expiry"])[:10], round(float(row["bid"]), 4), row["file"], row["line"])
            print(row["description"])
            # Every row's vector is its description's; the counts of rows agree.
            join = f"from '{r}/options/*.parquet' o join '{d}/descriptions/*.parquet' d using (key, year)"
            assert duckdb.sql(f"select count(*) {join}").fetchall()[0][0] == len(options)
            assert duckdb.sql(f"select count(*) {join} where o.vector_minilm != d.vector_minilm").fetchall()[0][0] == 0
            total = duckdb.sql(f"select sum(rows) from '{d}/descriptions/*.parquet'").fetchall()[0][0]
            stocks = ds.dataset(r + "/stocks").to_table()
            assert total == len(options) + len(stocks)
            for model in ["minilm", "bge_base"]:
                vectors = np.stack(ds.dataset(d + "/descriptions").to_table()["vector_" + model].to_numpy())
                assert vectors.dtype == np.float32 and np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
            # Types as declared.
            print(options.schema.field("quote_date").type, options.schema.field("strike").type, options.schema.field("line").type, options.schema.field("style").type)
            assert set(options["implied_volatility_source"].unique().to_pylist()) <= {"none", "solved", "vendor"}
            assert options["bid_size"].null_count == sum(v is None for v in options["bid_size"].to_pylist())
            meta = json.loads(pq.read_schema(ds.dataset(d + "/descriptions").files[0]).metadata[b"tapedeck"])
            print(meta["table"], meta["models"]["minilm"]["dimension"] == len(vectors[0]), sorted(meta["models"]))
            """, [folder.file("d"), folder.file("r"), some.contract ?? "", some.quoteDate.description])
        let strike = String(format: "%.3f", some.strike ?? 0)
        #expect(
            output == """
                \(Int(open))
                \(strikes)
                \(some.underlying) \(some.kind) \(strike) \(some.expiration?.description ?? "") \(Self.short(some.bid ?? 0)) \(some.source.key) \(some.source.line)
                \(some.description)
                date32[day] decimal128(9, 3) uint32 string
                descriptions True ['bge-base', 'minilm']

                """)
    }

    /// A number as Python prints it.
    private static func short(_ value: Double) -> String { "\(value)" }

    /// The vectors of a question, and the best rows of options by Tapedeck's own search.
    private func answer(_ question: String, k: Int) async throws -> (vector: [Float], results: [SearchResult]) {
        let store = try await AnalysisStore.store
        var request = SearchRequest(question: question, k: k, models: ["minilm"])
        request.semantic = true
        let encoder = try #require(try await store.sentenceEncoders()["minilm"])
        return (try await encoder.encode([question], as: .query), try await store.search(request).results)
    }

    private static func json(_ vector: [Float]) -> String { "[" + vector.map { "\($0)" }.joined(separator: ",") + "]" }

    /// A score of another engine, and its row or description.
    private static func hits(_ output: String?) -> [(score: Float, name: [Substring])] {
        (output ?? "").split(separator: "\n").map { line in
            let fields = line.split(separator: "\t")
            return (fields.first.flatMap { Float($0) } ?? 0, Array(fields.dropFirst()))
        }
    }

    /// Scores, without those that hardly differ from the previous one.
    private static func distinct(_ scores: [Float]) -> [Float] {
        scores.reduce(into: []) { found, score in if found.last.map({ $0 - score > 1e-4 }) ?? true { found.append(score) } }
    }

    /// Compares descriptions that another engine found with the rows that search found: the same best similarities; and a row of the
    /// same similarity and year that says all that the description says. A row says more: attributes that the template leaves out.
    private static func expectSame(descriptions output: String?, _ results: [SearchResult], _ sourceLocation: SourceLocation = #_sourceLocation) {
        let hits = hits(output)
        #expect(hits.count >= 10, "\(output ?? "the script failed")", sourceLocation: sourceLocation)
        let (theirs, ours) = (distinct(hits.map(\.score)).prefix(10), distinct(results.map(\.similarity)).prefix(10))
        #expect(
            theirs.count == ours.count && zip(theirs, ours).allSatisfy { abs($0 - $1) < 1e-4 }, "\(theirs) for \(ours)",
            sourceLocation: sourceLocation)
        for hit in hits.prefix(10) {
            let phrases = Set((hit.name.last ?? "").split(separator: ", "))
            #expect(
                results.contains { result in
                    abs(result.similarity - hit.score) < 1e-5 && hit.name.first.flatMap { Int($0) } == result.year
                        && phrases.isSubset(of: Set(result.description.split(separator: ", ")))
                }, "\(hit)", sourceLocation: sourceLocation)
        }
    }

    /// Compares rows that another engine found with those that search found: the same ten similarities, and the same rows above the last one's,
    /// where equal similarities may come in any order.
    private static func expectSame(rows output: String?, _ results: [SearchResult], _ sourceLocation: SourceLocation = #_sourceLocation) {
        let hits = hits(output)
        #expect(hits.count >= 10, "\(output ?? "the script failed")", sourceLocation: sourceLocation)
        let best = results.prefix(10)
        #expect(zip(hits, best).allSatisfy { abs($0.score - $1.similarity) < 1e-5 }, "\(hits.prefix(10))", sourceLocation: sourceLocation)
        let names = Set(hits.compactMap { $0.name.first.map(String.init) })
        for result in best where result.similarity > (best.last?.similarity ?? 0) + 1e-5 {
            #expect(names.contains("\(result.contract ?? "") \(result.quoteDate)"), sourceLocation: sourceLocation)
        }
    }

    @Test(.enabled(if: hasMilvus, "\(Machine.pythonIsMissing)"))
    func milvusFindsTheSame() async throws {
        let python = try #require(Python(with: "pymilvus"))
        let (vector, results) = try await answer("deep in the money puts with high volume", k: 3_000)
        for (record, table) in [(ExportSettings.Record.description, "descriptions"), (.row, "options")] {
            _ = try await export("m-\(table)", ExportSettings(format: .milvus, record: record, models: ["minilm"]))
            let output = try python.run(
                """
                import sys, json, glob, os, tempfile
                import numpy as np, pyarrow as pa, pyarrow.dataset as ds, pyarrow.parquet as pq
                from pymilvus import CollectionSchema, DataType, MilvusClient
                from pymilvus.bulk_writer import BulkFileType, LocalBulkWriter
                out, table, vector = sys.argv[1], sys.argv[2], np.array(json.loads(sys.argv[3]), np.float32)
                schema = CollectionSchema.construct_from_dict(json.load(open(f"{out}/_collection_{table}.json")))
                files = sorted(glob.glob(f"{out}/{table}/*.parquet"))
                rows = pa.concat_tables([pq.read_table(f) for f in files]).to_pylist()
                assert sorted(r["id"] for r in rows) == list(range(len(rows)))
                # The schema is the one that pymilvus itself writes.
                with tempfile.TemporaryDirectory() as folder:
                    writer = LocalBulkWriter(schema=schema, local_path=folder, file_type=BulkFileType.PARQUET)
                    for row in rows[:50]: writer.append_row(dict(row))
                    writer.commit()
                    theirs = writer.batch_files[0][0]
                    ours = pq.ParquetFile(files[0])
                    assert ours.schema_arrow.remove_metadata() == pq.ParquetFile(theirs).schema_arrow.remove_metadata(), (ours.schema, pq.ParquetFile(theirs).schema)
                    def leaves(f): return [(c.path, c.physical_type, str(c.logical_type), c.max_definition_level, c.max_repetition_level) for c in (f.schema.column(i) for i in range(len(f.schema)))]
                    assert leaves(ours) == leaves(pq.ParquetFile(theirs))
                    client = MilvusClient(folder + "/milvus.db")
                    index = client.prepare_index_params()
                    index.add_index("vector_minilm", index_type="FLAT", metric_type="IP")
                    client.create_collection("test", schema=schema, index_params=index)
                    for start in range(0, len(rows), 1000): client.insert("test", rows[start:start + 1000])
                    client.load_collection("test")
                    fields = ["contract", "quote_date"] if table == "options" else ["year", "description"]
                    found = client.search("test", [vector], anns_field="vector_minilm", limit=200, output_fields=fields)[0]
                    for hit in found:
                        values = [str(hit["entity"][field]) for field in fields]
                        print(hit["distance"], " ".join(values) if table == "options" else "\\t".join(values), sep="\\t")
                    # Conditions on columns work.
                    if table == "options":
                        strict = client.search("test", [vector], anns_field="vector_minilm", limit=5, filter='kind == "put" and strike > 20.5 and quote_date >= "2014-01-01"', output_fields=["kind", "strike", "quote_date"])[0]
                        assert len(strict) == 5 and all(h["entity"]["kind"] == "put" and h["entity"]["strike"] > 20.5 and h["entity"]["quote_date"] >= "2014" for h in strict)
                    client.close()
                """, [folder.file("m-\(table)"), table, Self.json(vector)])
            if record == .row { Self.expectSame(rows: output, results) } else { Self.expectSame(descriptions: output, results) }
        }
    }

    @Test(.enabled(if: hasLance, "\(Machine.pythonIsMissing)"))
    func lanceFindsTheSame() async throws {
        let python = try #require(Python(with: "lancedb"))
        let (vector, results) = try await answer("deep in the money puts with high volume", k: 3_000)
        _ = try await export("l", ExportSettings(format: .lance, models: ["minilm"]))
        let output = try python.run(
            """
            import sys, json, numpy as np, lancedb, pyarrow.dataset as ds
            out, vector = sys.argv[1], np.array(json.loads(sys.argv[2]), np.float32)
            table = lancedb.connect(out + ".db").create_table("descriptions", ds.dataset(out + "/descriptions").to_table())
            for hit in table.search(vector).distance_type("dot").limit(200).to_list():
                print(1 - hit["_distance"], hit["year"], hit["description"], sep="\\t")
            """, [folder.file("l"), Self.json(vector)])
        Self.expectSame(descriptions: output, results)
    }

    @Test(.enabled(if: hasReaders, "\(Machine.pythonIsMissing)"))
    func idsOfIndicesAreKeys() async throws {
        let python = try #require(Python(with: "faiss"))
        let (vector, results) = try await answer("deep in the money puts with high volume", k: 3_000)
        let summary = try await export("f", ExportSettings(format: .faiss, record: .row, models: ["minilm"]))
        #expect(summary.manifest.indices.map(\.year) == [2013, 2014] && summary.vectorBytes == 0)
        #expect(summary.manifest.tables.map(\.name) == ["descriptions", "options", "stocks"])
        let output = try python.run(
            """
            import sys, json, faiss, numpy as np, duckdb
            out, vector = sys.argv[1], np.array(json.loads(sys.argv[2]), np.float32)
            hits = []
            for year in [2013, 2014]:
                index = faiss.read_index(f"{out}/indices/minilm_year_{year}.faiss")
                names = dict(duckdb.sql(f"select key, description from '{out}/descriptions/{year}-*.parquet'").fetchall())
                ids = faiss.vector_to_array(index.id_map)
                assert set(ids.tolist()) == set(names)
                assert duckdb.sql(f"select count(*) from '{out}/options/{year}-*.parquet' o anti join '{out}/descriptions/{year}-*.parquet' d using (key)").fetchall()[0][0] == 0
                scores, keys = index.search(vector[None, :], 200)
                hits += [(float(s), year, names[k]) for s, k in zip(scores[0], keys[0].tolist()) if k in names]
            for hit in sorted(hits, reverse=True)[:200]: print(*hit, sep="\\t")
            """, [folder.file("f"), Self.json(vector)])
        Self.expectSame(descriptions: output, results)
    }

    // MARK: Places and interruptions

    private func contents(_ name: String) throws -> [String: [UInt8]] {
        let root = folder.file(name)
        var found: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) where !path.contains(".tapedeck-") {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            found[path] = try folder.bytes(name + "/" + path)
        }
        return found
    }

    @Test func anInterruptedExportResumes() async throws {
        let settings = ExportSettings(format: .parquet, models: ["minilm"])
        let first = try await export("a", settings)
        let whole = try contents("a")
        #expect(first.manifest.tables[0].files.count > 2 && first.resumedFiles == 0 && !first.isUnchanged)
        #expect(whole.count == first.manifest.tables[0].files.count + 1)
        // Complete: nothing to do.
        #expect(try await export("a", settings).isUnchanged)
        // The state after a process was killed in the last file.
        let last = first.manifest.tables[0].files[first.manifest.tables[0].files.count - 1].key
        try FileManager.default.removeItem(atPath: folder.file("a/" + last))
        try FileManager.default.removeItem(atPath: folder.file("a/_export.json"))
        try folder.write(#"{"identity":"\#(first.manifest.identity)","isCleared":true}"#, to: "a/_unfinished.json")
        let resumed = try await export("a", settings)
        #expect(resumed.resumedFiles == first.manifest.tables[0].files.count - 1)
        #expect(try contents("a") == whole)
        // A file of a complete export is gone, or has another size.
        try folder.write("x", to: "a/" + last)
        #expect(try await export("a", settings).resumedFiles == 0)
        #expect(try contents("a") == whole)
    }

    @Test func anotherExportStartsOver() async throws {
        let first = try await export("a", ExportSettings(format: .parquet, models: ["minilm"]))
        let expected = try await export("b", ExportSettings(format: .milvus, models: ["minilm"]), fileGroups: 32)
        var settings = ExportSettings(format: .milvus, models: ["minilm"])
        let refused = await #expect(throws: ExportError.self) { try await export("a", settings) }
        #expect(refused?.kind == .alreadyExists && refused?.remedy.contains("--overwrite") == true)
        settings.overwrites = true
        #expect(try await export("a", settings, fileGroups: 32).manifest.identity == expected.manifest.identity)
        #expect(try contents("a") == contents("b"))
        #expect(first.manifest.tables[0].files.count > expected.manifest.tables[0].files.count)
        // Killed while it removed the earlier export: no file of that one counts as written.
        try folder.write(#"{"identity":"\#(first.manifest.identity)","isCleared":false}"#, to: "a/_unfinished.json")
        let again = try await export("a", ExportSettings(format: .parquet, models: ["minilm"]))
        #expect(again.resumedFiles == 0)
        #expect(Set(try contents("a").keys) == Set(again.manifest.tables[0].files.map(\.key) + ["_export.json"]))
    }

    @Test func foreignPlacesAreLeftAlone() async throws {
        try folder.write("mine", to: "a/notes.txt")
        for overwrites in [false, true] {
            let refused = await #expect(throws: ExportError.self) {
                try await export("a", ExportSettings(format: .parquet, overwrites: overwrites))
            }
            #expect(refused?.kind == .alreadyExists)
        }
        #expect(try contents("a") == ["notes.txt": Array("mine".utf8)])
        // The store's own folder.
        let archive = try await StoreReader.open(try await AnalysisStore.store.objects, models: [])
        let own = await #expect(throws: ExportError.self) { try await StoreExport(archive, to: archive.store, ExportSettings(format: .parquet)) }
        #expect(own?.kind == .invalidUsage)
    }

    @Test func selectionsAreMet() async throws {
        let summary = try await export(
            "a",
            ExportSettings(format: .parquet, record: .row, years: [2014], underlyings: ["SIMA"], kinds: [.options], hasVectors: false, limit: 100))
        #expect(summary.manifest.tables.map(\.name) == ["options"] && summary.manifest.records == 100 && summary.vectorBytes == 0)
        #expect(!summary.manifest.tables[0].columns.contains { $0.name.hasPrefix("vector") })
        #expect(summary.manifest.tables[0].files.allSatisfy { $0.year == 2014 })
        func kind(_ settings: ExportSettings) async -> ErrorKind? {
            await #expect(throws: ExportError.self) { try await export("b", settings) }?.kind
        }
        #expect(await kind(ExportSettings(format: .parquet, years: [1999])) == .notFound)
        #expect(await kind(ExportSettings(format: .parquet, models: ["e5-base"])) == .notFound)
        #expect(await kind(ExportSettings(format: .parquet, underlyings: ["NONE"])) == .notFound)
        #expect(try contents("b").isEmpty)
    }
}
