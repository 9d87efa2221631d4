import MarketData

extension BlackScholesColumns {
    /// Prices and greeks of contracts for descriptions: at the rate and the dividend yield used to solve their volatilities. NaN if an
    /// input is missing, and from the expiry on. Conditions and the bounds of the description index use these, so they agree to the
    /// last bit.
    /// - Parameters:
    ///   - isPut: by contract; all columns have this length.
    ///   - closes: of the underlying, in dollars.
    ///   - strikes: in dollars.
    ///   - volatilities: 0.2 for 20 %.
    ///   - quoteDates, expiries: as `Day.rawValue`.
    package init(
        described isPut: [Bool], closes: [Double], strikes: [Double], volatilities: [Double], quoteDates: [Int32], expiries: [Int32]
    ) {
        self.init()
        let years = isPut.indices.map { row in
            quoteDates[row] < expiries[row] && strikes[row] > 0 && closes[row] > 0
                ? BlackScholes.years(from: Day(rawValue: quoteDates[row]), to: Day(rawValue: expiries[row])) : .nan
        }
        let kinds = isPut.map { ($0 ? OptionKind.put : .call).rawValue }
        compute(
            kinds: kinds.span, spots: closes.span, strikes: strikes.span, years: years.span, volatilities: volatilities.span,
            rate: Double(OptionDescriber.rate), dividendYield: Double(OptionDescriber.dividendYield))
    }
}
