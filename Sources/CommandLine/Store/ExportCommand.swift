public import ArgumentParser
import Foundation
import MarketData
import Monitoring
import ObjectStore
import Tapedeck

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write descriptions or rows with their vectors as files that other engines read.",
        discussion: """
            parquet   Parquet for DuckDB, Polars, Spark, pyarrow and others
            milvus    Parquet with the types of Milvus' bulk import, and the collection
            lance     Parquet, which LanceDB loads with two lines of Python
            faiss     the store's FAISS indices, and Parquet that explains their ids

            A record is a distinct description of a year, or with --each row an option quote or a stock bar. Vectors are composed \
            of the vectors of the parts, as search composes them. An interrupted export resumes when the same command runs again. \
            docs/export.md describes the tables.

            Example:
              tapedeck export --to parquet --out export --store store
              tapedeck export --to milvus --out s3://bucket/export --each row --years 2014
            """)

    @Option(help: ArgumentHelp("Program that the files are for.", valueName: "parquet|milvus|lance|faiss"))
    var to: ExportSettings.Format

    @Option(help: ArgumentHelp("Where the files go: an empty or new folder, or a file:// or s3:// URI.", valueName: "uri"))
    var out: String

    @OptionGroup var storeOption: StoreOption

    @Option(help: ArgumentHelp("What a record is.", valueName: "description|row"))
    var each: ExportSettings.Record = .description

    @Option(help: ArgumentHelp("Models whose vectors are written, by key. Default: all models of the store.", valueName: "a,b"))
    var models: String?

    @Option(help: ArgumentHelp("Years to export. Default: all.", valueName: "2014,2015"))
    var years: String?

    @Option(help: ArgumentHelp("Tickers to export. Default: all.", valueName: "A,B"))
    var underlyings: String?

    @Option(help: ArgumentHelp("Kinds to export. Default: both.", valueName: "options,stocks"))
    var kinds: String?

    @Flag(help: "Leave the vectors out.")
    var noVectors = false

    @Option(help: ArgumentHelp("Maximum number of records per table.", valueName: "n"))
    var limit: Int?

    @Option(help: ArgumentHelp("Number of row groups made in parallel. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    @Flag(help: "Replace an export of other settings or of another store.")
    var overwrite = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        _ = try settings()
        let place = try location()
        if let store = try storeOption.locationIfNamed(), StoreExport.isPart(place, of: store) {
            throw ValidationError("--out \(out) belongs to the store that is exported; name another place.")
        }
    }

    private func location() throws -> StoreLocation {
        do throws(StoreError) {
            return try StoreLocation(parsing: out)
        } catch {
            throw ValidationError("--out: \(error)")
        }
    }

    private func settings() throws -> ExportSettings {
        let kinds = try ListText.items(kinds).map { name in
            guard let kind = RowKind(rawValue: name) else { throw ValidationError("--kinds '\(name)' is not options or stocks.") }
            return kind
        }
        if self.kinds != nil, kinds.isEmpty { throw ValidationError("--kinds names no kind; write options, stocks or both.") }
        if let limit, limit <= 0 { throw ValidationError("--limit must be at least 1, not \(limit).") }
        if let maxWorkers, maxWorkers <= 0 { throw ValidationError("--max-workers must be at least 1, not \(maxWorkers).") }
        if to == .faiss {
            for (flag, isGiven) in [("--underlyings", underlyings != nil), ("--kinds", self.kinds != nil), ("--limit", limit != nil)] where isGiven {
                throw ValidationError("FAISS indices are copied whole; leave out \(flag).")
            }
            guard !noVectors else { throw ValidationError("The vectors of --to faiss are its indices; leave out --no-vectors.") }
        }
        if to == .milvus || to == .lance, noVectors {
            throw ValidationError("--to \(to.rawValue) is for vectors; leave out --no-vectors, or write --to parquet.")
        }
        return ExportSettings(
            format: to, record: each, models: ListText.items(models ?? Settings.current.text(.models)), years: try ListText.years(years),
            underlyings: Set(ListText.items(underlyings)), kinds: kinds.isEmpty ? Set(RowKind.allCases) : Set(kinds), hasVectors: !noVectors,
            limit: limit, overwrites: overwrite, workers: maxWorkers ?? ProcessInfo.processInfo.activeProcessorCount)
    }

    func run() async throws {
        let store = try await Store.open(at: try storeOption.location())
        let summary = try await Interruption.during {
            Terminal.complain("Stopping. The same command resumes the export.")
        } run: {
            try await store.export(to: try location(), try settings()) { records, key in
                Terminal.showProgress("\(Numbers.grouped(records)) records, \(key)")
            }
        }
        Terminal.showProgress("")
        if json { return try Terminal.printJSON(summary) }
        print(summary)
    }

    private func print(_ summary: ExportSummary) {
        var table = TextTable([("table", .left), ("files", .right), ("records", .right), ("bytes", .right)], expendable: ["files"])
        for part in summary.manifest.tables {
            table.add([part.name, Numbers.grouped(part.files.count), Numbers.grouped(part.records), Numbers.bytes(part.size)])
        }
        if !summary.manifest.indices.isEmpty {
            let indices = summary.manifest.indices
            table.add(["indices", Numbers.grouped(indices.count), "", Numbers.bytes(indices.reduce(0) { $0 + $1.size })])
        }
        table.print()
        for note in summary.notes ?? [] { Terminal.printParagraphs("Note: \(note)") }
        if summary.isUnchanged {
            Terminal.printParagraphs("\nThe export is complete already; nothing was written.")
        } else {
            let resumed = summary.resumedFiles > 0 ? ", \(Numbers.grouped(summary.resumedFiles)) of the files by an earlier, interrupted export" : ""
            let rate = summary.vectorBytes > 0 ? ", \(Numbers.bytes(summary.vectorBytes)) of vectors" : ""
            Terminal.printParagraphs(
                "\n\(Numbers.grouped(summary.manifest.records)) records\(rate) in \(Numbers.fixed(summary.seconds, 1)) s\(resumed)")
        }
        guard let name = summary.manifest.tables.first?.name else { return }
        let lines: [String]
        switch to {
        case .parquet: lines = []
        case .lance:
            lines = [
                "To load it into LanceDB, in Python:", "  import lancedb, pyarrow.dataset as ds",
                "  lancedb.connect(\"db\").create_table(\"\(name)\", ds.dataset(\"\(out)/\(name)\").to_table())",
            ]
        case .milvus:
            lines = [
                "Each file _collection_TABLE.json holds the schema for pymilvus' CollectionSchema.construct_from_dict; docs/export.md shows the import."
            ]
        case .faiss: lines = ["The id of a vector is the `key` of its description in the table `descriptions` of the same year."]
        }
        if !lines.isEmpty { Swift.print("") }
        for line in lines { Terminal.printParagraphs(line) }
    }
}

extension ExportSettings.Format: ExpressibleByArgument {}
extension ExportSettings.Record: ExpressibleByArgument {}
