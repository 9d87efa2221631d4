import Archive
import Foundation
public import MarketData

/// One question, answered by each model alone.
public struct ModelComparison: Sendable, Encodable {
    public struct Model: Sendable, Encodable {
        public var model: String
        public var elapsedMilliseconds: Double
        /// Share of the results that meet every constraint; `nil` for a question without constraints.
        public var precision: Double?
        public var results: [SearchResult]

        private enum CodingKeys: String, CodingKey {
            case model
            case elapsedMilliseconds = "elapsed_ms"
            case precision, results
        }
    }

    public struct Pair: Sendable, Encodable {
        public var models: [String]
        /// Share of the first k results that both have.
        public var overlap: Double
        /// Kendall's tau-a of the order of the shared results (Kendall, 1938); `nil` for fewer than two.
        public var kendallTau: Double?

        private enum CodingKeys: String, CodingKey {
            case models, overlap
            case kendallTau = "kendall_tau"
        }
    }

    public var constraints: [String]
    /// By model.
    public var models: [Model]
    public var pairs: [Pair]
}

extension SearchEngine {
    /// Each model's own best results, and how far models agree. Cosines of different models are not comparable, and are not compared.
    /// - Parameters:
    ///   - models: all of the store when empty.
    ///   - years: all when empty.
    ///   - asOf: hides every row after this day.
    /// - Throws: as `search(_:)`.
    public func compareModels(
        _ question: String, k: Int, models wanted: [String] = [], years: Set<Int> = [], asOf: Day? = nil
    ) async throws -> ModelComparison {
        let names = wanted.isEmpty ? archive.manifest.models.keys.sorted() : wanted
        var comparison = ModelComparison(constraints: [], models: [], pairs: [])
        for name in names {
            let answer = try await search(SearchRequest(question: question, k: k, models: [name], years: years, asOf: asOf))
            comparison.constraints = answer.constraints
            let full = answer.results.count(where: \.misses.isEmpty)
            comparison.models.append(
                ModelComparison.Model(
                    model: name, elapsedMilliseconds: answer.elapsedMilliseconds,
                    precision: answer.constraints.isEmpty || answer.results.isEmpty ? nil : Double(full) / Double(answer.results.count),
                    results: answer.results))
        }
        for (index, one) in comparison.models.enumerated() {
            for other in comparison.models.dropFirst(index + 1) { comparison.pairs.append(Self.pair(one, other, k: k)) }
        }
        return comparison
    }

    private static func pair(_ one: ModelComparison.Model, _ other: ModelComparison.Model, k: Int) -> ModelComparison.Pair {
        func places(_ model: ModelComparison.Model) -> [String: Int] {
            Dictionary(model.results.enumerated().map { ("\($1.source.key) \($1.source.line)", $0) }) { first, _ in first }
        }
        let (mine, theirs) = (places(one), places(other))
        let shared = mine.keys.filter { theirs[$0] != nil }.sorted()
        var (agreeing, pairs) = (0, 0)
        for (index, a) in shared.enumerated() {
            for b in shared.dropFirst(index + 1) {
                guard let a1 = mine[a], let b1 = mine[b], let a2 = theirs[a], let b2 = theirs[b] else { continue }
                pairs += 1
                agreeing += (a1 < b1) == (a2 < b2) ? 1 : -1
            }
        }
        return ModelComparison.Pair(
            models: [one.model, other.model], overlap: Double(shared.count) / Double(max(1, min(k, max(one.results.count, other.results.count)))),
            kendallTau: pairs > 0 ? Double(agreeing) / Double(pairs) : nil)
    }
}
