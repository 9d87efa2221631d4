public import MarketData
public import Queries

extension Store {
    /// Options similar to a stored one, on its day or before.
    /// - Parameters:
    ///   - contract: the reference.
    ///   - day: the day of its quote.
    ///   - change: changes the defaults: 50 results, one per contract, the store's first model, all years.
    /// - Throws: `QueryError` when the store has no such quote; as `search(_:)`.
    public func similar(
        to contract: OptionContract, on day: Day, _ change: (inout SearchEngine.SimilarRequest) -> Void = { _ in }
    ) async throws -> [SimilarOption] {
        var request = SearchEngine.SimilarRequest(contract: contract, day: day)
        change(&request)
        return try await engine(options.models).similar(request)
    }

    /// Options similar to the rows of a file, on the file's day or before.
    ///
    /// The closes of the underlyings come from the store. An option similar to several references appears once, for the nearest. Contracts
    /// of the file are left out.
    /// - Parameters:
    ///   - path: of a file with the quotes of one day in the layout of the source: 18 columns by name, plain, gzip or Zstandard.
    ///   - change: changes the defaults, as in `similar(to:on:_:)`.
    /// - Returns: the references, the lines that are not usable, and the options, nearest first.
    /// - Throws: `MarketFileError` for a file that cannot be read; `QueryError` when it has no usable row or more than 1,000; as
    ///   `search(_:)`.
    public func similar(
        toFile path: String, _ change: (inout SearchEngine.SimilarRequest) -> Void = { _ in }
    ) async throws -> (references: OptionReferences, results: [SimilarToReference]) {
        let engine = try await engine(options.models)
        let found = try await searchBase().references(path: path)
        guard found.references.count <= Self.mostReferences else {
            throw QueryError(
                "\(path) holds \(found.references.count) references; at most \(Self.mostReferences) are compared, so give the rows that matter")
        }
        let own = Set(found.references.map(\.contract.description))
        var wanted = SearchEngine.SimilarRequest(contract: found.references[0].contract, day: found.day)
        change(&wanted)
        var ranked: [SimilarToReference] = []
        for reference in found.references {
            var request = wanted
            request.contract = reference.contract
            // The file's contracts are taken out below.
            request.k += request.perContract * own.count
            for option in try await engine.similar(request, to: reference) where !own.contains(option.result.contract ?? "") {
                ranked.append(SimilarToReference(option: option, line: reference.line))
            }
        }
        // Of equal ranks the first reference's.
        let order = ranked.indices.sorted { left, right in
            let (a, b) = (ranked[left].option.rank, ranked[right].option.rank)
            return a != b ? a > b : left < right
        }
        var seen: Set<String> = []
        var counts: [String: Int] = [:]
        var results: [SimilarToReference] = []
        for one in order.map({ ranked[$0] }) where results.count < wanted.k {
            let contract = one.option.result.contract ?? ""
            guard seen.insert("\(contract) \(one.option.result.quoteDate)").inserted, counts[contract, default: 0] < wanted.perContract else {
                continue
            }
            counts[contract, default: 0] += 1
            results.append(one)
        }
        return (found, results)
    }

    private static let mostReferences = 1000

    /// By year, how many rows match a question, and the best of them.
    /// - Throws: as `SearchEngine.evolution(_:years:k:models:asOf:)`.
    public func evolution(_ question: String, years: ClosedRange<Int>, k: Int = 3, asOf: Day? = nil) async throws -> Evolution {
        try await engine(options.models).evolution(question, years: years, k: k, models: options.models, asOf: asOf)
    }

    /// Each model's own best results for a question, and how far models agree.
    /// - Parameters:
    ///   - models: by key; those of `options`, or all of the store, when empty.
    ///   - years: all when empty.
    ///   - asOf: hides every row after this day.
    /// - Throws: as `search(_:)`.
    public func compareModels(
        _ question: String, k: Int = 20, models: [String] = [], years: Set<Int> = [], asOf: Day? = nil
    ) async throws -> ModelComparison {
        let wanted = models.isEmpty ? options.models : models
        return try await engine(options.loadsAllModels ? options.models : wanted)
            .compareModels(question, k: k, models: wanted, years: years, asOf: asOf)
    }
}
