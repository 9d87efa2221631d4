import Analyses
import Queries
import StrictJSON
package import Tapedeck

/// A `POST` operation of the API: its path, the members of its request, and its handler.
package struct Endpoint: Sendable {
    let path: String
    /// The operation's name in the OpenAPI document.
    let name: String
    let summary: String
    /// Whether the answer has rows, which can be given as CSV.
    let hasRows: Bool
    let members: [RequestMember]
    /// Parses a request body and returns the answer as JSON.
    let answer: @Sendable (JSONValue, Store) async throws -> [UInt8]

    package init<Request: StoreRequest>(_ name: String, _ summary: String, hasRows: Bool = true, _ type: Request.Type) throws {
        path = "/v1/\(name)"
        self.name = name
        self.summary = summary
        self.hasRows = hasRows
        members = try RequestReader.members(of: type)
        answer = { body, store in
            let request = try RequestReader.read(type, from: body)
            return try JSONText.encode(try await request.answer(from: store))
        }
    }

    /// All endpoints.
    package static func all() throws -> [Endpoint] {
        [
            try Endpoint("search", "Searches with a question in plain English.", SearchPage.self),
            try Endpoint("ask", "Answers any question, by search or by the analysis that it asks for.", hasRows: false, AskRequest.self),
            try Endpoint("explain", "Explains how each word of a question is read, without searching.", hasRows: false, ExplainRequest.self),
            try Endpoint("similar", "Finds options similar to a stored one, on its day or before.", SimilarRequest.self),
            try Endpoint("evolution", "Counts by year how many rows match a question.", hasRows: false, EvolutionRequest.self),
            try Endpoint(
                "compare", "Answers a question with each model alone, and measures how far they agree.", hasRows: false, ComparisonRequest.self),
            try Endpoint("outcomes", "Reports what happened afterwards to the contracts that answer a question.", OutcomesRequest.self),
            try Endpoint("arbitrage", "Finds packages of options whose worst case is a profit.", ArbitrageRequest.self),
            try Endpoint("screen", "Ranks spreads, condors, covered calls, puts and calendars of a day.", ScreenRequest.self),
            try Endpoint("flow", "Finds unusual option trading on a day.", FlowRequest.self),
            try Endpoint(
                "regimes", "Finds the days on which the state of an underlying changed, and groups its days by state.", hasRows: false,
                RegimesRequest.self),
            try Endpoint("analogs", "Finds earlier days like a day, and what followed them.", AnalogsRequest.self),
            try Endpoint("risk", "Computes greeks, dollar exposures and scenarios of positions.", RiskRequest.self),
            try Endpoint("measures", "Gives the state of an underlying by day.", MeasuresRequest.self),
        ]
    }
}
