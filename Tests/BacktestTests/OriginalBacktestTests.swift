import Backtest
import Clusters
import Foundation
import Portfolio
import Testing
import TestSupport

/// The original's inputs and its recorded runs: ../shared/data/original-backtest.
enum Original {
    static let folder = "../shared/data/original-backtest"
    static let areHere = FileManager.default.fileExists(atPath: folder + "/backtests")
    static let absence = "the original's runs are not here"

    static func json(_ path: String) throws -> [String: Any] {
        let text = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8).replacing("NaN", with: "\"nan\"")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// A file `clusters.npz` of the recorded clusters, as scripts/export-clusters makes one of the pickles.
    static func writeClusters(_ name: String, to path: String) throws {
        let clusters = try json("\(name)/clusters.json")
        var files: [(name: String, bytes: [UInt8])] = []
        func table(_ key: String, _ array: String) throws {
            guard let rows = clusters[key] as? [[Double]] else { return }
            files.append((array + ".npy", npy(rows.flatMap { $0 }, "(\(rows.count), \(rows[0].count))")))
        }
        func list(_ key: String, _ array: String) {
            guard let values = clusters[key] as? [Double] else { return }
            files.append((array + ".npy", npy(values, "(\(values.count),)")))
        }
        try table("centroids", "centroids")
        list("scaler_mean", "scaler_mean")
        list("scaler_scale", "scaler_scale")
        list("pca_mean", "pca_mean")
        try table("pca_components", "pca_components")
        if let assignments = clusters["assignments"] as? [String: Int] {
            let keys = assignments.keys.sorted()
            files.append(("keys.npy", npy(keys)))
            files.append(("labels.npy", npy(keys.map { Double(assignments[$0] ?? 0) }, "(\(keys.count),)")))
        }
        try Data(zip(files)).write(to: URL(fileURLWithPath: path))
    }

    private static func npy(_ texts: [String]) -> [UInt8] {
        let width = texts.map(\.unicodeScalars.count).max() ?? 1
        let bytes = texts.flatMap { text in
            text.unicodeScalars.flatMap { little($0.value) } + [UInt8](repeating: 0, count: 4 * (width - text.unicodeScalars.count))
        }
        return npy("<U\(width)", "(\(texts.count),)") + bytes
    }

    private static func npy(_ values: [Double], _ shape: String) -> [UInt8] { npy("<f8", shape) + values.flatMap { little($0.bitPattern) } }

    private static func npy(_ type: String, _ shape: String) -> [UInt8] {
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
        header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(header.utf8.count)) + Array(header.utf8)
    }

    /// The configuration of a recorded run.
    static func configuration(_ run: [String: Any], in workplace: TemporaryFolder) throws -> BacktestConfiguration {
        let arguments = try #require(run["args"] as? [String: Any]), driver = try #require(run["driver"] as? [String])
        func text(_ key: String) throws -> String { try #require(arguments[key] as? String) }
        func number(_ key: String) throws -> Int { try #require(arguments[key] as? Int) }
        func input(_ name: String) -> String { "\(folder)/inputs/\(name)" }
        var configuration = BacktestConfiguration(data: input(try text("data")), model: input(try text("model")))
        if let models = arguments["ensemble_models"] as? [String] { configuration.models = models.map(input) }
        configuration.rules = .original
        // In one run it is missing.
        configuration.prices = input(try text("prices"))
        configuration.binEdges = input(try text("bin_edges"))
        configuration.poolSize = try number("num_test_stocks")
        configuration.subsetSize = try number("subset_size")
        configuration.selection.topK = try number("top_k")
        configuration.selection.horizon = try number("horizon_idx")
        configuration.selection.confidencePercentile = try #require(arguments["confidence_percentile"] as? Double)
        configuration.months = try number("test_months")
        configuration.rows = try number("seq_len")
        configuration.seed = try number("seed")
        configuration.trials = try number("num_trials")
        configuration.threads = 2
        if let clusters = arguments["cluster_dir"] as? String {
            configuration.clusters = workplace.file("\(clusters).npz")
            try writeClusters(clusters, to: workplace.file("\(clusters).npz"))
            configuration.bestClusters = "\(folder)/\(try text("best_clusters_file"))"
            configuration.selection.filter = driver.contains("--hard") ? .hard : .nearest(try #require(arguments["cluster_top_k_percent"] as? Double))
            let cache = input(try text("embeddings_cache"))
            // In the original's layout, or not there.
            configuration.caches = [cache]
        }
        return configuration
    }
}

@Suite("The original's backtests", .enabled(if: Original.areHere, "\(Original.absence)"))
struct OriginalBacktestTests {
    @Test(
        arguments: [
            "A_filter_nocache", "B_filter_cache_partial", "D_nofilter_5d", "F_nosubset_20d", "G_trials", "H_wf_cls", "J_ensemble", "K_ragged",
            "L_ragged_noprices", "O_wf_wrong_edges", "Q_nan_price",
        ])
    func areRepeatedTradeForTrade(name: String) async throws {
        let run = try Original.json("backtests/\(name).json"), workplace = try TemporaryFolder()
        let found = try await Backtest(try Original.configuration(run, in: workplace)).run()
        let trials = try #require(run["trials"] as? [[String: Any]])
        let results = try #require(trials[0]["results"] as? [String: Any])
        let history = try #require(results["trade_history"] as? [[String: Any]])
        #expect(found.trades.map(\.date.description) == history.map { $0["date"] as? String })
        for (trade, recorded) in zip(found.trades, history) {
            let stocks = try #require(recorded["stocks"] as? [[String: Any]])
            #expect(trade.positions.map(\.ticker) == stocks.map { $0["ticker"] as? String }, "\(name), \(trade.date)")
            for (position, stock) in zip(trade.positions, stocks) {
                // Foundation reads numbers to 15 digits: singles are the same.
                #expect(Float(position.buy_price) == (stock["buy_price"] as? Double).map { Float($0) })
                #expect(position.sell_price.map { Float($0) } == (stock["sell_price"] as? Double).map { Float($0) })
                let expected = try #require(stock["expected_return"] as? Double), confidence = try #require(stock["confidence"] as? Double)
                #expect(abs((position.logged_expected_return ?? .nan) - expected) < 1e-5)
                #expect(abs((position.confidence ?? .nan) - confidence) < 1e-5)
            }
        }
        for (number, trial) in trials.enumerated() {
            let results = try #require(trial["results"] as? [String: Any])
            for key in [
                "final_capital", "total_return_pct", "num_trades", "win_rate", "avg_return_pct", "std_return_pct", "sharpe_ratio", "max_drawdown_pct",
            ] {
                let value = try #require(found.trial_metrics[number][key])
                guard let expected = results[key] as? Double else {
                    #expect(value == nil, "\(name): \(key)")
                    continue
                }
                #expect(abs((value ?? .nan) - expected) <= 1e-9 * max(1, abs(expected)), "\(name): \(key)")
            }
        }
        if let statistics = trials[0]["cluster_filter_stats"] as? [String: Any] {
            #expect(found.filter["candidates"] == statistics["total_candidates"] as? Int)
            #expect(found.filter["passed"] == statistics["total_filtered"] as? Int)
            #expect(found.filter["days"] == statistics["total_days"] as? Int)
        }
    }

    @Test("rankings are those of analyze_clusters", arguments: ["clusters", "clusters_pca"])
    func rankings(name: String) throws {
        let workplace = try TemporaryFolder()
        try Original.writeClusters(name, to: workplace.file("clusters.npz"))
        let model = try ClusterFile.open(workplace.path)
        #expect(model.members.count == 240)
        var ranking = ClusterRanking()
        ranking.coverage = 0.3
        for table in try ClusterScoring.rank(model, prices: "\(Original.folder)/inputs/prices.h5", ranking, original: true) {
            let file = "\(Original.folder)/\(name)/"
            #expect(table.best == (try ClusterLists.readBest(file + "best_clusters_\(table.horizon)d.txt").ids))
            let expected = try String(contentsOfFile: file + "cluster_ranking_\(table.horizon)d.csv", encoding: .utf8).split(separator: "\n")
            let found = ClusterLists.csv(table).split(separator: "\n")
            #expect(found.count == expected.count && found[0] == expected[0])
            for (line, other) in zip(found, expected).dropFirst() {
                for (value, reference) in zip(line.split(separator: ","), other.split(separator: ",")) {
                    let (a, b) = (Double(value) ?? .nan, Double(reference) ?? .nan)
                    #expect(abs(a - b) <= 2e-5 * abs(b) + 1e-7, "\(table.horizon): \(line), not \(other)")
                }
            }
        }
    }

    @Test func aPercentileOfOneFailsAsTheOriginalDoes() async throws {
        let run = try Original.json("backtests/N_conf100.json"), workplace = try TemporaryFolder()
        let configuration = try Original.configuration(run, in: workplace)
        let error = await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
        #expect(error?.code == .originalFault)
    }
}
