public import Analyses
public import MarketData

/// Asks for packages of options whose worst case is a profit.
public struct ArbitrageRequest: AnalysisRequest {
    public var date: Day
    /// Underlyings; all when empty.
    public var symbols: [String]
    public var settings: ArbitrageSettings
    /// Candidates listed, most profitable first.
    public var k: Int
    /// Whether to compare volatilities with those of similar options, too.
    public var relativeValue: Bool

    private enum CodingKeys: String, CodingKey {
        case date, symbols, settings, k
        case relativeValue = "relative_value"
    }

    public init(
        date: Day, symbols: [String] = [], settings: ArbitrageSettings = ArbitrageSettings(), k: Int = 20, relativeValue: Bool = false
    ) {
        self.date = date
        self.symbols = symbols
        self.settings = settings
        self.k = k
        self.relativeValue = relativeValue
    }

    /// Packages and, if requested, contracts whose volatility is out of line.
    public struct Report: Encodable, Sendable {
        public var arbitrage: ArbitrageReport
        public var relativeValue: [RelativeValueCandidate]?

        private enum CodingKeys: String, CodingKey { case relativeValue = "relative_value" }

        public func encode(to encoder: any Encoder) throws {
            try arbitrage.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encodeIfPresent(relativeValue, forKey: .relativeValue)
        }
    }

    public var command: [String] { ["arbitrage"] + dayArguments(date, symbols) + (relativeValue ? ["--relative-value"] : []) }

    public func report(from store: Store) async throws -> Report {
        var report = Report(arbitrage: try await store.arbitrage(on: date, symbols: symbols, settings: settings))
        report.arbitrage.candidates = Array(report.arbitrage.candidates.prefix(k))
        if relativeValue {
            var finder = RelativeValue()
            finder.feePerContract = settings.feePerContract
            report.relativeValue = Array(try await store.relativeValue(on: date, symbols: symbols, settings: finder).candidates.prefix(k))
        }
        return report
    }
}

/// Asks for the most unusual option trading of a day.
public struct FlowRequest: AnalysisRequest {
    public var date: Day
    /// Underlyings; all when empty.
    public var symbols: [String]
    /// Minimum volume of a contract.
    public var minVolume: Int
    /// Number of events.
    public var k: Int
    /// Previous sessions to search for events similar to each contract's; 0 for no search.
    public var past: Int

    private enum CodingKeys: String, CodingKey {
        case date, symbols
        case minVolume = "min_volume"
        case k, past
    }

    /// Events and, if requested, similar earlier events.
    public struct Report: Encodable, Sendable {
        public var flow: FlowReport
        /// In the order of the events; `nil` for an event of a whole underlying.
        public var past: [PastReport<FlowEvent>?]?

        private enum CodingKeys: String, CodingKey { case past }

        public func encode(to encoder: any Encoder) throws {
            try flow.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encodeIfPresent(past, forKey: .past)
        }
    }

    public init(date: Day, symbols: [String] = [], minVolume: Int = 100, k: Int = 20, past: Int = 0) {
        self.past = past
        self.date = date
        self.symbols = symbols
        self.minVolume = minVolume
        self.k = k
    }

    public var command: [String] { ["flow"] + dayArguments(date, symbols) }

    public func report(from store: Store) async throws -> Report {
        var detector = FlowDetector()
        detector.leastVolume = minVolume
        var report = Report(flow: try await store.unusualFlow(on: date, symbols: symbols, limit: k, detector: detector))
        if past > 0 { report.past = try await store.pastFlow(like: report.flow.results, sessions: past, detector: detector) }
        return report
    }
}

private func dayArguments(_ date: Day, _ symbols: [String]) -> [String] {
    ["--date", date.description] + (symbols.isEmpty ? [] : ["--symbols", symbols.joined(separator: ",")])
}

/// Asks for greeks, dollar exposures and scenarios of positions.
public struct RiskRequest: AnalysisRequest {
    public var positions: [Position]
    /// Source of the positions: a file name or a contract; `nil` if the request lists the positions.
    public var source: String?
    public var date: Day
    /// Annual interest rate, such as 0.02.
    public var rate: Double
    /// Earlier contracts to find for each position; 0 for none.
    public var analogs: Int

    private enum CodingKeys: String, CodingKey { case positions, date, rate, analogs }

    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        if let source { try box.encode(source, forKey: .positions) } else { try box.encode(positions, forKey: .positions) }
        try box.encode(date, forKey: .date)
        try box.encode(rate, forKey: .rate)
        try box.encode(analogs, forKey: .analogs)
    }

    /// The risk of the positions and, if requested, similar earlier contracts.
    public struct Report: Encodable, Sendable {
        /// Earlier contracts similar to a position.
        public struct Analogs: Encodable, Sendable {
            public var contract: OptionContract
            public var quantity: Double
            public var past: PastReport<PastPosition>

            private enum CodingKeys: String, CodingKey { case contract, quantity }

            public func encode(to encoder: any Encoder) throws {
                try past.encode(to: encoder)
                var box = encoder.container(keyedBy: CodingKeys.self)
                try box.encode(contract, forKey: .contract)
                try box.encode(quantity, forKey: .quantity)
            }
        }

        public var risk: RiskReport
        public var analogs: [Analogs]?

        private enum CodingKeys: String, CodingKey { case analogs }

        public func encode(to encoder: any Encoder) throws {
            try risk.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encodeIfPresent(analogs, forKey: .analogs)
        }
    }

    public init(positions: [Position], source: String? = nil, date: Day, rate: Double = 0, analogs: Int = 0) {
        self.analogs = analogs
        self.positions = positions
        self.source = source
        self.date = date
        self.rate = rate
    }

    public var command: [String] {
        let isContract = positions.count == 1 && positions[0].quantity == 1 && positions[0].contract?.description == source
        return ["risk", isContract ? "--contract" : "--positions", source ?? "FILE", "--date", date.description]
    }

    public func report(from store: Store) async throws -> Report {
        var analysis = RiskAnalysis()
        analysis.rate = rate
        var report = Report(risk: try await store.risk(of: positions, on: date, analysis: analysis))
        guard analogs > 0 else { return report }
        var found: [Report.Analogs] = []
        // `positions` holds only priced positions; the report lists the others with the reason.
        for one in report.risk.positions {
            guard let contract = one.contract else { continue }
            let position = Position(contract: contract, symbol: one.underlying, quantity: one.quantity)
            let past = try await store.riskAnalogs(of: position, on: date, k: analogs, analysis: analysis)
            found.append(Report.Analogs(contract: contract, quantity: one.quantity, past: past))
        }
        report.analogs = found
        return report
    }
}
