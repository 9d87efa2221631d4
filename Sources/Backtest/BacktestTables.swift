import Foundation
import Portfolio

/// A backtest as CSV files.
public enum BacktestTables {
    /// Names and texts: trades.csv (one line per position, of all trials), equity.csv, monthly.csv, metrics.csv.
    public static func files(_ result: BacktestResult) -> [(name: String, text: String)] {
        func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
        var trades =
            "trial,date,fill_date,exit_date,ticker,weight,buy_price,sell_price,expected_return,gain_probability,predicted_deviation,confidence,"
            + "gross_return,cluster,distance,cache_hit,delisted,stale\n"
        let runs = [(0, result.trades)] + result.trial_runs.map { ($0.trial, $0.trades) }
        for (trial, trade) in runs.flatMap({ trial, trades in trades.map { (trial, $0) } }) {
            for position in trade.positions {
                let fields: [String] = [
                    "\(trial)", "\(trade.date)", "\(trade.fill_date)", trade.exit_date.map { "\($0)" } ?? "", quoted(position.ticker),
                    "\(position.weight)",
                    "\(position.buy_price)", number(position.sell_price), "\(position.expected_return)",
                    number(position.gain_probability), number(position.predicted_deviation), number(position.confidence),
                    number(position.gross_return), position.cluster.map { "\($0)" } ?? "", number(position.distance),
                    position.cache_hit.map { "\($0)" } ?? "", "\(position.delisted)", "\(position.stale)",
                ]
                trades += fields.joined(separator: ",") + "\n"
            }
        }
        var equity = "date,value,drawdown,exposure,benchmark\n"
        for point in result.equity {
            equity += "\(point.date),\(number(point.value)),\(number(point.drawdown)),\(number(point.exposure)),\(number(point.benchmark))\n"
        }
        var monthly = "year,month,return\n"
        for month in result.monthly { monthly += "\(month.year),\(month.month),\(month.value)\n" }
        var metrics = "metric,value\n"
        for (name, value) in result.metrics.sorted(by: { $0.key < $1.key }) { metrics += "\(name),\(number(value))\n" }
        return [("trades.csv", trades), ("equity.csv", equity), ("monthly.csv", monthly), ("metrics.csv", metrics)]
    }

    /// RFC 4180.
    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
