public import Analyses
public import MarketData
public import Queries

/// Asks for the change points of an underlying's state and for clusters of its days.
public struct RegimesRequest: AnalysisRequest {
    /// The ticker; all underlyings together if `nil`.
    public var symbol: String?
    /// The last day to use; the store's last day if `nil`.
    public var asOf: Day?
    /// Threshold for a change, in standard errors.
    public var sensitivity: Double
    /// Number of clusters of days.
    public var clusters: Int
    /// The model whose vectors measure how far each day's trading is from that of the previous sessions; `nil` to leave this component out.
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

/// Asks for earlier days similar to a day, and the returns that followed them.
public struct AnalogsRequest: AnalysisRequest {
    /// The ticker; all underlyings together if `nil`.
    public var symbol: String?
    /// The day to compare with.
    public var date: Day
    /// Number of days.
    public var k: Int
    /// Horizons of the returns, in sessions.
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

/// Asks for the state of an underlying on each day.
public struct MeasuresRequest: AnalysisRequest {
    /// The states by day, and the last day.
    public struct Report: Encodable, Sendable {
        public var asOf: Day?
        public var results: [NameDay]

        private enum CodingKeys: String, CodingKey {
            case asOf = "as_of"
            case results
        }
    }

    public var symbol: String
    /// First day; the first day with quotes if `nil`.
    public var from: Day?
    /// Last day; the last day with quotes if `nil`.
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
