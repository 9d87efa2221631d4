import Archive
import Descriptions
import MarketData

extension SearchEngine {
    /// Generates questions about the store's options, to measure search on sentences that nobody tuned it for.
    ///
    /// Only questions that at least `k` rows answer are kept, so that a precision of 1 is possible.
    /// - Parameters:
    ///   - count: number of questions.
    ///   - seed: the same seed over the same store gives the same questions.
    /// - Throws: `QueryError` for a store with too few option rows; errors of the store.
    public func exampleQuestions(count: Int, seed: UInt64, k: Int = 10) async throws -> [QuestionExample] {
        let rows = try await optionRows()
        var perTicker: [String: Int] = [:]
        var strikes: [String: Set<Double>] = [:]
        var days: Set<Day> = []
        for row in rows {
            perTicker[row.underlying, default: 0] += 1
            days.insert(row.quoteDate)
            if let strike = row.strike { strikes[row.underlying, default: []].insert(strike) }
        }
        let underlyings = perTicker.filter { $0.value >= 10 * k }.keys.sorted().map { symbol in
            QuestionGenerator.Underlying(
                symbol: symbol, name: aliases.name(of: symbol), strikes: (strikes[symbol] ?? []).sorted())
        }
        guard !underlyings.isEmpty else { throw QueryError("the store has too few option rows to ask about") }
        var generator = QuestionGenerator(lexicon: lexicon, underlyings: underlyings, days: days.sorted(), seed: seed)
        var examples: [QuestionExample] = []
        // Most generated questions have answers; the limit ends the loop in a store where hardly any has.
        for _ in 0..<20 * count where examples.count < count {
            var example = generator.next()
            let matches = rows.count { example.where.holds(for: $0) }
            guard matches >= k else { continue }
            example.matches = matches
            examples.append(example)
        }
        return examples
    }

    private func optionRows() async throws -> [JudgedRow] {
        var rows: [JudgedRow] = []
        for year in try await snapshot.years([]) {
            let options = year.index.batches.indices.filter { year.index.batches[$0].kind == .options }
            for (number, batch) in try await snapshot.open(Set(options), of: year.index).sorted(by: { $0.key < $1.key }) {
                try batch.forEachBlock(in: 0..<year.index.batches[number].rowCount, days: nil) { block, _ in
                    for row in 0..<block.count {
                        rows.append(JudgedRow(block, row, underlying: snapshot.name(ofTicker: block.keys[row].ticker)))
                    }
                }
            }
        }
        return rows
    }
}
