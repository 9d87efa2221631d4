import Analyses
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
        if let text = try reader.text("greeks", "Greeks and implied volatilities that constraints use: `solved` (default) or `vendor`.") {
            guard let source = GreeksSource(rawValue: text) else {
                throw RequestError("'greeks' names no source: \"\(text)\"", remedy: "name solved or vendor")
            }
            greeks = source
        }
        countsMatches = true
    }

    package func answer(from store: Store) async throws -> SearchAnswer { try await store.search(self) }
}

extension Ordering {
    /// Parses a measure with an optional direction: `volume`, `iv:asc`, `delta:desc`.
    /// - Throws: `RequestError` for an unknown measure or direction.
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

/// Asks how a question is parsed, without searching.
package struct ExplainRequest: StoreRequest, Encodable {
    package var question: String
    /// The day that "today" means.
    package var as_of: Day?

    package init(_ reader: inout RequestReader) throws {
        question = try reader.text("question", "The question, in plain English.", example: "Apple puts expiring this week")
        as_of = try reader.optionalDay("as_of", "The day that \"today\" means.")
    }

    package func answer(from store: Store) async throws -> Reading { try await store.read(question, asOf: as_of) }
}

extension EvolutionRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let question = try reader.text("question", "The question, in plain English.", example: "calls with high implied volatility")
        let startYear = try reader.requiredCount("start_year", "First year.", 1900...2200)
        let endYear = try reader.requiredCount("end_year", "Last year.", 1900...2200)
        let k = try reader.count("k", "Best rows shown per year.", 1...100, default: 3)
        let asOf = try reader.optionalDay("as_of", "Hides every row after this day.")
        guard startYear <= endYear else { throw RequestError("'start_year' \(startYear) is after 'end_year' \(endYear)", kind: .unsupported) }
        self.init(question: question, years: startYear...endYear, k: k, asOf: asOf)
    }
}

extension ComparisonRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        self.init(
            question: try reader.text("question", "The question, in plain English.", example: "puts expiring this week"),
            models: try reader.texts("models", "Models by key; all of the store when absent."),
            k: try reader.count("k", "Number of results per model.", 1...1000, default: 10),
            years: Set(try reader.counts("years", "Years to search; all when absent.", 1900...2200, limit: 100, default: [])),
            asOf: try reader.optionalDay("as_of", "Hides every row after this day."))
    }
}

extension SimilarRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let symbol = try reader.text("contract", "OCC symbol of the reference.", limit: 40, example: "AAPL140621C00650000")
        let contract: OptionContract
        do {
            contract = try OptionContract(parsing: symbol)
        } catch {
            throw RequestError("'contract' \"\(symbol)\" is not an OCC symbol such as AAPL140621C00650000: \(error)")
        }
        self.init(
            .stored(contract, try reader.day("date", "The day of its quote.")),
            k: try reader.count("k", "Number of results.", 1...1000, default: 50),
            perContract: try reader.count("per_contract", "Results of one contract.", 1...1000, default: 1),
            model: try reader.text("model", "The model that compares descriptions; the store's first when absent."),
            years: Set(try reader.counts("years", "Years to search; all when absent.", 1900...2200, limit: 100, default: [])),
            asOf: try reader.optionalDay("as_of", "Hides every row after this day; the reference's day when absent."))
    }
}

extension OutcomesRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let question = try reader.text("question", "The question, in plain English.", example: "AAPL calls with high volume")
        var study = OutcomeStudy()
        study.horizons = try reader.counts("horizons", "Sessions ahead.", 1...260, limit: 20, default: [1, 5, 10, 20])
        study.side = try reader.choice(
            "side", "buy: buys at the ask and sells at the bid later. sell: the reverse.", default: OutcomeStudy.Side.buy)
        let k = try reader.optionalCount("k", "Number of results; as many as the question says, otherwise 20, when absent.", 1...1000)
        let asOf = try reader.optionalDay("as_of", "Hides every row after this day from the question; outcomes still use later days.")
        let years = Set(try reader.counts("years", "Years to search; all when absent.", 1900...2200, limit: 100, default: []))
        let models = try reader.texts("models", "Models to search with, by key; all of the store when absent.")
        self.init(.search(SearchRequest(question: question, k: k, models: models, years: years, asOf: asOf)), study: study)
    }
}

/// Asks any question. Search or the analysis that the question asks for answers it.
package struct AskRequest: StoreRequest {
    package var question: String
    package var k: Int?
    package var asOf: Day?
    package var models: [String]

    package init(_ reader: inout RequestReader) throws {
        question = try reader.text("question", "The question, in plain English.", example: "what happened after days like 2014-06-09 in AAPL")
        k = try reader.optionalCount("k", "Number of results; as many as the question says when absent.", 1...1000)
        asOf = try reader.optionalDay("as_of", "Hides every row after this day, and is what \"today\" means.")
        models = try reader.texts("models", "Models to search with, by key; all of the store when absent.")
    }

    package func answer(from store: Store) async throws -> AskAnswer {
        try await store.ask(question, k: k, asOf: asOf, models: models)
    }
}
