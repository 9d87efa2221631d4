import Tapedeck
import ArgumentParser
import Queries

struct BenchQuestions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "questions", abstract: "Measure answering questions on a store, in milliseconds per question.",
        discussion: """
            Asks every question once to warm up, then several times, and prints the quantiles.

            Example:
              tapedeck bench questions --questions questions.jsonl --store store
            """)

    @Option(help: ArgumentHelp("Question file, one JSON object per line (docs/evaluation.md).", valueName: "file"))
    var questions: String

    @Option(help: ArgumentHelp("Number of measured rounds.", valueName: "n"))
    var rounds = 10

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Measurement: Encodable {
        var questions: Int
        var rounds: Int
        var p50_ms: Double
        var p95_ms: Double
        var max_ms: Double
        /// Of these, reading the question into a query.
        var read_p50_ms: Double
        var read_p95_ms: Double
    }

    func run() async throws {
        let list = try PrecisionReport.questions(path: questions)
        let engine = try await Store.open(at: try store.location(), models: []).engine([])
        var times: [Double] = []
        var reading: [Double] = []
        for round in 0...max(1, rounds) {
            for question in list {
                let answer = try await engine.search(SearchRequest(question: question.text))
                guard round > 0 else { continue }
                times.append(answer.elapsedMilliseconds)
                let start = ContinuousClock.now
                _ = try await engine.read(question.text)
                reading.append((ContinuousClock.now - start) / .milliseconds(1))
            }
        }
        guard !times.isEmpty else { throw CommandError("\(questions) holds no question") }
        let (answering, read) = (StoreBenchmark.Times(times), StoreBenchmark.Times(reading))
        let result = Measurement(
            questions: list.count, rounds: rounds, p50_ms: answering.p50_ms, p95_ms: answering.p95_ms, max_ms: answering.max_ms,
            read_p50_ms: read.p50_ms, read_p95_ms: read.p95_ms)
        if json { return try Terminal.printJSON(result, pretty: false) }
        print(
            "\(list.count) questions, \(rounds) rounds: p50 \(Numbers.fixed(result.p50_ms, 1)) ms, "
                + "p95 \(Numbers.fixed(result.p95_ms, 1)) ms, max \(Numbers.fixed(result.max_ms, 1)) ms; "
                + "reading p50 \(Numbers.fixed(result.read_p50_ms, 3)) ms, p95 \(Numbers.fixed(result.read_p95_ms, 3)) ms")
    }
}
