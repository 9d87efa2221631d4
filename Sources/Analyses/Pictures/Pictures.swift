public import Drawing
import Foundation
import MarketData

extension RiskReport {
    /// The portfolio's profit by move and volatility. `nil` without a priced position.
    public var heatMap: HeatMap? {
        guard !positions.isEmpty else { return nil }
        let moves = Set(scenarios.map(\.sigmas)).sorted()
        let changes = Set(scenarios.map(\.volatility_change)).sorted()
        let profits = Dictionary(scenarios.map { ([$0.sigmas, $0.volatility_change], $0.profit) }) { first, _ in first }
        func signed(_ value: Double) -> String {
            let text = value == value.rounded() ? "\(Int(abs(value)))" : "\(abs(value))"
            return (value > 0 ? "+" : value < 0 ? "−" : "") + text
        }
        return HeatMap(
            title: "Profit by scenario, \(as_of)", rowLabel: "implied volatility", columnLabel: "move of every underlying, daily standard deviations",
            rows: changes.map { "\(signed(($0 * 1000).rounded() / 10)) %" }, columns: moves.map(signed),
            values: changes.map { change in moves.map { profits[[$0, change]] ?? .nan } }, format: .dollars)
    }
}

extension StrategyResult {
    /// Profit by the price of the underlying: at the first expiry, and at once; each option at its present volatility.
    /// - Parameter rate: annual, as the screen used.
    public func payoffChart(rate: Double = 0, fees: Double = 0) -> Chart {
        let strikes = legs.compactMap(\.strike)
        let low = 0.9 * min(underlying_close, strikes.min() ?? underlying_close)
        let high = 1.1 * max(underlying_close, strikes.max() ?? underlying_close)
        let first = legs.compactMap { $0.contract?.lastTradingDay }.min() ?? quote_date
        let cost = legs.reduce(0) { $0 + ($1.side == .buy ? $1.price : -$1.price) } + fees
        func value(_ spot: Double, on day: Day) -> Double {
            legs.reduce(-cost) { sum, leg in
                var price = spot
                if let contract = leg.contract {
                    price =
                        BlackScholes(
                            kind: contract.kind, spot: spot, strike: contract.strike,
                            years: BlackScholes.years(from: day, to: contract.lastTradingDay), volatility: leg.implied_volatility ?? volatility ?? 0,
                            rate: rate
                        ).price
                }
                return sum + (leg.side == .buy ? price : -price)
            }
        }
        // Kinks are at strikes.
        let spots = (Array(stride(from: low, through: high, by: (high - low) / 120)) + strikes).sorted()
        func series(_ name: String, _ mark: Chart.Mark, _ day: Day) -> Chart.Series {
            Chart.Series(name, mark, spots.map { (x: $0, y: value($0, on: day)) })
        }
        var chart = Chart(
            title: "\(name) on \(underlying), \(quote_date)", x: Axis("price of \(underlying)", .dollars),
            y: Axis("profit per share", .dollars, includesZero: true), series: [series("at \(first)", .line, first)])
        if volatility != nil { chart.series.append(series("at once", .dashedLine, quote_date)) }
        chart.rules = [(underlying_close, "close")] + breakevens.map { ($0, "break-even") }
        return chart
    }
}

extension OutcomeReport {
    /// Executable returns at a horizon, in twenty classes from −100 % to the 98th percentile; higher ones fall into the last.
    public func histogram(horizon: Int) -> Chart {
        let returns = results.filter { $0.horizon == horizon }.compactMap(\.executable_return).sorted()
        var chart = Chart(
            title: "Returns over \(horizon) sessions, \(returns.count) outcomes", x: Axis("executable return", .percent), y: Axis("outcomes"),
            series: [])
        guard let least = returns.first else { return chart }
        let most = max(returns[Int(Double(returns.count - 1) * 0.98)], least + 0.01)
        let width = (most - least) / 20
        var counts = [Int](repeating: 0, count: 20)
        for value in returns { counts[min(19, Int((value - least) / width))] += 1 }
        chart.series = [Chart.Series("", .bars, counts.enumerated().map { (x: least + (Double($0) + 0.5) * width, y: Double($1)) })]
        chart.rules = summary.first { $0.horizon == horizon }?.distribution.median.map { [($0, "median")] } ?? []
        return chart
    }
}

extension RegimeReport {
    /// A component over time, shaded by label, with a line at each change point.
    /// - Parameter name: of the series' components; the first when it has no such.
    public func timeline(of series: StateSeries, _ name: String? = nil, format: Axis.Format = .number) -> Chart {
        let component = name.flatMap { series.names.firstIndex(of: $0) } ?? 0
        let known = series.through(as_of)
        let points = known.days.indices.map { row -> (x: Double, y: Double?) in
            let value = component < known.names.count ? known.values[row][component] : .nan
            return (Double(known.days[row].rawValue), value.isNaN ? nil : value)
        }
        let label = component < series.names.count ? series.names[component] : ""
        var chart = Chart(
            title: "Regimes through \(as_of)", x: Axis("session", .days), y: Axis(label, format), series: [Chart.Series(label, .line, points)])
        for regime in regimes {
            chart.series.append(
                Chart.Series(
                    "kind \(regime.label)", .shading,
                    days.indices.map { (x: Double(days[$0].rawValue), y: labels[$0] == regime.label ? 1 : nil) }))
        }
        chart.rules = change_points.map { (Double($0.day.rawValue), "") }
        return chart
    }
}

extension QuoteFilter.Accepted {
    /// Implied volatilities of out-of-the-money options by strike, a series for each of the nearest expiries.
    public func skewChart(expiries: Int = 4) -> Chart {
        let days = Set(quotes.map(\.expiry)).sorted().prefix(expiries)
        let series = days.map { expiry in
            let points = quotes.filter {
                $0.expiry == expiry && $0.impliedVolatility > 0 && ($0.kind == .put ? $0.strike < close : $0.strike >= close)
            }.sorted { $0.strike < $1.strike }.map { (x: $0.strike, y: Double?.some($0.impliedVolatility)) }
            return Chart.Series("\(expiry)", .line, points)
        }
        var chart = Chart(
            title: "Implied volatility of \(underlying), \(day)", x: Axis("strike", .dollars), y: Axis("implied volatility", .percent),
            series: Array(series))
        if close > 0 { chart.rules = [(close, "close")] }
        return chart
    }

    /// At-the-money implied volatility by days to expiry.
    public var termStructureChart: Chart {
        let slices = ExpirySlice.slices(self, ScreenSettings(), days: 1...3650).filter { !$0.volatility.isNaN }
        let points = slices.map { (x: Double($0.days), y: Double?.some($0.volatility)) }.sorted { $0.x < $1.x }
        return Chart(
            title: "Term structure of \(underlying), \(day)", x: Axis("calendar days to expiry"),
            y: Axis("implied volatility at the money", .percent), series: [Chart.Series("", .line, points), Chart.Series("", .dots, points)])
    }
}
