public import Analyses
public import MarketData
public import Queries
public import Questions

/// Asks for the best strategies of a day.
public struct ScreenRequest: AnalysisRequest {
    public var screen: StrategyScreen
    public var date: Day
    /// Underlyings; all when empty.
    public var symbols: [String]
    /// Number of results.
    public var k: Int

    public init(_ screen: StrategyScreen, date: Day, symbols: [String] = [], k: Int = 20) {
        self.screen = screen
        self.date = date
        self.symbols = symbols
        self.k = k
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: ScreenKeys.self)
        try box.encode(date, forKey: .date)
        try screen.encode(&box, symbols, k)
    }

    public var command: [String] { screen.command(symbols) + ["--date", date.description] }

    public func report(from store: Store) async throws -> ScreenReport { try await store.screen(screen, on: date, symbols: symbols, k: k) }
}

/// Asks for the best strategies of each day.
public struct ScreenSeriesRequest: AnalysisRequest {
    public var screen: StrategyScreen
    /// Underlyings; all when empty.
    public var symbols: [String]
    /// Number of best combinations per day.
    public var k: Int
    /// The first day; the store's first when `nil`.
    public var from: Day?
    /// The last day; the store's last when `nil`.
    public var to: Day?
    /// Horizons and fees of outcomes; without horizons, there are no outcomes.
    public var study: StrategyStudy

    public init(
        _ screen: StrategyScreen, symbols: [String] = [], k: Int = 20, from: Day? = nil, to: Day? = nil, study: StrategyStudy = StrategyStudy()
    ) {
        self.screen = screen
        self.symbols = symbols
        self.k = k
        self.from = from
        self.to = to
        self.study = study
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: ScreenKeys.self)
        try box.encodeIfPresent(from, forKey: .from)
        try box.encodeIfPresent(to, forKey: .to)
        try box.encode(study.horizons, forKey: .horizons)
        try screen.encode(&box, symbols, k)
    }

    public var command: [String] {
        var words = screen.command(symbols) + ["--every-day"]
        if let from { words += ["--from", from.description] }
        if let to { words += ["--to", to.description] }
        return words
    }

    public func report(from store: Store) async throws -> DailySeries {
        try await store.everyDay(screen, symbols: symbols, k: k, from: from, to: to, study: study)
    }
}

private enum ScreenKeys: String, CodingKey {
    case strategy, date, from, to, horizons, symbols, k, days
    case minVolume = "min_volume"
    case minOpenInterest = "min_open_interest"
}

extension StrategyScreen {
    fileprivate func encode(_ box: inout KeyedEncodingContainer<ScreenKeys>, _ symbols: [String], _ k: Int) throws {
        try box.encode(strategy, forKey: .strategy)
        try box.encode(symbols, forKey: .symbols)
        try box.encode(k, forKey: .k)
        try box.encode("\(settings.days.lowerBound)-\(settings.days.upperBound)", forKey: .days)
        try box.encode(settings.leastVolume, forKey: .minVolume)
        try box.encode(settings.leastOpenInterest, forKey: .minOpenInterest)
    }

    fileprivate func command(_ symbols: [String]) -> [String] {
        ["screen", strategy.rawValue, "--by", measure.rawValue] + (symbols.isEmpty ? [] : ["--symbols", symbols.joined(separator: ",")])
    }
}

/// Asks a question of each day.
public struct SearchSeriesRequest: AnalysisRequest {
    /// The interpretation of the question, and the series.
    public struct Report: Encodable, Sendable {
        public var answer: SearchAnswer
        public var series: DailySeries

        private enum CodingKeys: String, CodingKey {
            case question, constraints
            case notUnderstood = "not_understood"
            case notes
        }

        public func encode(to encoder: any Encoder) throws {
            try series.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(answer.question, forKey: .question)
            try box.encode(answer.constraints, forKey: .constraints)
            try box.encode(answer.notUnderstood, forKey: .notUnderstood)
            try box.encode(answer.notes, forKey: .notes)
        }
    }

    /// The search. Only its constraints, years and as-of day apply.
    public var search: SearchRequest
    /// Measures to report the mean and median of.
    public var measures: [Field]
    /// Horizons and side of outcomes; without horizons, there are no outcomes.
    public var study: OutcomeStudy
    /// Most matches to follow per day.
    public var sample: Int

    private enum CodingKeys: String, CodingKey { case question, measures, horizons, side, sample }

    public init(_ search: SearchRequest, measures: [Field] = [], study: OutcomeStudy = OutcomeStudy(), sample: Int = 100) {
        self.search = search
        self.measures = measures
        self.study = study
        self.sample = sample
    }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(search.question, forKey: .question)
        try box.encode(measures.map(\.snakeCase), forKey: .measures)
        try box.encode(study.horizons, forKey: .horizons)
        try box.encode(study.side, forKey: .side)
        try box.encode(sample, forKey: .sample)
    }

    public var command: [String] {
        var words = ["search", search.question, "--every-day"]
        if !measures.isEmpty { words += ["--measures", measures.map(\.snakeCase).joined(separator: ",")] }
        if !study.horizons.isEmpty { words += ["--horizons", study.horizons.map(String.init).joined(separator: ",")] }
        if let asOf = search.asOf { words += ["--as-of", asOf.description] }
        return words
    }

    public func report(from store: Store) async throws -> Report {
        let (answer, series) = try await store.everyDay(search, measures: measures, study: study, sample: sample)
        return Report(answer: answer, series: series)
    }
}
