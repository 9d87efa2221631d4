package import MarketData
package import Queries
package import Questions

extension SearchRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        self.init(
            question: try reader.text("question", "The question, in plain English.", example: "Apple puts expiring this week"),
            k: try reader.optionalCount("k", "Number of results; as many as the question says, otherwise 20, when absent.", 1...1000),
            models: try reader.texts("models", "Models to search with, by key; all of the store when absent."),
            years: Set(try reader.counts("years", "Years to search; all when absent.", 1900...2200, limit: 100, default: [])),
            asOf: try reader.optionalDay("as_of", "Hides every row after this day, and is what \"today\" means."),
            semantic: try reader.flag("semantic", "Plain vector search: ignores constraints in the question."),
            isStrict: try reader.flag("strict", "Lists only rows that meet every constraint."))
        if let text = try reader.text("order", "Sorts by a number in place of the question's order: `volume`, `iv:asc`, `delta:desc`.") {
            order = [try Ordering(requested: text)]
        }
        if let text = try reader.text("group", "Counts by a property: \(Grouping.allCases.map(\.rawValue).joined(separator: ", ")).") {
            guard let grouping = Grouping(rawValue: text) else {
                throw RequestError(
                    "'group' names no property: \"\(text)\"", remedy: "name one of \(Grouping.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            group = [grouping]
        }
        countsMatches = true
    }

    package func answer(from store: Store) async throws -> SearchAnswer { try await store.search(self) }
}

extension Ordering {
    /// A measure with or without a direction: `volume`, `iv:asc`, `delta:desc`.
    /// - Throws: `RequestError`.
    package init(requested text: String) throws(RequestError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let field = Field(name: String(parts[0])) else {
            throw RequestError("the order \"\(text)\" names no measure", remedy: "name one of \(Field.searchable.joined(separator: ", "))")
        }
        switch parts.count == 1 ? "desc" : parts.dropFirst().joined(separator: ":") {
        case "desc": self.init(field, isDescending: true)
        case "asc": self.init(field, isDescending: false)
        default: throw RequestError("the order \"\(text)\" does not end with :asc or :desc")
        }
    }
}

/// How a question is read, without searching.
package struct ExplainRequest: StoreRequest, Encodable {
    package var question: String
    /// What "today" means.
    package var as_of: Day?

    package init(question: String, asOf: Day? = nil) {
        self.question = question
        as_of = asOf
    }

    package init(_ reader: inout RequestReader) throws {
        question = try reader.text("question", "The question, in plain English.", example: "Apple puts expiring this week")
        as_of = try reader.optionalDay("as_of", "The day that \"today\" means.")
    }

    package func answer(from store: Store) async throws -> Reading { try await store.read(question, asOf: as_of) }
}

/// How often rows of each year match a question.
package struct EvolutionRequest: StoreRequest, Encodable {
    package var question: String
    package var start_year: Int
    package var end_year: Int
    /// Best rows shown per year.
    package var k = 3
    package var as_of: Day?

    package init(question: String, years: ClosedRange<Int>, k: Int) {
        self.question = question
        (start_year, end_year) = (years.lowerBound, years.upperBound)
        self.k = k
    }

    package init(_ reader: inout RequestReader) throws {
        question = try reader.text("question", "The question, in plain English.", example: "calls with high implied volatility")
        start_year = try reader.requiredCount("start_year", "First year.", 1900...2200)
        end_year = try reader.requiredCount("end_year", "Last year.", 1900...2200)
        k = try reader.count("k", "Best rows shown per year.", 1...100, default: 3)
        as_of = try reader.optionalDay("as_of", "Hides every row after this day.")
        guard start_year <= end_year else { throw RequestError("'start_year' \(start_year) is after 'end_year' \(end_year)", kind: .unsupported) }
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, Evolution> {
        try await AnalysisAnswer(self) { try await store.evolution(question, years: start_year...end_year, k: k, asOf: as_of) }
    }
}

extension Evolution: Encodable {
    private enum CodingKeys: String, CodingKey {
        case question, constraints
        case notUnderstood = "not_understood"
        case threshold, years
    }

    /// The years become an object, `{"2014": {…}}`.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(question, forKey: .question)
        try box.encode(constraints, forKey: .constraints)
        try box.encode(notUnderstood, forKey: .notUnderstood)
        try box.encodeIfPresent(threshold, forKey: .threshold)
        try box.encode(Dictionary(uniqueKeysWithValues: years.map { (String($0.year), $0) }), forKey: .years)
    }
}

/// Each model's own answer to a question.
package struct CompareRequest: StoreRequest, Encodable {
    package var question: String
    /// All of the store when empty.
    package var models: [String]
    package var k = 10

    package init(question: String, models: [String], k: Int) {
        self.question = question
        self.models = models
        self.k = k
    }

    package init(_ reader: inout RequestReader) throws {
        question = try reader.text("question", "The question, in plain English.", example: "puts expiring this week")
        models = try reader.texts("models", "Models by key; all of the store when absent.")
        k = try reader.count("k", "Number of results per model.", 1...1000, default: 10)
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, ModelComparison> {
        try await AnalysisAnswer(self) { try await store.compareModels(question, k: k, models: models) }
    }
}

/// Options that were like a stored one.
package struct SimilarOptionsRequest: StoreRequest, Encodable {
    /// Options like the reference, and the day up to which rows count.
    package struct Report: Encodable, Sendable {
        package var as_of: Day
        package var results: [SimilarOption]
    }

    package var contract: OptionContract
    /// The day of the reference's quote.
    package var date: Day
    package var k: Int
    package var per_contract: Int
    /// The store's first when `nil`.
    package var model: String?
    /// All when empty.
    package var years: Set<Int>
    /// The reference's day when `nil`.
    package var as_of: Day?

    package init(contract: OptionContract, date: Day, k: Int, perContract: Int, model: String?, years: Set<Int>, asOf: Day?) {
        self.contract = contract
        self.date = date
        self.k = k
        per_contract = perContract
        self.model = model
        self.years = years
        as_of = asOf
    }

    package init(_ reader: inout RequestReader) throws {
        let symbol = try reader.text("contract", "OCC symbol of the reference.", limit: 40, example: "AAPL140621C00650000")
        do {
            contract = try OptionContract(parsing: symbol)
        } catch {
            throw RequestError("'contract' \"\(symbol)\" is not an OCC symbol such as AAPL140621C00650000: \(error)")
        }
        date = try reader.day("date", "The day of its quote.")
        k = try reader.count("k", "Number of results.", 1...1000, default: 50)
        per_contract = try reader.count("per_contract", "Results of one contract.", 1...1000, default: 1)
        model = try reader.text("model", "The model that compares descriptions; the store's first when absent.")
        years = Set(try reader.counts("years", "Years to search; all when absent.", 1900...2200, limit: 100, default: []))
        as_of = try reader.optionalDay("as_of", "Hides every row after this day; the reference's day when absent.")
    }

    private enum CodingKeys: String, CodingKey { case contract, date, k, per_contract, model, years, as_of }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(contract, forKey: .contract)
        try box.encode(date, forKey: .date)
        try box.encode(k, forKey: .k)
        try box.encode(per_contract, forKey: .per_contract)
        try box.encodeIfPresent(model, forKey: .model)
        if !years.isEmpty { try box.encode(years.sorted(), forKey: .years) }
        try box.encodeIfPresent(as_of, forKey: .as_of)
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, Report> {
        try await AnalysisAnswer(self) {
            let end = as_of ?? date
            let found = try await store.similar(to: contract, on: date) { request in
                request.k = k
                request.perContract = per_contract
                request.model = model
                request.years = years
                request.asOf = end
            }
            return Report(as_of: end, results: found)
        }
    }
}

/// What happened afterwards to the contracts that answer a question.
package struct OutcomesRequest: StoreRequest, Encodable {
    /// The outcomes beside what the question was read as.
    package struct Report: Encodable, Sendable {
        package var answer: SearchAnswer
        package var outcomes: OutcomeReport

        private enum CodingKeys: String, CodingKey { case as_of, constraints, not_understood, results, summary }

        package func encode(to encoder: any Encoder) throws {
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encodeIfPresent(answer.results.map(\.quoteDate).max(), forKey: .as_of)
            try box.encode(answer.constraints, forKey: .constraints)
            try box.encode(answer.notUnderstood, forKey: .not_understood)
            try box.encode(outcomes.results, forKey: .results)
            try box.encode(outcomes.summary, forKey: .summary)
        }
    }

    package var question: String
    /// Sessions ahead.
    package var horizons: [Int]
    package var side: OutcomeStudy.Side
    package var k: Int?
    package var as_of: Day?
    /// All of the store when empty.
    package var models: [String]

    package init(question: String, horizons: [Int], side: OutcomeStudy.Side, k: Int?, asOf: Day?, models: [String]) {
        self.question = question
        self.horizons = horizons
        self.side = side
        self.k = k
        as_of = asOf
        self.models = models
    }

    package init(_ reader: inout RequestReader) throws {
        question = try reader.text("question", "The question, in plain English.", example: "AAPL calls with high volume")
        horizons = try reader.counts("horizons", "Sessions ahead.", 1...260, limit: 20, default: [1, 5, 10, 20])
        side = try reader.choice(
            "side", "buy: buys at the ask and sells at the bid later. sell: the reverse.", default: OutcomeStudy.Side.buy)
        k = try reader.optionalCount("k", "Number of results; as many as the question says, otherwise 20, when absent.", 1...1000)
        as_of = try reader.optionalDay("as_of", "Hides every row after this day from the question; outcomes look ahead of it.")
        models = try reader.texts("models", "Models to search with, by key; all of the store when absent.")
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, Report> {
        try await AnalysisAnswer(self) {
            var study = OutcomeStudy()
            study.horizons = horizons
            study.side = side
            let (answer, outcomes) = try await store.outcomes(SearchRequest(question: question, k: k, models: models, asOf: as_of), study: study)
            return Report(answer: answer, outcomes: outcomes)
        }
    }
}
