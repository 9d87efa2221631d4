public import Analyses
public import MarketData
public import Queries

/// Asks for options similar to a reference.
public struct SimilarRequest: AnalysisRequest {
    /// What options are compared with.
    public enum Reference: Hashable, Sendable {
        /// The stored quote of a contract on a day.
        case stored(OptionContract, Day)
        /// The rows of a file in the layout of the source.
        case file(String)
    }

    public struct Report: Encodable, Sendable {
        public var asOf: Day
        public var results: [SimilarToReference]
        /// Lines of the file that cannot be used as references.
        public var problems: [OptionReferences.Problem]

        private enum CodingKeys: String, CodingKey {
            case asOf = "as_of"
            case results, problems
        }
    }

    public var reference: Reference
    /// Number of results.
    public var k: Int
    /// Most results of one contract.
    public var perContract: Int
    /// The model that compares descriptions; the store's first when `nil`.
    public var model: String?
    /// Years to search; all if empty.
    public var years: Set<Int>
    /// Hides every row after this day; the day of the reference if `nil`.
    public var asOf: Day?

    private enum CodingKeys: String, CodingKey {
        case contract, date, reference, k
        case perContract = "per_contract"
        case model
    }

    public init(_ reference: Reference, k: Int = 50, perContract: Int = 1, model: String? = nil, years: Set<Int> = [], asOf: Day? = nil) {
        self.reference = reference
        self.k = k
        self.perContract = perContract
        self.model = model
        self.years = years
        self.asOf = asOf
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        switch reference {
        case .stored(let contract, let day):
            try box.encode(contract, forKey: .contract)
            try box.encode(day, forKey: .date)
        case .file(let path): try box.encode(path, forKey: .reference)
        }
        try box.encode(k, forKey: .k)
        try box.encode(perContract, forKey: .perContract)
        try box.encodeIfPresent(model, forKey: .model)
    }

    public var command: [String] {
        let words =
            switch reference {
            case .stored(let contract, let day): ["--contract", contract.description, "--date", day.description]
            case .file(let path): ["--reference", path]
            }
        return ["similar"] + words + (asOf.map { ["--as-of", $0.description] } ?? [])
    }

    public func report(from store: Store) async throws -> Report {
        func change(_ request: inout SearchEngine.SimilarRequest) {
            request.k = k
            request.perContract = perContract
            request.model = model
            request.years = years
            if let asOf { request.asOf = asOf }
        }
        switch reference {
        case .stored(let contract, let day):
            let results = try await store.similar(to: contract, on: day, change)
            return Report(asOf: asOf ?? day, results: results.map { SimilarToReference(option: $0, line: nil) }, problems: [])
        case .file(let path):
            let (references, results) = try await store.similar(toFile: path, change)
            return Report(asOf: asOf ?? references.day, results: results, problems: references.problems)
        }
    }
}

/// An option similar to a reference.
public struct SimilarToReference: Encodable, Sendable {
    public var option: SimilarOption
    /// Line of the nearest reference in the file; `nil` for a stored reference.
    public var line: Int?

    private enum CodingKeys: String, CodingKey { case line = "reference_line" }

    public func encode(to encoder: any Encoder) throws {
        try option.encode(to: encoder)
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encodeIfPresent(line, forKey: .line)
    }
}

/// Asks what happened to the contracts that answer a question.
public struct OutcomesRequest: AnalysisRequest {
    public struct Report: Encodable, Sendable {
        /// The answer of the search that found the contracts; `nil` if the request lists the contracts.
        public var answer: SearchAnswer?
        public var outcomes: OutcomeReport

        private enum CodingKeys: String, CodingKey {
            case asOf = "as_of"
            case constraints, results, summary
            case notUnderstood = "not_understood"
        }

        public func encode(to encoder: any Encoder) throws {
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(outcomes.results.map(\.quote_date).max(), forKey: .asOf)
            try box.encodeIfPresent(answer?.constraints, forKey: .constraints)
            try box.encodeIfPresent(answer?.notUnderstood, forKey: .notUnderstood)
            try box.encode(outcomes.results, forKey: .results)
            try box.encode(outcomes.summary, forKey: .summary)
        }
    }

    /// The contracts to follow.
    public enum Subject: Sendable {
        /// The results of a search.
        case search(SearchRequest)
        /// A list of contracts, with the name of its source, such as a file name.
        case contracts([ContractDay], from: String)
    }

    public var subject: Subject
    public var study: OutcomeStudy

    private enum CodingKeys: String, CodingKey { case question, results, horizons, side }

    public init(_ subject: Subject, study: OutcomeStudy = OutcomeStudy()) {
        self.subject = subject
        self.study = study
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        switch subject {
        case .search(let request): try box.encode(request.question, forKey: .question)
        case .contracts(_, let name): try box.encode(name, forKey: .results)
        }
        try box.encode(study.horizons, forKey: .horizons)
        try box.encode(study.side, forKey: .side)
    }

    public var command: [String] {
        let horizons = ["--horizons", study.horizons.map(String.init).joined(separator: ",")]
        return switch subject {
        case .search(let request): ["outcomes", request.question] + horizons + (request.asOf.map { ["--as-of", $0.description] } ?? [])
        case .contracts(_, let name): ["outcomes", "--results", name] + horizons
        }
    }

    public func report(from store: Store) async throws -> Report {
        switch subject {
        case .search(let request):
            let (answer, outcomes) = try await store.outcomes(request, study: study)
            return Report(answer: answer, outcomes: outcomes)
        case .contracts(let contracts, _): return Report(answer: nil, outcomes: try await store.outcomes(of: contracts, study: study))
        }
    }
}

/// Asks how many rows of each year match a question.
public struct EvolutionRequest: AnalysisRequest {
    public struct Report: Encodable, Sendable {
        public var evolution: Evolution

        private enum CodingKeys: String, CodingKey {
            case question, constraints
            case notUnderstood = "not_understood"
            case threshold, years
        }

        public func encode(to encoder: any Encoder) throws {
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(evolution.question, forKey: .question)
            try box.encode(evolution.constraints, forKey: .constraints)
            try box.encode(evolution.notUnderstood, forKey: .notUnderstood)
            try box.encodeIfPresent(evolution.threshold, forKey: .threshold)
            try box.encode(Dictionary(uniqueKeysWithValues: evolution.years.map { (String($0.year), $0) }), forKey: .years)
        }
    }

    public var question: String
    public var years: ClosedRange<Int>
    /// Best rows of each year.
    public var k: Int
    /// Hides every row after this day.
    public var asOf: Day?

    private enum CodingKeys: String, CodingKey {
        case startYear = "start_year"
        case endYear = "end_year"
        case k
    }

    public init(question: String, years: ClosedRange<Int>, k: Int = 3, asOf: Day? = nil) {
        self.question = question
        self.years = years
        self.k = k
        self.asOf = asOf
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(years.lowerBound, forKey: .startYear)
        try box.encode(years.upperBound, forKey: .endYear)
        try box.encode(k, forKey: .k)
    }

    public var command: [String] {
        ["evolution", question, "--start-year", String(years.lowerBound), "--end-year", String(years.upperBound)]
            + (asOf.map { ["--as-of", $0.description] } ?? [])
    }

    public func report(from store: Store) async throws -> Report {
        Report(evolution: try await store.evolution(question, years: years, k: k, asOf: asOf))
    }
}

/// Asks how far models agree on a question.
public struct ComparisonRequest: AnalysisRequest {
    public var question: String
    /// Model keys; all models of the store if empty.
    public var models: [String]
    /// Number of results per model.
    public var k: Int
    /// Years to search; all if empty.
    public var years: Set<Int>
    /// Hides every row after this day.
    public var asOf: Day?

    private enum CodingKeys: String, CodingKey { case question, models, k }

    public init(question: String, models: [String] = [], k: Int = 10, years: Set<Int> = [], asOf: Day? = nil) {
        self.years = years
        self.asOf = asOf
        self.question = question
        self.models = models
        self.k = k
    }

    public var command: [String] {
        ["compare", question] + (models.isEmpty ? [] : ["--models", models.joined(separator: ",")])
            + (asOf.map { ["--as-of", $0.description] } ?? [])
    }

    public func report(from store: Store) async throws -> ModelComparison {
        try await store.compareModels(question, k: k, models: models, years: years, asOf: asOf)
    }
}
