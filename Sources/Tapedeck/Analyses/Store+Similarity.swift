public import MarketData
public import Queries

extension Store {
    /// Options that were like a stored one, on its day or before.
    /// - Parameters:
    ///   - contract: the reference.
    ///   - day: the day of its quote.
    ///   - change: sets what differs from the defaults: 50 results, one a contract, the store's first model, all years.
    /// - Throws: `QueryError` when the store has no such quote; as `search(_:)`.
    public func similar(
        to contract: OptionContract, on day: Day, _ change: (inout SearchEngine.SimilarRequest) -> Void = { _ in }
    ) async throws -> [SimilarOption] {
        var request = SearchEngine.SimilarRequest(contract: contract, day: day)
        change(&request)
        return try await engine(options.models).similar(request)
    }

    /// By year, how many rows match a question, and the best of them.
    /// - Throws: as `SearchEngine.evolution(_:years:k:models:asOf:)`.
    public func evolution(_ question: String, years: ClosedRange<Int>, k: Int = 3, asOf: Day? = nil) async throws -> Evolution {
        try await engine(options.models).evolution(question, years: years, k: k, models: options.models, asOf: asOf)
    }

    /// Each model's own best results for a question, and how far models agree.
    /// - Parameter models: by key; those of `options`, or all of the store, when empty.
    /// - Throws: as `search(_:)`.
    public func compareModels(_ question: String, k: Int = 20, models: [String] = []) async throws -> ModelComparison {
        let wanted = models.isEmpty ? options.models : models
        return try await engine(options.loadsAllModels ? options.models : wanted).compareModels(question, k: k, models: wanted)
    }
}
