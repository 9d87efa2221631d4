import Analyses
import Queries
import StrictJSON
import Tapedeck

/// A `POST` operation of the API: its path, the members of its request, and its handler.
struct Endpoint: Sendable {
    let path: String
    /// The operation's name in the OpenAPI document.
    let name: String
    let summary: String
    let members: [RequestMember]
    /// Parses a request body and returns the answer as JSON.
    let answer: @Sendable (JSONValue, Store) async throws -> [UInt8]

    init<Request: StoreRequest>(_ name: String, _ summary: String, _ type: Request.Type) throws {
        path = "/v1/\(name)"
        self.name = name
        self.summary = summary
        members = try RequestReader.members(of: type)
        answer = { body, store in
            let request = try RequestReader.read(type, from: body)
            return try JSONText.encode(try await request.answer(from: store))
        }
    }

    /// All endpoints.
    static func all() throws -> [Endpoint] {
        [
            try Endpoint("search", "Searches with a question in plain English.", SearchPage.self),
            try Endpoint("ask", "Answers any question, by search or by the analysis that it asks for.", AskRequest.self),
            try Endpoint("explain", "Tells how each word of a question is read, without searching.", ExplainRequest.self),
            try Endpoint("similar", "Finds options that were like a stored one, on its day or before.", SimilarRequest.self),
            try Endpoint("evolution", "Counts by year how many rows match a question.", EvolutionRequest.self),
            try Endpoint("compare", "Answers a question with each model alone, and tells how far they agree.", ComparisonRequest.self),
            try Endpoint("outcomes", "Tells what happened afterwards to the contracts that answer a question.", OutcomesRequest.self),
            try Endpoint("arbitrage", "Finds packages of options whose worst case is a profit.", ArbitrageRequest.self),
            try Endpoint("screen", "Ranks spreads, condors, covered calls, puts and calendars of a day.", ScreenRequest.self),
            try Endpoint("flow", "Finds unusual option trading of a day.", FlowRequest.self),
            try Endpoint("regimes", "Tells when the state of an underlying changed, and what kinds of days it has.", RegimesRequest.self),
            try Endpoint("analogs", "Finds earlier days like a day, and what followed them.", AnalogsRequest.self),
            try Endpoint("risk", "Computes greeks, dollar exposures and scenarios of positions.", RiskRequest.self),
            try Endpoint("measures", "Gives the state of an underlying by day.", MeasuresRequest.self),
        ]
    }
}
