import Descriptions
import Foundation
public import MarketData
import Questions

/// One row that answers a question. Encodes to the object that `tapedeck search --json` prints.
public struct SearchResult: Sendable, Encodable {
    /// The place of the row in the source.
    public struct Source: Sendable, Encodable {
        public var key: String
        /// The header is line 1.
        public var line: Int
    }

    /// The contract's OCC symbol, for options; `symbol` names a stock.
    public var contract: String?
    public var symbol: String?
    public var underlying: String
    /// `call`, `put` or `stock`.
    public var kind: String
    public var expiration: Day?
    public var quoteDate: Day
    public var year: Int
    /// Calendar days.
    public var daysToExpiry: Int?
    /// Cosine between question and description, of the only model, or of the first one requested.
    public var similarity: Float
    public var similarities: [String: Float]
    /// The row's stored numbers by the `output` names of `OptionRows.columns` and `StockRows.columns`, in the columns' units;
    /// missing ones are absent.
    public var numbers: [String: Double]
    /// Recomputed from the implied volatility and the underlying's close.
    public var delta: Double?
    /// The numbers that results are sorted by, by their names in JSON: `{"theta": -0.05}`.
    public var measures: [String: Double]
    public var description: String
    /// The question's constraints that the row meets, and those it does not.
    public var satisfies: [String]
    public var misses: [String]
    public var source: Source

    /// Dollars.
    public var strike: Double? { numbers["strike"] }
    /// Dollars.
    public var bid: Double? { numbers["bid"] }
    public var ask: Double? { numbers["ask"] }
    /// Contracts, or shares.
    public var volume: Int64? { numbers["volume"].map { Int64($0) } }
    public var openInterest: Int? { numbers["open_interest"].map { Int($0) } }
    /// Solved from the mid if both sides are quoted and a solution exists, otherwise the vendor's. 1.0 = 100 %.
    public var impliedVolatility: Double? { numbers["implied_volatility"] }
    /// Dollars, unadjusted; of a stock row its own close.
    public var underlyingClose: Double? { numbers["underlying_close"] }

    /// All output names; whether the numbers are whole.
    private static let outputs: [String: Bool] = {
        func list<Rows>(_ columns: [RowColumn<Rows>]) -> [(String, Bool)] {
            columns.compactMap { column in
                guard let name = column.output else { return nil }
                if case .float = column.values { return (name, false) }
                return (name, column.unit != .thousandthsOfDollar)
            }
        }
        return Dictionary(list(OptionRows.columns) + list(StockRows.columns)) { first, _ in first }
    }()

    /// Missing numbers become `null`, so that every result has the same keys; only `contract` or `symbol` is absent.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: MemberName.self)
        try box.encodeIfPresent(contract, forKey: MemberName("contract"))
        try box.encodeIfPresent(symbol, forKey: MemberName("symbol"))
        try box.encode(underlying, forKey: MemberName("underlying"))
        try box.encode(kind, forKey: MemberName("kind"))
        try box.encode(expiration, forKey: MemberName("expiration"))
        try box.encode(quoteDate, forKey: MemberName("quote_date"))
        try box.encode(year, forKey: MemberName("year"))
        try box.encode(daysToExpiry, forKey: MemberName("days_to_expiry"))
        try box.encode(similarity, forKey: MemberName("similarity"))
        try box.encode(similarities, forKey: MemberName("similarities"))
        for (name, isWhole) in Self.outputs {
            if isWhole {
                try box.encode(numbers[name].map { Int64($0) }, forKey: MemberName(name))
            } else {
                try box.encode(numbers[name], forKey: MemberName(name))
            }
        }
        try box.encode(delta, forKey: MemberName("delta"))
        if !measures.isEmpty { try box.encode(measures, forKey: MemberName("measures")) }
        try box.encode(description, forKey: MemberName("description"))
        try box.encode(satisfies, forKey: MemberName("satisfies"))
        try box.encode(misses, forKey: MemberName("misses"))
        try box.encode(source, forKey: MemberName("source"))
    }
}
