public import Analyses
public import MarketData
public import Queries

/// Asks for change points of an underlying's state, and kinds of its days.
public struct RegimesRequest: AnalysisRequest {
    /// All underlyings together when `nil`.
    public var symbol: String?
    /// The last day that counts; the store's last when `nil`.
    public var asOf: Day?
    /// Standard errors that a change needs.
    public var sensitivity: Double
    /// Kinds of days.
    public var clusters: Int
    /// The model whose vectors tell how far each day's trading is from that of the sessions before; without when `nil`.
    public var model: String?

    private enum CodingKeys: String, CodingKey { case symbol, sensitivity, clusters, model }

    public init(symbol: String?, asOf: Day? = nil, sensitivity: Double = 2, clusters: Int = 4, model: String? = nil) {
        self.model = model
        self.symbol = symbol
        self.asOf = asOf
        self.sensitivity = sensitivity
        self.clusters = clusters
    }

    public var command: [String] { ["regimes"] + (symbol.map { [$0] } ?? []) + (asOf.map { ["--as-of", $0.description] } ?? []) }

    public func report(from store: Store) async throws -> RegimeReport {
        var detector = RegimeDetector()
        detector.sensitivity = sensitivity
        detector.clusters = clusters
        return try await store.regimes(of: symbol, through: asOf, detector: detector, model: model)
    }
}

/// Asks for earlier days like a day, with what followed them.
public struct AnalogsRequest: AnalysisRequest {
    /// All underlyings together when `nil`.
    public var symbol: String?
    /// The day to compare with.
    public var date: Day
    /// Number of days.
    public var k: Int
    /// Sessions ahead.
    public var horizons: [Int]

    public init(symbol: String?, date: Day, k: Int = 10, horizons: [Int] = [1, 5, 10, 20]) {
        self.symbol = symbol
        self.date = date
        self.k = k
        self.horizons = horizons
    }

    public var command: [String] {
        let others = horizons == [1, 5, 10, 20] ? [] : ["--horizons", horizons.map(String.init).joined(separator: ",")]
        return ["analogs"] + (symbol.map { [$0] } ?? []) + ["--date", date.description] + others
    }

    public func report(from store: Store) async throws -> AnalogReport {
        var search = AnalogDays()
        search.horizons = horizons
        return try await store.analogs(of: symbol, like: date, k: k, search: search)
    }
}

/// Asks for the state of an underlying by day.
public struct MeasuresRequest: AnalysisRequest {
    /// The days, and the last of them.
    public struct Report: Encodable, Sendable {
        public var asOf: Day?
        public var results: [NameDay]

        private enum CodingKeys: String, CodingKey {
            case asOf = "as_of"
            case results
        }
    }

    public var symbol: String
    /// The first day wanted; the first with quotes when `nil`.
    public var from: Day?
    /// The last day wanted.
    public var to: Day?

    public init(symbol: String, from: Day? = nil, to: Day? = nil) {
        self.symbol = symbol
        self.from = from
        self.to = to
    }

    public var command: [String] {
        ["measures", symbol] + (from.map { ["--from", $0.description] } ?? []) + (to.map { ["--to", $0.description] } ?? [])
    }

    public func report(from store: Store) async throws -> Report {
        let days = try await store.measures(of: symbol, from: from, to: to)
        return Report(asOf: days.last?.date, results: days)
    }
}
