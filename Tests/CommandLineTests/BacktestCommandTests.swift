import Foundation
import Testing
import TestSupport

/// The commands of clusters and backtests, on a simulated market.
struct BacktestCommandTests {
    let folder: TemporaryFolder
    let tool: Tool
    static let inputs = "--data market/features.h5 --prices market/prices.h5 --model market/model.safetensors"
    static let model = "--model-path market/model.safetensors --dataset-path market/features.h5 --prices market/prices.h5"

    init() throws {
        folder = try TemporaryFolder()
        tool = Tool(folder: folder)
    }

    func run(_ line: String) throws -> Tool.Outcome { try tool.shell("\"$TAPEDECK\" " + line) }

    func json(_ outcome: Tool.Outcome) throws -> [String: Any] {
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// Foundation's NSString ends the process when it is asked for the folder of such a name.
    @Test func namesOfOneCharacterAreNames() throws {
        let outcome = try run("backtest --data f --prices p --model m")
        #expect(outcome.status == 1 && outcome.errors.contains("f: "), "\(outcome)")
        #expect(try run("clusters rank --cluster-dir c --prices p").status == 1)
    }

    @Test func fromNothingToAReport() throws {
        let market = try run("simulate stocks --out market --tickers 30 --features 12 --hidden 32 --window 10 --start 2023-06-01 --end 2024-03-28")
        #expect(market.status == 0 && market.output.hasPrefix("simulated: 30 stocks"), "\(market)")
        #expect(try run("simulate stocks --out market").status == 1)
        let fitted = try json(
            run("clusters fit \(Self.model) --fitted-through 2023-12-29 --n-clusters 6 --samples-per-stock 20 --output-dir clusters --json"))
        #expect(fitted["clusters"] as? Int == 6 && fitted["fitted_through"] as? String ?? "" <= "2023-12-29")
        expectFailure(try run("clusters fit \(Self.model) --output-dir clusters"), naming: "clusters/clusters.h5", "--overwrite")
        let ranked = try run(
            "clusters rank --cluster-dir clusters --prices market/prices.h5 --min-members 3 --min-days 2 --top-k-percent-coverage 0.5")
        #expect(ranked.status == 0 && ranked.output.contains("5 sessions: "), "\(ranked)")
        #expect(try folder.text("clusters/cluster_ranking_5d.csv").hasPrefix("cluster_id,num_stocks,mean_return,"))
        #expect(try folder.text("clusters/best_clusters_5d.txt").hasPrefix("# Best clusters for 5-day horizon\n# Total: "))
        #expect(try run("clusters plot --cluster-dir clusters --output clusters.svg").status == 0)
        #expect(try folder.text("clusters.svg").hasSuffix("</svg>\n"))
        #expect(try run("cache build \(Self.model) --start 2024-01-02 --output-path cache.h5").status == 0)
        let assigned = try json(run("clusters assign --cluster-dir clusters --embeddings-cache cache.h5 --date 2024-01-31 --json"))
        #expect((assigned["assigned"] as? [Any])?.count ?? 0 > 20)

        let test =
            "backtest \(Self.inputs) --cluster-dir clusters --best-clusters-file clusters/best_clusters_5d.txt --cluster-top-k-percent 0.5 "
            + "--num-test-stocks 30 --subset-size 15 --start 2024-01-02 --top-k 3"
        let cached = try json(run(test + " --embeddings-cache cache.h5 --json --html report.html --csv csv --output result.json"))
        for key in ["trades", "equity", "metrics", "cache", "certificate"] { #expect(cached[key] != nil, "\(key)") }
        let cache = try #require(cached["cache"] as? [String: Any])
        #expect(cache["hits"] as? Int ?? 0 > 100 && cache["encoded"] as? Int == 0 && cache.keys.contains("misses"))
        #expect((cached["certificate"] as? [String: Any])?["passed"] as? Bool == true)
        let encoded = try json(run(test + " --json"))
        #expect(
            NSDictionary(dictionary: try #require(cached["metrics"] as? [String: Any]))
                == NSDictionary(dictionary: try #require(encoded["metrics"] as? [String: Any])))
        #expect(try folder.text("report.html").contains("</svg>"))
        #expect(try folder.text("csv/trades.csv").split(separator: "\n").count > 30)
        let shown = try run(test + " --embeddings-cache cache.h5")
        #expect(shown.output.hasPrefix("Simulated data") && shown.output.contains("look-ahead certificate: passed"), "\(shown)")
        let sweep = try json(run(test + " --embeddings-cache cache.h5 --sweep top-k=1,3 horizon=1,5 --json"))
        #expect(sweep["sets"] as? Int == 4)

        // Wrong inputs are named.
        expectFailure(try run("backtest \(Self.inputs) --cluster-dir clusters"), naming: "--best-clusters-file")
        expectFailure(try run(test + " --embeddings-cache none.h5"), naming: "none.h5")
        expectFailure(try run(test + " --sweep speed=3"), naming: "speed=3", "top-k")
        expectFailure(try run("backtest \(Self.inputs) --start 2031-01-01"), naming: "2031-01-01", "its sessions are 2023-06-01")
        expectFailure(try run("backtest --data market/features.h5 --model market/model.safetensors"), naming: "--prices")
    }

    @Test(arguments: [
        "backtest --data f.h5", "backtest --data f.h5 --model m.pt --horizon 3", "backtest --data f.h5 --model m.pt --horizon-idx 4",
        "backtest --data f.h5 --model m.pt --start 2024-02-30", "backtest --data f.h5 --model m.pt --cluster-mode off --cluster-top-k-percent 0.1",
        "clusters fit --model-path m.pt --dataset-path f.h5 --n-clusters 0", "clusters rank --cluster-dir c", "clusters assign --cluster-dir c",
        "simulate stocks",
    ])
    func wrongUsage(_ command: String) throws { expectFailure(try run(command), status: 2, naming: "--help' for more information") }
}
