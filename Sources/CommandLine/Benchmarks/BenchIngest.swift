import Monitoring
import Tapedeck
import ArgumentParser
import Benchmarks
import Descriptions
import Generation
import MarketData
import ObjectStore

struct BenchIngest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Measure reading and describing option files in rows per second, on one thread.",
        discussion: """
            Stage parse reads the largest file. Stage describe reads, describes and deduplicates the option files of the source, \
            and shows which attributes add the most distinct descriptions.

            Example:
              tapedeck bench ingest --source market --files 20
            """)

    @OptionGroup var source: SourceOption

    @Option(help: ArgumentHelp("Maximum number of option files to describe.", valueName: "n"))
    var files = 1000

    @Option(help: ArgumentHelp("Template whose descriptions are counted.", valueName: "template"))
    var describe = Settings.current.text(.describe) ?? "parts"

    @Flag(help: "Print one JSON object per measurement.")
    var json = false

    func run() async throws {
        let location = try source.location()
        let store = try location.open()
        let largest = SourceInventory(
            objects: try await store.list().map { SourceInventory.Object(key: $0.key, size: $0.size, etag: $0.etag) }
        ).optionDays.max { $0.object.size < $1.object.size }
        guard let largest else { throw CommandError("\(location) holds no option files") }
        let parse = try IngestBenchmark.parse(path: try await store.localPath(of: largest.object.key), day: largest.day)
        let described = try await DescribeBenchmark.run(
            store, template: try DescriptionTemplate.builtIn(describe), limit: files)
        if json {
            try Terminal.printJSON(parse, pretty: false)
            try Terminal.printJSON(described, pretty: false)
            return
        }
        print("parse     \(Numbers.grouped(Int(parse.rowsPerSecond))) rows/s  (\(largest.object.key), one thread)")
        print(
            "describe  \(Numbers.grouped(Int(described.rowsPerSecond))) rows/s  "
                + "(\(Numbers.grouped(described.rows)) rows, one thread)")
        print(
            "\(Numbers.grouped(described.distinctDescriptions)) distinct descriptions, "
                + "\(Numbers.fixed(described.rowsPerDescription, 1)) rows each")
        for (attribute, share) in described.shareWithout.sorted(by: { $0.value < $1.value }) {
            print("  without \(attribute): \(Numbers.fixed(share * 100, 0)) % of them")
        }
    }
}
