import Foundation
import MarketData
import Portfolio
import Testing

/// Recorded runs of the original backtest: ../shared/data/original-backtest.
enum OriginalRuns {
    static let folder = "../shared/data/original-backtest/backtests"
    static let areHere = FileManager.default.fileExists(atPath: folder)
    static let absence = "the original's runs are not here"

    static func load(_ name: String) throws -> [String: Any] {
        let text = try String(contentsOfFile: "\(folder)/\(name).json", encoding: .utf8).replacing("NaN", with: "\"nan\"")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    static let names = [
        "A_filter_nocache", "B_filter_cache_partial", "D_nofilter_5d", "F_nosubset_20d", "G_trials", "H_wf_cls", "J_ensemble", "K_ragged",
        "L_ragged_noprices", "O_wf_wrong_edges", "Q_nan_price",
    ]
}

@Suite("The original's rules")
struct OriginalRulesTests {
    /// Predictions and later prices are those that the original recorded; draws, cuts, rankings, capital and figures are ours.
    @Test(.enabled(if: OriginalRuns.areHere, "\(OriginalRuns.absence)"), arguments: OriginalRuns.names)
    func recordedRunsAreRepeated(name: String) throws {
        let run = try OriginalRuns.load(name)
        let arguments = try #require(run["args"] as? [String: Any])
        let horizon = [1, 5, 10, 20][try #require(arguments["horizon_idx"] as? Int)]
        let seed = try #require(arguments["seed"] as? Int), size = try #require(arguments["subset_size"] as? Int)
        let percentile = try #require(arguments["confidence_percentile"] as? Double), topK = try #require(arguments["top_k"] as? Int)
        for (number, trial) in try #require(run["trials"] as? [[String: Any]]).enumerated() {
            let days = try #require(trial["days"] as? [[String: Any]]), dates = try #require(trial["trading_dates"] as? [String])
            let results = try #require(trial["results"] as? [String: Any])
            let history = try #require(results["trade_history"] as? [[String: Any]])
            #expect(OriginalRules.rebalanceDays(dates, horizon: horizon) == days.map { $0["date"] as? String })
            let subsets = days.compactMap { $0["subset"] as? [String] }
            // The pool is the union of all draws: every ticker is drawn at some time.
            let pool = Set(subsets.joined()).sorted()
            var random = PythonRandom(seed: seed + number)
            var capital = 100_000.0
            var trades: [OriginalRules.Trade] = []
            for (index, day) in days.enumerated() {
                let subset = size < pool.count ? random.sample(pool, size) : pool
                #expect(subset == subsets[index], "\(name), \(index)")
                guard let predictions = day["predictions"] as? [[Double]], !predictions.isEmpty else { continue }
                let selected = try #require(day["selected"] as? [[Any]])
                let allowed = day["allowed"] as? [String]
                let known = Dictionary(uniqueKeysWithValues: selected.compactMap { row in (row[0] as? String).map { ($0, row[3]) } })
                // Without a filter, the record does not show which drawn tickers were predicted; their confidence does.
                let names: [String]
                if let allowed {
                    let set = Set(allowed)
                    names = subset.filter { set.contains($0) }
                } else if subset.count == predictions.count {
                    names = subset
                } else {
                    let drawn = try #require(day["candidates"] as? [String] ?? subset)
                    names = drawn.count == predictions.count ? drawn : (0..<predictions.count).map { "unknown \($0)" }
                }
                guard !names.contains(where: { $0.hasPrefix("unknown") }) else { return }
                let candidates = zip(names, predictions).map { name, values in
                    OriginalRules.Candidate(
                        ticker: name, expectedValue: Float(values[0]), confidence: Float(values[1]), price: known[name] as? Double ?? 1)
                }
                let chosen = try OriginalRules.select(candidates, percentile: percentile, topK: topK)
                #expect(chosen.map(\.ticker) == selected.compactMap { $0[0] as? String }, "\(name), \(index)")
                let recorded = try #require(history[trades.count]["stocks"] as? [[String: Any]])
                let later = Dictionary(
                    uniqueKeysWithValues: recorded.compactMap { stock in (stock["ticker"] as? String).map { ($0, stock["sell_price"]) } })
                let trade = OriginalRules.trade(
                    chosen, on: try #require(Day(iso: day["date"] as? String ?? "")), capital: capital, last: try #require(candidates.last)
                ) { ticker in
                    let price = later[ticker] ?? nil
                    return price as? Double ?? (price as? String == "nan" ? .nan : nil)
                }
                let returned = history[trades.count]["capital_returned"]
                // Foundation reads numbers to 15 digits.
                let expected = returned as? Double
                #expect(expected.map { abs(trade.returned / $0 - 1) < 1e-13 } ?? trade.returned.isNaN, "\(name), \(index)")
                let logged = try #require(recorded[0]["expected_return"] as? Double)
                #expect(abs(trade.holdings[0].loggedExpectedValue - logged) < 1e-13)
                capital = trade.returned
                trades.append(trade)
            }
            let outcome = OriginalRules.Outcome(initialCapital: 100_000, trades: trades), metrics = outcome.metrics
            func near(_ value: Double, _ key: String) {
                guard let expected = results[key] as? Double else {
                    #expect(value.isNaN, "\(name): \(key)")
                    return
                }
                #expect(abs(value - expected) <= 1e-9 * max(1, abs(expected)), "\(name): \(key) \(value), not \(expected)")
            }
            near(metrics.finalCapital, "final_capital")
            near(metrics.totalReturnPercent, "total_return_pct")
            near(Double(metrics.trades), "num_trades")
            near(metrics.winRate, "win_rate")
            near(metrics.averageReturnPercent, "avg_return_pct")
            near(metrics.deviationPercent, "std_return_pct")
            near(metrics.sharpe(horizon: horizon), "sharpe_ratio")
            near(metrics.maxDrawdownPercent, "max_drawdown_pct")
        }
    }

    @Test func aPercentileOfOneFailsAsInTheOriginal() {
        let candidates = [OriginalRules.Candidate(ticker: "A", expectedValue: 1, confidence: 0.5, price: 1)]
        #expect(throws: BacktestError.self) { try OriginalRules.select(candidates, percentile: 1, topK: 1) }
        #expect((try? OriginalRules.select(candidates, percentile: 0.99, topK: 1))?.count == 1)
    }
}
