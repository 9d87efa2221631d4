/// Every distinct part text of a store, and every ticker, each with a number that never changes.
///
/// A description is a tuple of part numbers; a part's vector is encoded once in the life of the store.
public struct PartsTable: Sendable {
    /// Means that the description has no such part.
    public static let none = UInt32.max

    /// Part texts by number.
    public private(set) var texts: [String] = []
    /// Tickers by number.
    public private(set) var tickers: [String] = []
    /// Vectors by model key: `texts.count` x dimension, row-major, L2-normalised.
    public internal(set) var vectors: [String: [Float]] = [:]
    private var numbers: [String: UInt32] = [:]
    private var tickerNumbers: [String: UInt32] = [:]

    public init() {}

    /// The number of a part text, or `nil` if the store does not have it.
    public func number(ofText text: String) -> UInt32? { numbers[text] }

    public func number(ofTicker ticker: String) -> UInt32? { tickerNumbers[ticker] }

    /// The number of a part text; a new text gets a new number.
    package mutating func intern(text: String) -> UInt32 {
        if let number = numbers[text] { return number }
        let number = UInt32(texts.count)
        texts.append(text)
        numbers[text] = number
        return number
    }

    package mutating func intern(ticker: String) -> UInt32 {
        if let number = tickerNumbers[ticker] { return number }
        let number = UInt32(tickers.count)
        tickers.append(ticker)
        tickerNumbers[ticker] = number
        return number
    }

    /// Adds the vectors of the parts that a model does not cover yet.
    package mutating func append(vectors new: [Float], model: String) { vectors[model, default: []] += new }
}
