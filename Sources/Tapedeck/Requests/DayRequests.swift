internal import Foundation
package import Analyses
package import MarketData
package import Queries
internal import StrictJSON

/// Packages of options whose worst case is a profit.
package struct ArbitrageRequest: StoreRequest, Encodable {
    /// The best candidates, and how many there are in all.
    package struct Report: Encodable, Sendable {
        package var report: ArbitrageReport
        package var found: Int

        private enum CodingKeys: String, CodingKey { case found }

        package func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(found, forKey: .found)
        }
    }

    package var date: Day
    /// All when empty.
    package var symbols: [String]
    package var k: Int
    package var settings: ArbitrageSettings

    package init(date: Day, symbols: [String], k: Int, settings: ArbitrageSettings) {
        self.date = date
        self.symbols = symbols
        self.k = k
        self.settings = settings
    }

    package init(_ reader: inout RequestReader) throws {
        date = try reader.day("date", "The day whose quotes count.")
        symbols = try reader.symbols("symbols", "Underlyings; all when absent.")
        k = try reader.count("k", "Number of candidates.", 1...1000, default: 20)
        settings = ArbitrageSettings()
        if let rate = try reader.optionalNumber("rate", "Annual rate, such as 0.02; implied by the chain when absent.", -1...1) {
            settings.rate = .fixed(rate)
        }
        settings.feePerContract = try reader.number("fee", "Dollars per contract and leg.", 0...1000, default: settings.feePerContract)
        if let yield = try reader.optionalNumber("dividend_yield", "Highest annual dividend yield that a short seller may have to pay.", 0...1) {
            settings.dividends = .yield(yield)
        }
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, Report> {
        try await AnalysisAnswer(self) {
            var report = try await store.arbitrage(on: date, symbols: symbols, settings: settings)
            let found = report.candidates.count
            report.candidates = Array(report.candidates.prefix(k))
            return Report(report: report, found: found)
        }
    }
}

/// Spreads, condors, covered calls, puts and calendars of a day, ranked.
package struct ScreenRequest: StoreRequest, Encodable {
    package var strategy: Strategy
    package var by: StrategyMeasure
    package var date: Day
    /// All when empty.
    package var symbols: [String]
    package var k: Int
    package var min_days: Int
    package var max_days: Int
    package var min_volume: Int
    package var min_open_interest: Int

    package init(
        strategy: Strategy, by: StrategyMeasure, date: Day, symbols: [String], k: Int, days: ClosedRange<Int>, leastVolume: Int,
        leastOpenInterest: Int
    ) {
        self.strategy = strategy
        self.by = by
        self.date = date
        self.symbols = symbols
        self.k = k
        (min_days, max_days) = (days.lowerBound, days.upperBound)
        min_volume = leastVolume
        min_open_interest = leastOpenInterest
    }

    package init(_ reader: inout RequestReader) throws {
        strategy = try reader.choice("strategy", "The strategy.", default: nil)
        by = try reader.choice("by", "The measure that ranks them.", default: StrategyMeasure.returnOnRisk)
        date = try reader.day("date", "The day whose quotes count.")
        symbols = try reader.symbols("symbols", "Underlyings; all when absent.")
        k = try reader.count("k", "Number of results.", 1...1000, default: 20)
        min_days = try reader.count("min_days", "Fewest days to expiry.", 0...4000, default: 1)
        max_days = try reader.count("max_days", "Most days to expiry.", 0...4000, default: 60)
        min_volume = try reader.count("min_volume", "Least volume of every leg.", 0...1_000_000_000, default: 0)
        min_open_interest = try reader.count("min_open_interest", "Least open interest of every leg.", 0...1_000_000_000, default: 0)
        guard min_days <= max_days else { throw RequestError("'min_days' \(min_days) is more than 'max_days' \(max_days)", kind: .unsupported) }
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, ScreenReport> {
        try await AnalysisAnswer(self) {
            var settings = ScreenSettings()
            settings.days = min_days...max_days
            settings.leastVolume = min_volume
            settings.leastOpenInterest = min_open_interest
            return try await store.screen(StrategyScreen(strategy, by: by, settings: settings), on: date, symbols: symbols, k: k)
        }
    }
}

/// Unusual option trading of a day.
package struct FlowRequest: StoreRequest, Encodable {
    package var date: Day
    /// All when empty.
    package var symbols: [String]
    package var k: Int
    package var min_volume: Int

    package init(date: Day, symbols: [String], k: Int, leastVolume: Int) {
        self.date = date
        self.symbols = symbols
        self.k = k
        min_volume = leastVolume
    }

    package init(_ reader: inout RequestReader) throws {
        date = try reader.day("date", "The day whose volume counts.")
        symbols = try reader.symbols("symbols", "Underlyings; all when absent.")
        k = try reader.count("k", "Number of events.", 1...1000, default: 20)
        min_volume = try reader.count("min_volume", "Least volume of a contract.", 0...1_000_000_000, default: 100)
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, FlowReport> {
        try await AnalysisAnswer(self) {
            var detector = FlowDetector()
            detector.leastVolume = min_volume
            return try await store.unusualFlow(on: date, symbols: symbols, limit: k, detector: detector)
        }
    }
}

/// Change points of an underlying's state, and kinds of its days.
package struct RegimesRequest: StoreRequest, Encodable {
    package var symbol: String
    package var sensitivity: Double
    package var clusters: Int
    /// The store's last day when `nil`.
    package var as_of: Day?

    package init(symbol: String, sensitivity: Double, clusters: Int, asOf: Day?) {
        self.symbol = symbol
        self.sensitivity = sensitivity
        self.clusters = clusters
        as_of = asOf
    }

    package init(_ reader: inout RequestReader) throws {
        symbol = try reader.symbol("symbol", "The ticker.")
        sensitivity = try reader.number("sensitivity", "Standard errors that a change needs.", 0.1...100, default: 2)
        clusters = try reader.count("clusters", "Number of kinds of days.", 1...50, default: 4)
        as_of = try reader.optionalDay("as_of", "Last day that counts; the store's last when absent.")
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, RegimeReport> {
        try await AnalysisAnswer(self) {
            var detector = RegimeDetector()
            detector.sensitivity = sensitivity
            detector.clusters = clusters
            return try await store.regimes(of: symbol, through: as_of, detector: detector)
        }
    }
}

/// Earlier days like a day, and what followed them.
package struct AnalogsRequest: StoreRequest, Encodable {
    package var symbol: String
    package var date: Day
    package var k: Int

    package init(symbol: String, date: Day, k: Int) {
        self.symbol = symbol
        self.date = date
        self.k = k
    }

    package init(_ reader: inout RequestReader) throws {
        symbol = try reader.symbol("symbol", "The ticker.")
        date = try reader.day("date", "The day to compare with.")
        k = try reader.count("k", "Number of days.", 1...1000, default: 10)
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, AnalogReport> {
        try await AnalysisAnswer(self) { try await store.analogs(of: symbol, like: date, k: k) }
    }
}

/// Greeks, exposures and scenarios of positions.
package struct RiskRequest: StoreRequest, Encodable {
    package var positions: [Position]
    package var date: Day
    package var rate: Double

    package init(positions: [Position], date: Day, rate: Double) {
        self.positions = positions
        self.date = date
        self.rate = rate
    }

    package init(_ reader: inout RequestReader) throws {
        positions = try reader.objects(
            "positions", "Contracts, by OCC symbol, or shares, by ticker; a negative quantity is sold.", 1...10_000,
            item: [
                "type": "object", "required": ["contract", "quantity"], "additionalProperties": false,
                "properties": [
                    "contract": ["type": "string", "minLength": 1, "maxLength": 40],
                    "quantity": ["type": "number", "minimum": -1_000_000_000_000, "maximum": 1_000_000_000_000, "not": ["const": 0]],
                ],
            ]
        ) { value in
            guard case .object(let members) = value else { throw RequestError("it must be an object with contract and quantity") }
            if let unknown = members.keys.filter({ !["contract", "quantity"].contains($0) }).min() {
                throw RequestError("there is no member '\(unknown.prefix(64))'; the members are contract, quantity")
            }
            guard let name = value["contract"]?.string, let quantity = value["quantity"]?.double else {
                throw RequestError("it must have a contract, which is a text, and a quantity, which is a number")
            }
            return try Position(named: name, quantity: quantity)
        }
        date = try reader.day("date", "The day whose prices count.")
        rate = try reader.number("rate", "Annual rate, such as 0.02.", -1...1, default: 0)
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, RiskReport> {
        try await AnalysisAnswer(self) {
            var analysis = RiskAnalysis()
            analysis.rate = rate
            return try await store.risk(of: positions, on: date, analysis: analysis)
        }
    }
}

extension Position: Encodable {
    /// - Parameters:
    ///   - name: an OCC symbol, or a ticker for shares.
    ///   - quantity: negative if sold.
    /// - Throws: `RequestError`.
    package init(named name: String, quantity: Double) throws(RequestError) {
        guard quantity.isFinite, quantity != 0, quantity.magnitude <= 1e12 else {
            throw RequestError("the quantity of '\(name.prefix(40))' must be a number other than 0, not \(quantity)")
        }
        guard (1...40).contains(name.unicodeScalars.count) else { throw RequestError("a contract must be a text of 1 to 40 characters") }
        guard name.contains(where: \.isNumber) else {
            self.init(symbol: name.uppercased(), quantity: quantity)
            return
        }
        do {
            let contract = try OptionContract(parsing: name)
            self.init(contract: contract, symbol: contract.root, quantity: quantity)
        } catch {
            throw RequestError("\(error)")
        }
    }

    private enum CodingKeys: String, CodingKey { case contract, quantity }

    /// As a request names it: `{"contract": "AAPL140621C00650000", "quantity": -2}`, with the ticker for shares.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(contract?.description ?? symbol, forKey: .contract)
        try box.encode(quantity, forKey: .quantity)
    }
}

/// The state of an underlying by day.
package struct MeasuresRequest: StoreRequest, Encodable {
    /// The days, and the last of them.
    package struct Report: Encodable, Sendable {
        package var as_of: Day?
        package var results: [NameDay]
    }

    package var symbol: String
    package var from: Day?
    package var to: Day?

    package init(symbol: String, from: Day?, to: Day?) {
        self.symbol = symbol
        self.from = from
        self.to = to
    }

    package init(_ reader: inout RequestReader) throws {
        symbol = try reader.symbol("symbol", "The ticker.")
        from = try reader.optionalDay("from", "First day; the first with quotes when absent.")
        to = try reader.optionalDay("to", "Last day; the last with quotes when absent.")
        if let from, let to, from > to { throw RequestError("'from' \(from) is after 'to' \(to)", kind: .unsupported) }
    }

    package func answer(from store: Store) async throws -> AnalysisAnswer<Self, Report> {
        try await AnalysisAnswer(self) {
            let days = try await store.measures(of: symbol, from: from, to: to)
            return Report(as_of: days.last?.date, results: days)
        }
    }
}
