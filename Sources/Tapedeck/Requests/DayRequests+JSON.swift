import Foundation
import Analyses
import MarketData
import Queries
import StrictJSON

extension ArbitrageRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let date = try reader.day("date", "Day of the quotes.")
        let symbols = try reader.symbols("symbols", "Underlyings; all when absent.")
        let k = try reader.count("k", "Number of candidates.", 1...1000, default: 20)
        var settings = ArbitrageSettings()
        if let rate = try reader.optionalNumber("rate", "Annual rate, such as 0.02; implied by the chain when absent.", -1...1) {
            settings.rate = .fixed(rate)
        }
        settings.feePerContract = try reader.number("fee", "Dollars per contract and leg.", 0...1000, default: settings.feePerContract)
        if let yield = try reader.optionalNumber("dividend_yield", "Highest annual dividend yield that a short seller may have to pay.", 0...1) {
            settings.dividends = .yield(yield)
        }
        let relativeValue = try reader.flag("relative_value", "Lists contracts whose volatility is out of line with that of similar options, too.")
        self.init(date: date, symbols: symbols, settings: settings, k: k, relativeValue: relativeValue)
    }
}

extension ScreenRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let strategy: Strategy = try reader.choice("strategy", "The strategy.", default: nil)
        let by = try reader.choice("by", "The measure that ranks them.", default: StrategyMeasure.returnOnRisk)
        let date = try reader.day("date", "Day of the quotes.")
        let symbols = try reader.symbols("symbols", "Underlyings; all when absent.")
        let k = try reader.count("k", "Number of results.", 1...1000, default: 20)
        let minDays = try reader.count("min_days", "Minimum days to expiry.", 0...4000, default: 1)
        let maxDays = try reader.count("max_days", "Maximum days to expiry.", 0...4000, default: 60)
        var settings = ScreenSettings()
        settings.leastVolume = try reader.count("min_volume", "Minimum volume of every leg.", 0...1_000_000_000, default: 0)
        settings.leastOpenInterest = try reader.count("min_open_interest", "Minimum open interest of every leg.", 0...1_000_000_000, default: 0)
        guard minDays <= maxDays else { throw RequestError("'min_days' \(minDays) is more than 'max_days' \(maxDays)", kind: .unsupported) }
        settings.days = minDays...maxDays
        self.init(StrategyScreen(strategy, by: by, settings: settings), date: date, symbols: symbols, k: k)
    }
}

extension FlowRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        self.init(
            date: try reader.day("date", "Day of the trading."),
            symbols: try reader.symbols("symbols", "Underlyings; all when absent."),
            minVolume: try reader.count("min_volume", "Minimum volume of a contract.", 0...1_000_000_000, default: 100),
            k: try reader.count("k", "Number of events.", 1...1000, default: 20),
            past: try reader.count("past", "Sessions to look back for events like each contract's; 0 for none.", 0...1000, default: 0))
    }
}

extension RegimesRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let symbol = try reader.optionalSymbol("symbol", "The ticker; all underlyings together when absent.")
        let asOf = try reader.optionalDay("as_of", "Last day to use; the store's last when absent.")
        let sensitivity = try reader.number("sensitivity", "Standard errors that a change must exceed.", 0.1...100, default: 2)
        let clusters = try reader.count("clusters", "Number of kinds of days.", 1...50, default: 4)
        let model = try reader.text("model", "Adds how far each day's trading is from that of the sessions before, by this model's vectors.")
        guard symbol != nil || model == nil else { throw RequestError("'model' needs 'symbol'", kind: .unsupported) }
        self.init(symbol: symbol, asOf: asOf, sensitivity: sensitivity, clusters: clusters, model: model)
    }
}

extension AnalogsRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        self.init(
            symbol: try reader.optionalSymbol("symbol", "The ticker; all underlyings together when absent."),
            date: try reader.day("date", "The day to compare with."),
            k: try reader.count("k", "Number of days.", 1...1000, default: 10),
            horizons: try reader.counts("horizons", "Sessions ahead.", 1...260, limit: 20, default: [1, 5, 10, 20]))
    }
}

extension RiskRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        let positions = try reader.objects(
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
        self.init(
            positions: positions, source: nil, date: try reader.day("date", "Day of the prices."),
            rate: try reader.number("rate", "Annual rate, such as 0.02.", -1...1, default: 0),
            analogs: try reader.count("analogs", "Earlier contracts to find for each position; 0 for none.", 0...1000, default: 0))
    }
}

extension Position: Encodable {
    /// Creates a position from a contract's or a stock's name.
    /// - Parameters:
    ///   - name: an OCC symbol, or a ticker for shares.
    ///   - quantity: negative if sold.
    /// - Throws: `RequestError` for an invalid name or quantity.
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

    /// Encodes as in a request: `{"contract": "AAPL140621C00650000", "quantity": -2}`. For shares, `contract` is the ticker.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(contract?.description ?? symbol, forKey: .contract)
        try box.encode(quantity, forKey: .quantity)
    }
}

extension MeasuresRequest: StoreRequest {
    package init(_ reader: inout RequestReader) throws {
        self.init(
            symbol: try reader.symbol("symbol", "The ticker."),
            from: try reader.optionalDay("from", "First day; the first with quotes when absent."),
            to: try reader.optionalDay("to", "Last day; the last with quotes when absent."))
        if let from, let to, from > to { throw RequestError("'from' \(from) is after 'to' \(to)", kind: .unsupported) }
    }
}
