import Monitoring
import Tapedeck
import ArgumentParser
import Benchmarks
import Queries

struct BenchQuestions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "questions", abstract: "Measure answering questions on a store, in milliseconds per question.",
        discussion: """
            Asks every question once to warm up, then several times, and prints the quantiles. Also times reading without a \
            search: of texts of 20 words and of one text of 10,000 characters, all cut from the questions joined together.

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
        var read_20_words_p50_ms: Double
        var read_20_words_p95_ms: Double
        var read_10000_characters_p50_ms: Double
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
        let words = list.flatMap { $0.text.split(separator: " ") }
        let short = stride(from: 0, to: max(1, words.count - 20), by: 20).map { words[$0..<min($0 + 20, words.count)].joined(separator: " ") }
        let all = words.joined(separator: " ") + " "
        let long = String(String(repeating: all, count: 10_000 / all.count + 1).prefix(10_000))
        let shortTimes = try await readingTimes(short, engine)
        let longTimes = try await readingTimes([long], engine)
        let (answering, read) = (StoreBenchmark.Times(times), StoreBenchmark.Times(reading))
        let result = Measurement(
            questions: list.count, rounds: rounds, p50_ms: answering.p50_ms, p95_ms: answering.p95_ms, max_ms: answering.max_ms,
            read_p50_ms: read.p50_ms, read_p95_ms: read.p95_ms, read_20_words_p50_ms: shortTimes.p50_ms, read_20_words_p95_ms: shortTimes.p95_ms,
            read_10000_characters_p50_ms: longTimes.p50_ms)
        if json { return try Terminal.printJSON(result, pretty: false) }
        print(
            "\(list.count) questions, \(rounds) rounds: p50 \(Numbers.fixed(result.p50_ms, 1)) ms, "
                + "p95 \(Numbers.fixed(result.p95_ms, 1)) ms, max \(Numbers.fixed(result.max_ms, 1)) ms; "
                + "reading p50 \(Numbers.fixed(result.read_p50_ms, 3)) ms, p95 \(Numbers.fixed(result.read_p95_ms, 3)) ms; "
                + "of 20 words p50 \(Numbers.fixed(result.read_20_words_p50_ms, 3)) ms, p95 \(Numbers.fixed(result.read_20_words_p95_ms, 3)) ms; "
                + "of 10,000 characters p50 \(Numbers.fixed(result.read_10000_characters_p50_ms, 1)) ms")
    }

    /// Times of reading texts, the first round left out.
    private func readingTimes(_ texts: [String], _ engine: SearchEngine) async throws -> StoreBenchmark.Times {
        var times: [Double] = []
        for round in 0...max(1, rounds) {
            for text in texts {
                let start = ContinuousClock.now
                _ = try await engine.read(text)
                if round > 0 { times.append((ContinuousClock.now - start) / .milliseconds(1)) }
            }
        }
        return StoreBenchmark.Times(times)
    }
}
