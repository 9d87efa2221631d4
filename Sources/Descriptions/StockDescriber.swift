public import MarketData

/// Turns a stock's session, in the context of those before it, into description keys.
public struct StockDescriber: Sendable {
    private let lexicon: Lexicon
    /// The category of a suspected split day, which has no number.
    private let splitCode: UInt8

    public init(lexicon: Lexicon) {
        self.lexicon = lexicon
        splitCode = UInt8(lexicon[.underlyingMove].categories.count)
    }

    /// The key of a bar.
    /// - Parameter context: if `nil`, the key has only ticker and kind.
    public func key(ticker: UInt32, context: UnderlyingContext?) -> DescriptionKey {
        var key = DescriptionKey(ticker: ticker, kind: .stock)
        guard let context else { return key }
        key[.underlyingMove] = moveCode(context)
        key[.regime] = code(context.volatilityPercentile, .regime)
        key[.gap] = code(context.gap, .gap)
        key[.range] = code(context.range, .range)
        key[.relativeVolume] = code(context.relativeVolume, .relativeVolume)
        key[.trend] = code(context.trend, .trend)
        key[.drawdown] = code(context.drawdown, .drawdown)
        key[.realisedVolatility] = code(context.realisedVolatility, .realisedVolatility)
        return key
    }

    /// Values that the options on a stock share on that day.
    public func underlying(_ context: UnderlyingContext) -> OptionDescriber.Underlying {
        OptionDescriber.Underlying(
            close: context.close, moveCode: moveCode(context), regimeCode: code(context.volatilityPercentile, .regime))
    }

    private func moveCode(_ context: UnderlyingContext) -> UInt8 {
        context.suspectedSplit == nil ? code(context.move, .underlyingMove) : splitCode
    }

    private func code(_ value: Float?, _ attribute: Attribute) -> UInt8 {
        value.map { lexicon.code(of: $0, in: attribute) } ?? 0
    }
}
