import Backtest
import Foundation
import MarketData
import Monitoring
import Portfolio

/// Backtests for people.
enum BacktestPrinter {
    private static func percent(_ value: Double?, _ digits: Int = 2) -> String { value.map { Numbers.fixed($0 * 100, digits) + " %" } ?? "–" }

    static func print(_ result: BacktestResult) {
        func figure(_ name: String) -> Double? { result.metrics[name].flatMap { $0 } }
        let settings = result.settings
        if result.simulated == true { Swift.print("Simulated data: these figures say nothing about any market.") }
        let first = result.equity.first?.date.description ?? "–", last = result.equity.last?.date.description ?? "–"
        Swift.print(
            "\(first) to \(last): \(result.trades.count) trades of up to \(settings["top_k"] ?? "") stocks for \(settings["horizon"] ?? "") sessions, "
                + "\(settings["subset_size"] ?? "") of \(settings["pool"] ?? "") tickers drawn each time")
        if result.rules == "original" { return printOriginal(result) }
        Swift.print(
            "total return \(percent(figure("total_return"))), CAGR \(percent(figure("cagr"))), Sharpe \(Numbers.optional(figure("sharpe"), 2))"
                + " (95 % interval \(Numbers.optional(figure("sharpe_low"), 2)) to \(Numbers.optional(figure("sharpe_high"), 2)))"
                + ", largest drawdown \(percent(figure("max_drawdown")))")
        Swift.print(
            "volatility \(percent(figure("volatility"))), Sortino \(Numbers.optional(figure("sortino"), 2)), trades that gained "
                + "\(percent(figure("win_rate"), 0)), turnover \(percent(figure("turnover"), 0)) a fill, exposure \(percent(figure("exposure"), 0))")
        let tried = Int(figure("trials") ?? 1)
        Swift.print(
            "Sharpe above 0 with probability \(Numbers.optional(figure("probabilistic_sharpe"), 3))"
                + (tried > 1 ? ", given \(tried) trials \(Numbers.optional(figure("deflated_sharpe"), 3))" : "")
                + (figure("break_even_cost_bps").map { "; breaks even at costs of \(Numbers.fixed($0, 1)) basis points per side" }
                    ?? "; loses even without costs"))
        var table = TextTable([("portfolio", .left), ("return", .right), ("Sharpe", .right), ("drawdown", .right), ("turnover", .right)])
        table.add([
            "strategy", percent(figure("total_return")), Numbers.optional(figure("sharpe"), 2), percent(figure("max_drawdown")),
            percent(figure("turnover"), 0),
        ])
        for other in result.benchmarks {
            table.add([
                other.name, percent(other.metrics.total_return), Numbers.optional(other.metrics.sharpe, 2), percent(other.metrics.max_drawdown),
                percent(other.turnover, 0),
            ])
        }
        for level in result.costs where level.multiple != 1 {
            table.add([
                "strategy, costs x \(Int(level.multiple))", percent(level.total_return), Numbers.optional(level.sharpe, 2), "", "",
            ])
        }
        table.print()
        for quality in result.signal_quality where quality.days > 0 {
            Swift.print(
                "rank correlation with the next \(quality.horizon) sessions: \(Numbers.optional(quality.rank_ic, 3)) "
                    + "(t \(Numbers.optional(quality.ic_t, 1)), \(quality.days) days), best less worst fifth \(percent(quality.spread, 3))")
        }
        if let capacity = figure("capacity") {
            Swift.print(
                "capacity: $\(Numbers.grouped(Int(min(capacity, 1e15)))); beyond it, more than 5 % of the trades take over "
                    + "\(percent(settings["participation"].flatMap(Double.init), 0)) of a stock's daily volume")
        }
        printEnd(result)
        let certificate = result.certificate
        if let reason = certificate.reason { return Swift.print("look-ahead certificate: \(reason)") }
        Swift.print(
            "look-ahead certificate: \(certificate.passed ? "passed" : "FAILED") on \(certificate.checked_days.count) decisions, "
                + "\(Numbers.grouped(certificate.checked_windows)) windows"
                + (certificate.encoded_windows > 0 ? ", \(Numbers.grouped(certificate.encoded_windows)) encoded again" : ""))
        certificate.failures.forEach { Terminal.complain("look-ahead: \($0)") }
    }

    private static func printOriginal(_ result: BacktestResult) {
        func figure(_ name: String, _ digits: Int = 2) -> String { Numbers.optional(result.metrics[name].flatMap { $0 }, digits) }
        Swift.print(
            "total return \(figure("total_return_pct")) %, Sharpe \(figure("sharpe_ratio")), win rate \(figure("win_rate", 1)) %, largest drawdown "
                + "\(figure("max_drawdown_pct")) %, final capital \(figure("final_capital"))")
        printEnd(result)
    }

    private static func printEnd(_ result: BacktestResult) {
        for summary in result.trials where ["total_return", "sharpe", "total_return_pct", "sharpe_ratio"].contains(summary.figure) {
            Swift.print(
                "\(summary.figure) of \(result.trial_metrics.count) trials: mean \(Numbers.optional(summary.mean, 4)), "
                    + "\(Numbers.optional(summary.lowest, 4)) to \(Numbers.optional(summary.highest, 4)); trials share the days, so that this is "
                    + "the noise of the subsets alone")
        }
        let cache = result.cache
        Swift.print(
            "vectors: \(Numbers.grouped(cache.hits)) from the cache, \(Numbers.grouped(cache.encoded)) encoded in \(Numbers.duration(cache.encode_seconds))"
                + (cache.encode_seconds_saved.map { ", \(Numbers.duration($0)) saved" } ?? "")
                + (result.missing.isEmpty
                    ? ""
                    : "; without a vector: "
                        + result.missing.sorted { $0.key < $1.key }.map { "\(Numbers.grouped($0.value)) \($0.key)" }.joined(separator: ", ")))
    }

    static func print(_ result: BacktestSweep.Result) {
        let names = result.rows.first?.parameters.keys.sorted() ?? []
        var table = TextTable(
            names.map { ($0, .right) } + [
                ("return", .right), ("Sharpe", .right), ("deflated", .right), ("drawdown", .right), ("turnover", .right), ("trades", .right),
            ])
        for row in result.rows.prefix(50) {
            table.add(
                names.map { name in row.parameters[name].map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" } ?? "" } + [
                    percent(row.total_return), Numbers.optional(row.sharpe, 2), Numbers.optional(row.deflated_sharpe, 3), percent(row.max_drawdown),
                    percent(row.turnover, 0), "\(row.trades)",
                ])
        }
        table.print()
        if result.rows.count > 50 { Swift.print("and \(Numbers.grouped(result.rows.count - 50)) more; --json lists all") }
        Swift.print(
            "\(Numbers.grouped(result.sets)) parameter sets in \(Numbers.fixed(result.sweep_seconds, 2)) s after \(Numbers.fixed(result.load_seconds, 2)) s of "
                + "loading; the best of as many worthless sets would have a Sharpe ratio of about \(Numbers.fixed(result.expected_best_sharpe, 2))"
                + (result.backtest_overfitting.map { ", probability of backtest overfitting \(Numbers.fixed($0, 2))" } ?? ""))
    }
}
