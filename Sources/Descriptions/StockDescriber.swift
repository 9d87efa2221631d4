import MarketData

/// Turns a stock's session, in the context of those before it, into description keys.
public struct StockDescriber: Sendable {
    private let lexicon: Lexicon

    public init(lexicon: Lexicon) { self.lexicon = lexicon }

    /// The key of a bar.
    /// - Parameter context: `nil` leaves everything but ticker and kind out.
    public func key(ticker: UInt32, context: UnderlyingContext?) -> DescriptionKey {
        var key = DescriptionKey(ticker: ticker, kind: .stock)
        guard let context else { return key }
        key[.underlyingMove] = lexicon.code(of: context.move, in: .underlyingMove)
        return key
    }

    /// What the options on a stock share on that day.
    public func underlying(_ context: UnderlyingContext) -> OptionDescriber.Underlying {
        OptionDescriber.Underlying(
            close: context.close, moveCode: lexicon.code(of: context.move, in: .underlyingMove), regimeCode: 0)
    }
}
