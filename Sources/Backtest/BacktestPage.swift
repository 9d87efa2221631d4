import Base
import Drawing
import Foundation
import MarketData
import Portfolio

/// A backtest as one self-contained HTML page with charts.
public enum BacktestPage {
    public static func html(_ result: BacktestResult) -> String {
        let title = result.simulated == true ? "Backtest on simulated data" : "Backtest"
        var body = "<h1>\(title)</h1>\n"
        let first = result.equity.first?.date.description ?? "–", last = result.equity.last?.date.description ?? "–"
        body += "<p>\(first) to \(last), rules: \(result.rules.escapedForMarkup). \(result.trades.count) trades.</p>\n"
        if result.simulated == true { body += "<p class=\"warning\">Simulated data: these figures say nothing about any market.</p>\n" }
        for warning in result.warnings { body += "<p class=\"warning\">\(warning.escapedForMarkup)</p>\n" }
        var lines = [series(result, "strategy") { $0.value }]
        if result.equity.contains(where: { $0.benchmark != nil }) { lines.append(series(result, "equal-weight pool") { $0.benchmark }) }
        body += section("Value", Chart(title: "Value", x: Axis("", .days), y: Axis("dollars", .dollars), series: lines).svg)
        body += section(
            "Drawdown",
            Chart(
                title: "Drawdown", x: Axis("", .days), y: Axis("below the peak", .percent, includesZero: true),
                series: [series(result, "") { $0.drawdown }]
            ).svg)
        body += section("Figures", table(["figure", "value"], result.metrics.sorted { $0.key < $1.key }.map { [$0.key, number($0.value)] }))
        if !result.benchmarks.isEmpty {
            body += section(
                "Benchmarks of the same stocks, days and costs",
                table(
                    ["portfolio", "total return", "Sharpe", "largest drawdown", "turnover", "strategy is above"],
                    result.benchmarks.map {
                        [
                            $0.name, percent($0.metrics.total_return), number($0.metrics.sharpe), percent($0.metrics.max_drawdown),
                            percent($0.turnover),
                            $0.strategy_rank.map { percent($0) } ?? "",
                        ]
                    }))
        }
        if !result.costs.isEmpty {
            body += section(
                "Costs",
                table(
                    ["times", "buy, bps", "sell, bps", "total return", "Sharpe", "final capital"],
                    result.costs.map {
                        [
                            number($0.multiple), number($0.buy_bps), number($0.sell_bps), percent($0.total_return), number($0.sharpe),
                            number($0.final_capital),
                        ]
                    }))
        }
        if !result.signal_quality.isEmpty {
            body += section(
                "Predictions and what followed",
                table(
                    ["sessions", "days", "rank correlation", "t", "above 0", "fifths, lowest first", "spread", "turnover of the highest fifth"],
                    result.signal_quality.map { quality in
                        [
                            "\(quality.horizon)", "\(quality.days)", number(quality.rank_ic), number(quality.ic_t),
                            quality.positive_share.map { percent($0) } ?? "",
                            quality.quantile_returns.map { percent($0) }.joined(separator: ", "), quality.spread.map { percent($0) } ?? "",
                            quality.top_turnover.map { percent($0) } ?? "",
                        ]
                    }))
        }
        if !result.signal_decay.isEmpty {
            body += section(
                "Decay of the signal",
                table(
                    ["sessions after the fill", "days", "rank correlation"],
                    result.signal_decay.map { ["\($0.sessions)", "\($0.days)", number($0.rank_ic)] }))
        }
        if !result.trials.isEmpty {
            body += section(
                "Trials with other subsets",
                table(
                    ["figure", "mean", "median", "deviation", "lowest", "highest"],
                    result.trials.map {
                        [$0.figure, number($0.mean), number($0.median), number($0.deviation), number($0.lowest), number($0.highest)]
                    }))
        }
        body += months(result.monthly)
        let certificate = result.certificate
        body += section(
            "Look-ahead certificate",
            "<p>\(certificate.reason.map(\.escapedForMarkup) ?? (certificate.passed ? "Passed" : "Failed") + " on \(certificate.checked_days.count) decisions and \(certificate.checked_windows) windows, \(certificate.encoded_windows) of them encoded again.")</p>"
                + certificate.failures.map { "<p class=\"warning\">\($0.escapedForMarkup)</p>" }.joined())
        body += section(
            "Vectors",
            table(
                ["from the cache", "missed", "encoded", "seconds of encoding", "seconds saved", "bytes read"],
                [
                    [
                        "\(result.cache.hits)", "\(result.cache.misses)", "\(result.cache.encoded)", number(result.cache.encode_seconds),
                        number(result.cache.encode_seconds_saved), "\(result.cache.bytes_read)",
                    ]
                ]))
        body += section("Trades", tradeTable(result))
        body += section(
            "Settings",
            table(
                ["setting", "value"],
                (result.settings.merging(result.fingerprints) { left, _ in left }).sorted { $0.key < $1.key }.map { [$0.key, $0.value] }))
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>\(title)</title>
            <style>body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}
            table{border-collapse:collapse;font-size:13px}td,th{padding:2px 10px 2px 0;text-align:right;border-bottom:1px solid #ddd}
            td:first-child,th:first-child{text-align:left}.warning{background:#fff3d6;padding:.3em .6em}svg{width:100%;height:auto}
            .scroll{max-height:32em;overflow:auto}</style></head><body>
            \(body)</body></html>

            """
    }

    private static func section(_ title: String, _ content: String) -> String { "<h2>\(title)</h2>\n\(content)\n" }

    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        "<table><tr>" + header.map { "<th>\($0.escapedForMarkup)</th>" }.joined() + "</tr>"
            + rows.map { "<tr>" + $0.map { "<td>\($0.escapedForMarkup)</td>" }.joined() + "</tr>" }.joined(separator: "\n") + "</table>"
    }

    private static func cells(_ trade: BacktestResult.Trade, _ position: BacktestResult.Position) -> [String] {
        let gain = position.gain_probability.map { percent($0) } ?? ""
        let cluster = position.cluster.map { "\($0)" } ?? ""
        let cache = position.cache_hit.map { $0 ? "hit" : "miss" } ?? ""
        return [
            trade.date.description, trade.fill_date.description, position.ticker + (position.delisted ? " †" : ""),
            number(position.expected_return), gain, number(position.confidence), cluster, number(position.distance), cache,
            position.gross_return.map { percent($0) } ?? "",
        ]
    }

    private static func tradeTable(_ result: BacktestResult) -> String {
        "<div class=\"scroll\">"
            + table(
                ["decision", "fill", "stock", "expected", "probability of a gain", "confidence", "cluster", "distance", "cache", "return"],
                result.trades.flatMap { trade in
                    trade.positions.map { cells(trade, $0) }
                }) + "</div>"
    }

    private static func months(_ months: [MonthReturn]) -> String {
        guard !months.isEmpty else { return "" }
        let years = Set(months.map(\.year)).sorted()
        let map = HeatMap(
            title: "Returns by month", rowLabel: "year", columnLabel: "month", rows: years.map { "\($0)" }, columns: (1...12).map { "\($0)" },
            values: years.map { year in
                (1...12).map { month in months.first { $0.year == year && $0.month == month }?.value ?? .nan }
            }, format: .percent)
        return section("Months", map.svg)
    }

    private static func series(_ result: BacktestResult, _ name: String, _ value: (BacktestResult.EquityPoint) -> Double?) -> Chart.Series {
        Chart.Series(name, .line, result.equity.map { (x: Double($0.date.rawValue), y: value($0)) })
    }

    private static func percent(_ value: Double) -> String { String(format: "%.2f %%", value * 100) }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : String(format: abs(value) >= 1000 ? "%.2f" : "%.5g", value)
    }
}
