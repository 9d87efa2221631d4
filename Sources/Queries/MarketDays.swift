import Descriptions
import Foundation
package import MarketData
import Measures
import Questions

extension SearchBase {
    /// The state of all underlyings together on a session.
    package struct MarketDay: Sendable {
        package var date: Day
        /// By the names of `NameDay.measures`, and `return` and `breadth`; unknown ones are absent.
        package var values: [String: Double]
    }

    /// The sessions of the store, ascending: medians over underlyings of volatility, term slope and skew, put/call ratios of the total
    /// volume and open interest, the mean return, and the share of underlyings that rose. Returns are adjusted for splits.
    package func marketDays() async throws -> [MarketDay] {
        let table = try await snapshot.chainTable()
        let rows = table.rows
        let days = DayNumbers(bars: try await snapshot.barHistory(), chains: table, tickers: tickers)
        let keys = rows.ticker.map { DescriptionKey(ticker: $0, kind: .call) }
        func numbers(_ field: Field) -> [Double] {
            days.numbers(field, keys: keys, days: rows.quoteDate) ?? [Double](repeating: .nan, count: rows.count)
        }
        let medians = [
            ("iv30", numbers(.iv30)), ("term_slope", numbers(.termSlope)), ("skew25", numbers(.skew)), ("hv20", numbers(.hv20)),
        ]
        let sums = [
            ("put_call_volume", numbers(.putVolume), numbers(.callVolume)),
            ("put_call_oi", numbers(.putOpenInterest), numbers(.callOpenInterest)),
        ]
        let moves = numbers(.move)
        return Dictionary(grouping: 0..<rows.count) { rows.quoteDate[$0] }.sorted { $0.key < $1.key }.map { day, members in
            var values: [String: Double] = [:]
            for (name, all) in medians {
                let known = members.map { all[$0] }.filter { !$0.isNaN }.sorted()
                if !known.isEmpty { values[name] = (known[(known.count - 1) / 2] + known[known.count / 2]) / 2 }
            }
            for (name, puts, calls) in sums {
                let (above, below) = (members.reduce(0) { $0 + puts[$1] }, members.reduce(0) { $0 + calls[$1] })
                if below > 0, above.isFinite { values[name] = above / below }
            }
            let known = members.map { moves[$0] }.filter { !$0.isNaN }
            if !known.isEmpty {
                values["return"] = known.reduce(0, +) / Double(known.count)
                values["breadth"] = Double(known.count { $0 > 0 }) / Double(known.count)
            }
            return MarketDay(date: Day(rawValue: day), values: values)
        }
    }
}
