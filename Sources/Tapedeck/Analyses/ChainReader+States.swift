import Analyses
import Archive
import Descriptions
import Foundation
import MarketData
import Queries

extension ChainReader {
    /// Sessions that trading is compared with.
    private static let trailing = 20

    // MARK: Flow

    /// The trading of a day with that of the 20 sessions before.
    func flow(_ day: Day, _ symbols: [String]) async throws -> [FlowDay] {
        try await check(day)
        let first = Self.calendar.session(Self.trailing, before: day)
        let rows = try await base.optionRows(try numbers(of: symbols), first...day, columns: Self.quoteColumns).rows
        let sessions = Self.calendar.sessions(in: first...day.adding(days: -1))
        let places = Dictionary(uniqueKeysWithValues: sessions.enumerated().map { ($1.rawValue, $0) })
        let byTicker = Dictionary(grouping: rows.key.indices) { DescriptionKey(rawValue: rows.key[$0]).ticker }
        return byTicker.sorted { $0.key < $1.key }.compactMap { ticker, members -> FlowDay? in
            var past: [ContractKey: [Int]] = [:]
            var totals = [Int](repeating: -1, count: sessions.count)
            var strikes: Set<Int32> = []
            var today: [Int] = []
            for row in members {
                guard let place = places[rows.quoteDate[row]] else {
                    if rows.quoteDate[row] == day.rawValue { today.append(row) }
                    continue
                }
                strikes.insert(rows.strike[row])
                let volume = Int(rows.volume[row])
                past[ContractKey(rows, row), default: [Int](repeating: -2, count: sessions.count)][place] = volume
                if volume >= 0 { totals[place] = max(0, totals[place]) + volume }
            }
            guard !today.isEmpty else { return nil }
            let contracts = today.compactMap { row -> FlowContract? in
                guard let quote = quote(rows, row) else { return nil }
                let close = rows.underlyingClose[row].asDecimal
                // Leaves out sessions before the listing; later sessions without a row are unknown.
                let volumes = (past[ContractKey(rows, row)] ?? []).drop { $0 == -2 }.map { max(-1, $0) }
                return FlowContract(
                    quote: quote, delta: Self.delta(quote, close, day), trailing: Array(volumes),
                    isNewStrike: !strikes.isEmpty && past[ContractKey(rows, row)] == nil && !strikes.contains(rows.strike[row]))
            }
            let close = today.map { rows.underlyingClose[$0].asDecimal }.first { !$0.isNaN } ?? .nan
            return FlowDay(underlying: base.name(ofTicker: ticker), day: day, close: close, contracts: contracts, trailing: totals)
        }
    }

    private static func delta(_ quote: OptionQuote, _ close: Double, _ day: Day) -> Double {
        guard close > 0, quote.impliedVolatility > 0, day < quote.expiry else { return .nan }
        return BlackScholes(
            kind: quote.kind, spot: close, strike: quote.strike, years: BlackScholes.years(from: day, to: quote.expiry),
            volatility: quote.impliedVolatility, rate: Double(OptionDescriber.rate), dividendYield: Double(OptionDescriber.dividendYield)
        ).greeks.delta
    }

    // MARK: States

    /// The state of an underlying by session: what regimes and analog days compare.
    /// - Parameter last: closes of later days are unknown, and splits after it do not count; all days when `nil`.
    func states(of symbol: String, through last: Day?) async throws -> StateSeries {
        let days = try await base.nameDays(of: symbol)
        let bars = try await base.barHistory().contexts(symbol: symbol)
        let names = ["iv30", "term_slope", "skew25", "put_call_volume", "put_call_oi", "hv20", "return"]
        let byDay = Dictionary(uniqueKeysWithValues: bars.map { ($0.day, $0) })
        // Closes, adjusted for splits to the basis of the last day.
        var factor = 1.0
        var adjusted: [Day: Double] = [:]
        for bar in bars.reversed() where last.map({ bar.day <= $0 }) ?? true {
            adjusted[bar.day] = bar.close.asDecimal * factor
            if let ratio = bar.suspectedSplit { factor /= Double(ratio) }
        }
        return StateSeries(
            names: names, days: days.map(\.date),
            values: days.map { day in
                names.map { name in
                    name == "return" ? byDay[day.date]?.move.map(Double.init) ?? .nan : day.values[name] ?? .nan
                }
            }, closes: days.map { adjusted[$0.date] ?? .nan })
    }

    /// The state of all underlyings together by session. Closes are those of an index of all of them with equal weights, 100 before the first.
    /// - Parameter last: as in `states(of:through:)`.
    func marketStates(through last: Day?) async throws -> StateSeries {
        let days = try await base.marketDays()
        let names = ["iv30", "term_slope", "skew25", "put_call_volume", "put_call_oi", "hv20", "return", "breadth"]
        var index = 100.0
        var closes: [Double] = []
        for day in days {
            index *= 1 + (day.values["return"] ?? 0)
            closes.append(last.map { day.date <= $0 } ?? true ? index : .nan)
        }
        return StateSeries(
            names: names, days: days.map(\.date), values: days.map { day in names.map { day.values[$0] ?? .nan } }, closes: closes)
    }

    // MARK: Positions

    /// Positions with the market of a day. Contracts without a quote have no numbers.
    func positions(_ positions: [Position], on day: Day) async throws -> [RiskPosition] {
        try await check(day)
        let known = Set(base.tickers)
        let symbols = Set(positions.map(\.symbol)).filter(known.contains)
        let rows =
            symbols.isEmpty ? OptionRows() : try await base.optionRows(try numbers(of: symbols.sorted()), day...day).rows
        var quotes: [OptionContract: (quote: OptionQuote, close: Double)] = [:]
        for row in rows.key.indices {
            guard let quote = quote(rows, row) else { continue }
            quotes[quote.contract] = (quote, rows.underlyingClose[row].asDecimal)
        }
        let history = try await base.barHistory()
        return positions.map { position in
            let context = history.context(symbol: position.symbol, day: day)
            let found = position.contract.flatMap { quotes[$0] }
            let spot = found?.close ?? context.map { $0.close.asDecimal } ?? .nan
            return RiskPosition(
                contract: position.contract, underlying: position.symbol, quantity: position.quantity, spot: spot,
                volatility: found?.quote.impliedVolatility ?? .nan, mid: position.contract == nil ? spot : found?.quote.mid ?? .nan,
                dailyDeviation: context?.realisedVolatility.map { Double($0) / 252.0.squareRoot() } ?? .nan)
        }
    }
}
