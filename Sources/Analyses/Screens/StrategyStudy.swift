public import MarketData

/// The return of a strategy at a horizon.
public struct StrategyOutcome: Codable, Hashable, Sendable {
    /// Sessions ahead.
    public var horizon: Int
    /// The status of the first leg without an exit, otherwise of the first leg.
    public var status: OutcomeStatus
    /// The session of the exit: the horizon's, or the last trading day of the first expiry before it.
    public var exit_date: Day
    /// Dollars per share after fees; `nil` without an exit of every leg.
    public var profit: Double?
    /// Profit over the strategy's maximum loss.
    public var profit_on_risk: Double?
}

/// Follows strategies after their entry: all legs are closed at executable sides on the session of the horizon, or when the first of them
/// expires.
public struct StrategyStudy: Sendable {
    /// Sessions ahead.
    public var horizons = [1, 5, 10, 20]
    /// Dollars per contract, for each option entered, and for each closed before it expires.
    public var feePerContract = 0.65
    public var calendar = TradingCalendar.unitedStates

    public init() {}

    /// - Parameters:
    ///   - strategy: a result of a screen.
    ///   - legs: the options of the strategy with their later quotes.
    /// - Returns: an outcome for each horizon, ascending.
    public func outcomes(of strategy: StrategyResult, legs: [OutcomeCase]) -> [StrategyOutcome] {
        let options = strategy.legs.filter { $0.contract != nil }
        let cases = Dictionary(legs.map { ($0.quote.contract, $0) }) { first, _ in first }
        let last = options.compactMap { $0.contract?.lastTradingDay }.min() ?? strategy.quote_date
        // The longest horizon not after the first expiry.
        let longest = last > strategy.quote_date ? calendar.sessionCount(in: strategy.quote_date.adding(days: 1)...last) : 0
        return Set(horizons.filter { $0 > 0 }).sorted().map { horizon in
            outcome(of: strategy, options, cases, horizon: horizon, sessions: max(1, min(horizon, longest)))
        }
    }

    private func outcome(
        of strategy: StrategyResult, _ options: [StrategyLeg], _ cases: [OptionContract: OutcomeCase], horizon: Int, sessions: Int
    ) -> StrategyOutcome {
        var result = StrategyOutcome(
            horizon: horizon, status: .noLaterQuote, exit_date: calendar.session(sessions, after: strategy.quote_date), profit: nil,
            profit_on_risk: nil)
        var profit = 0.0
        var status: OutcomeStatus?
        var close: Double?
        for leg in options {
            guard let contract = leg.contract, let one = cases[contract] else { return result }
            var study = OutcomeStudy()
            study.horizons = [sessions]
            study.side = leg.side == .buy ? .buy : .sell
            study.samples = 0
            study.calendar = calendar
            guard let outcome = study.run([one]).results.first else { return result }
            result.exit_date = outcome.exit_date
            status = status ?? outcome.status
            guard let exit = outcome.exit else {
                result.status = outcome.status
                return result
            }
            let isClosed = outcome.status == .quoted || outcome.status == .noBid
            profit += (leg.side == .buy ? exit - leg.price : leg.price - exit) - (isClosed ? feePerContract / 100 : 0)
            close = one.later.first { $0.day == outcome.exit_date }?.close ?? close
        }
        for leg in strategy.legs where leg.contract == nil {
            guard let close, close > 0 else { return result }
            profit += leg.side == .buy ? close - leg.price : leg.price - close
        }
        // Fees of the entry.
        profit -= feePerContract / 100 * Double(options.count)
        result.status = status ?? .noLaterQuote
        result.profit = profit
        result.profit_on_risk = strategy.max_loss > 0 ? profit / strategy.max_loss : nil
        return result
    }
}
