import ArgumentParser
import Benchmarks
import Monitoring
import Queries
import Tapedeck
import VectorIndex

struct BenchSearch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Measure search on a store, or a FAISS index file.",
        discussion: """
            On a store: milliseconds per question, alone and side by side, questions per second of a batch, and questions \
            with increasingly selective constraints. With --index, the recall of a FAISS index file and its \
            milliseconds per query; queries are read from an n x d float32 .npy file, and the true nearest ids from an \
            n x k .npy file.

            Example:
              tapedeck bench search --store store
              tapedeck bench search --index a.faiss --queries q.npy --truth t.npy
            """)

    @OptionGroup var store: StoreOption

    @Option(help: ArgumentHelp("Number of times each question is asked.", valueName: "n"))
    var rounds = 10

    @Option(help: ArgumentHelp("Number of questions asked side by side.", valueName: "n"))
    var concurrent = 32

    @Option(help: ArgumentHelp("Index file.", valueName: "file"))
    var index: String?

    @Option(help: ArgumentHelp("Query vectors (.npy).", valueName: "file"))
    var queries: String?

    @Option(help: ArgumentHelp("True nearest ids (.npy), to compute the recall.", valueName: "file"))
    var truth: String?

    @Option(help: ArgumentHelp("Number of inverted lists to visit per query.", valueName: "n"))
    var nprobe = 32

    @Option(help: ArgumentHelp("Number of threads.", valueName: "n"))
    var threads = 1

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (index == nil) == (queries == nil) else { throw ValidationError("--index and --queries go together.") }
        guard rounds > 0, concurrent > 0 else { throw ValidationError("--rounds and --concurrent must be positive.") }
    }

    func run() async throws {
        guard let index, let queries else { return try await measureStore() }
        let result = try SearchBenchmark.run(
            index: index, queries: queries, truth: truth, probes: nprobe, threads: threads)
        if json { return try Terminal.printJSON(result, pretty: false) }
        print(
            "\(Numbers.grouped(result.vectors)) x \(result.dims), nprobe \(result.nprobe), \(result.threads) threads: "
                + "open \(Numbers.fixed(result.openMilliseconds, 1)) ms, "
                + "single \(Numbers.fixed(result.singleMilliseconds, 3)) ms, "
                + "batch \(Numbers.fixed(result.batchMilliseconds, 3)) ms per query"
                + (result.recallAt10.map { ", recall at 10 \(Numbers.fixed($0, 3))" } ?? ""))
    }

    private func measureStore() async throws {
        let wanted = ListText.items(Settings.current.text(.models))
        let opened = try await Store.open(at: try store.location(), models: wanted)
        let engine = try await opened.engine(wanted)
        let result = try await StoreBenchmark(engine, rounds: rounds, tasks: concurrent, threads: opened.options.threads).run()
        if json { return try Terminal.printJSON(result, pretty: false) }
        func line(_ name: String, _ times: StoreBenchmark.Times) {
            print(
                "\(name): p50 \(Numbers.fixed(times.p50_ms, 2)) ms, p95 \(Numbers.fixed(times.p95_ms, 2)) ms, "
                    + "p99 \(Numbers.fixed(times.p99_ms, 2)) ms, max \(Numbers.fixed(times.max_ms, 2)) ms")
        }
        print("\(Numbers.grouped(result.rows)) rows, \(Numbers.grouped(result.descriptions)) descriptions")
        print("first answer: \(Numbers.fixed(result.first_ms, 1)) ms")
        line("one at a time", result.single)
        for (question, time) in result.questions.sorted(by: { $0.key < $1.key }) { print("  \(Numbers.fixed(time, 2)) ms  \(question)") }
        for row in result.selectivity { line("  \(row.share * 100) % of rows\(row.constraint)", row.times) }
        line("\(concurrent) side by side", result.concurrent)
        print(
            "questions per second: \(Numbers.fixed(result.single_questions_per_second, 0)) one at a time, "
                + "\(Numbers.fixed(result.concurrent_questions_per_second, 0)) side by side, "
                + "\(Numbers.fixed(result.batch_questions_per_second, 0)) as a batch")
        print("largest resident set: \(Numbers.fixed(Double(result.resident_bytes) / 1e6, 0)) MB")
    }
}
