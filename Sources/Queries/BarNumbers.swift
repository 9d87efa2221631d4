import Descriptions
import MarketData
import Questions

/// What the stored bars say of underlyings on a day: moves, gaps, ranges, realised volatility. From that day and earlier ones
/// only.
final class BarNumbers {
    static let fields: Set<Field> = [.move, .absoluteMove, .gap, .range, .trend, .drawdown, .relativeVolume, .hv20]

    private let history: BarHistory
    private let tickers: [String]
    private var contexts: [UInt64: UnderlyingContext?] = [:]

    /// - Parameter tickers: names by the numbers in keys.
    init(history: BarHistory, tickers: [String]) {
        self.history = history
        self.tickers = tickers
    }

    /// - Returns: `nil` when it is none of `fields`.
    func numbers(_ field: Field, keys: [DescriptionKey], days: [Int32]) -> [Double]? {
        guard Self.fields.contains(field) else { return nil }
        return zip(keys, days).map { key, day in
            guard let context = context(key.ticker, day) else { return .nan }
            let value: Float? =
                switch field {
                case .move: context.move
                case .absoluteMove: context.move.map(abs)
                case .gap: context.gap
                case .range: context.range
                case .trend: context.trend
                case .drawdown: context.drawdown
                case .relativeVolume: context.relativeVolume
                case .hv20: context.realisedVolatility
                default: nil
                }
            return value.map(Double.init) ?? .nan
        }
    }

    private func context(_ ticker: UInt32, _ day: Int32) -> UnderlyingContext? {
        let place = UInt64(ticker) << 32 | UInt64(UInt32(bitPattern: day))
        if let known = contexts[place] { return known }
        let context = Int(ticker) < tickers.count ? history.context(symbol: tickers[Int(ticker)], day: Day(rawValue: day)) : nil
        contexts[place] = .some(context)
        return context
    }
}
