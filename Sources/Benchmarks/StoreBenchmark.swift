import Base
import Encoders
import Questions
package import Queries

/// Measures search on a store: questions alone and side by side, as a batch, and with increasingly selective constraints.
package struct StoreBenchmark: Sendable {
    /// Milliseconds of questions.
    package struct Times: Sendable, Encodable {
        package var questions: Int
        package var p50_ms: Double
        package var p95_ms: Double
        package var p99_ms: Double
        package var max_ms: Double

        package init(_ times: [Double]) {
            let sorted = times.sorted()
            func quantile(_ share: Double) -> Double { sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
            questions = times.count
            (p50_ms, p95_ms, p99_ms, max_ms) = (quantile(0.5), quantile(0.95), quantile(0.99), sorted.last ?? 0)
        }
    }

    /// A row of the matrix.
    package struct Selectivity: Sendable, Encodable {
        /// Share of the option rows that meet the constraint, from a sample.
        package var share: Double
        package var constraint: String
        package var times: Times
    }

    package struct Result: Sendable, Encodable {
        package var rows: Int
        package var descriptions: Int
        /// From opening the store to the first answer, with the models loaded before.
        package var first_ms: Double
        package var single: Times
        /// By question: the median.
        package var questions: [String: Double]
        package var selectivity: [Selectivity]
        package var concurrent: Times
        package var concurrent_questions_per_second: Double
        package var single_questions_per_second: Double
        /// Of the same questions given together.
        package var batch_questions_per_second: Double
        package var resident_bytes: Int
    }

    /// Questions with and without constraints on numbers.
    package static let questions = [
        "deep in the money calls with high volume",
        "puts out of the money expiring this week, unusual options activity",
        "calls at the money, 30 to 45 days to expiry, delta around 0.5",
        "LEAPS calls with tight spread",
        "puts with implied volatility above 90% and open interest over 5000",
    ]

    private let engine: SearchEngine
    private let asked: [String]
    private let rounds: Int
    private let tasks: Int
    private let threads: Int

    /// - Parameters:
    ///   - rounds: how often each question is asked.
    ///   - tasks: questions asked side by side.
    package init(_ engine: SearchEngine, questions: [String] = StoreBenchmark.questions, rounds: Int, tasks: Int, threads: Int) {
        self.engine = engine
        asked = questions
        self.rounds = rounds
        self.tasks = tasks
        self.threads = threads
    }

    package func run() async throws -> Result {
        let first = try await time(asked[0])
        for question in asked { _ = try await time(question) }
        var byQuestion: [String: [Double]] = [:]
        let (single, alone) = try await measure { try await times(asked, rounds) { byQuestion[$0, default: []].append($1) } }
        let matrix = try await selectivity()
        let repeated = (0..<rounds).flatMap { _ in asked }
        let (concurrent, together) = try await measure { try await sideBySide(repeated) }
        let requests = repeated.map { SearchRequest(question: $0) }
        let (_, batch) = try await measure {
            try await engine.search(requests, width: threads) { _, answer in _ = try answer.get() }
            return [0]
        }
        let size = try await engine.size()
        let count = Double(repeated.count)
        return Result(
            rows: size.rows, descriptions: size.descriptions,
            first_ms: first, single: Times(single), questions: byQuestion.mapValues { Times($0).p50_ms }, selectivity: matrix,
            concurrent: Times(concurrent), concurrent_questions_per_second: count / together, single_questions_per_second: count / alone,
            batch_questions_per_second: count / batch, resident_bytes: Measurement.peakMemoryBytes)
    }

    private func measure(_ body: () async throws -> [Double]) async rethrows -> ([Double], seconds: Double) {
        let start = ContinuousClock.now
        let times = try await body()
        return (times, (ContinuousClock.now - start) / .seconds(1))
    }

    private func time(_ question: String) async throws -> Double {
        let start = ContinuousClock.now
        _ = try await engine.search(SearchRequest(question: question))
        return (ContinuousClock.now - start) / .milliseconds(1)
    }

    private func times(_ questions: [String], _ rounds: Int, _ body: (String, Double) -> Void = { _, _ in }) async throws -> [Double] {
        var times: [Double] = []
        for _ in 0..<rounds {
            for question in questions {
                times.append(try await time(question))
                body(question, times[times.count - 1])
            }
        }
        return times
    }

    private func sideBySide(_ questions: [String]) async throws -> [Double] {
        var times: [Double] = []
        try await orderedMap(questions, width: tasks) {
            try await self.time($0)
        } consume: {
            times.append($1)
        }
        return times
    }

    /// Constraints on volume that a tenth, a hundredth … of the rows meet.
    private func selectivity() async throws -> [Selectivity] {
        let volumes = try await engine.sample(of: .volume)
        guard !volumes.isEmpty else { return [] }
        var rows: [Selectivity] = []
        for share in [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5] {
            let place = min(volumes.count - 1, Int((1 - share) * Double(volumes.count)))
            let constraint = share == 1 ? "" : " with volume over \(Int(volumes[max(0, place)]))"
            let questions = ["deep in the money calls", "puts expiring this week", "at the money options", "LEAPS", "unusual activity"].map {
                $0 + constraint
            }
            _ = try await times(questions, 1)
            rows.append(Selectivity(share: share, constraint: constraint, times: Times(try await times(questions, rounds))))
        }
        return rows
    }
}
