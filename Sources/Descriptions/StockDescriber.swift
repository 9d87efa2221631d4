import MarketData

/// Turns a stock's bars into description keys, from the context of each session.
public struct StockDescriber: Sendable {
    private let lexicon: Lexicon

    public init(lexicon: Lexicon) { self.lexicon = lexicon }
}
