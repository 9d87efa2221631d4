import Backtest
import Clusters
import EmbeddingCache
import Encoders
import Foundation
import HDF5
import MarketData
import Portfolio
import StockFeatures
import Testing
import TestSupport

/// A small simulated market with clusters.
final class SmallMarket: Sendable {
    let folder: TemporaryFolder

    init(seed: UInt64 = 3, tickers: Int = 24) async throws {
        folder = try TemporaryFolder()
        var stocks = SimulatedStocks()
        (stocks.tickers, stocks.seed, stocks.features, stocks.hidden, stocks.rows) = (tickers, seed, 12, 32, 10)
        (stocks.start, stocks.end) = (try Self.day("2023-06-01"), try Self.day("2024-03-28"))
        stocks.delistings = 0.3
        _ = try stocks.write(to: folder.file("market"))
        var fitting = ClusterFitting(data: data, model: model)
        (fitting.prices, fitting.clusters, fitting.samplesPerStock, fitting.starts) = (prices, 5, 20, 2)
        fitting.fittedThrough = try Self.day("2023-12-29")
        let clusters = try await fitting.run()
        try FileManager.default.createDirectory(atPath: folder.file("clusters"), withIntermediateDirectories: true)
        try ClusterFile.write(clusters, to: folder.file("clusters/clusters.h5"))
        var ranking = ClusterRanking()
        (ranking.leastMembers, ranking.leastDays, ranking.coverage) = (3, 2, 0.5)
        for table in try ClusterScoring.rank(clusters, prices: prices, ranking) {
            try folder.write(
                ClusterLists.best(table, digest: clusters.digest, through: fitting.fittedThrough), to: "clusters/best_clusters_\(table.horizon)d.txt")
        }
    }

    static func day(_ text: String) throws -> Day { try #require(Day(iso: text)) }

    var data: String { folder.file("market/features.h5") }
    var prices: String { folder.file("market/prices.h5") }
    var model: String { folder.file("market/model.safetensors") }

    func configuration(_ filter: SelectionRule.Filter = .nearest(0.5)) throws -> BacktestConfiguration {
        var configuration = BacktestConfiguration(data: data, model: model)
        configuration.prices = prices
        configuration.clusters = folder.file("clusters")
        configuration.bestClusters = folder.file("clusters/best_clusters_5d.txt")
        configuration.selection = SelectionRule(filter: filter, topK: 3, horizon: 0)
        (configuration.subsetSize, configuration.start, configuration.randomDraws) = (12, try Self.day("2024-01-02"), 5)
        return configuration
    }

    /// A cache of some of the days.
    func cache(_ name: String, through last: String, zeroed: [Int] = []) async throws -> String {
        let features = try FeatureFile(data)
        let builder = try CacheBuilder(
            features: features, encoder: try StockEncoder(path: model, precision: .f32, threads: 1), rows: 10, zeroedColumns: zeroed)
        var selection = CacheSelection()
        (selection.start, selection.end) = (try Self.day("2024-01-02"), try Self.day(last))
        let path = folder.file(name)
        _ = try await builder.run(try builder.plan(selection, prices: try PriceFile(prices)), to: path)
        return path
    }
}

@Suite("Backtests")
struct BacktestTests {
    /// Trades and equity, without the origin of vectors.
    private static func essence(_ result: BacktestResult) throws -> String {
        var result = result
        for trade in result.trades.indices {
            (result.trades[trade].cache_hits, result.trades[trade].cache_misses) = (nil, nil)
            for place in result.trades[trade].positions.indices { result.trades[trade].positions[place].cache_hit = nil }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(
            decoding: try encoder.encode(result.trades) + encoder.encode(result.equity) + encoder.encode(result.metrics)
                + encoder.encode(result.benchmarks) + encoder.encode(result.signal_quality), as: UTF8.self)
    }

    @Test func aCacheChangesNothing() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        let without = try await Backtest(configuration).run()
        #expect(without.trades.count > 30 && without.cache.hits == 0 && without.cache.encoded > 100)
        #expect(without.certificate.passed && without.certificate.checked_windows > 0, "\(without.certificate)")
        configuration.caches = [try await market.cache("half.h5", through: "2024-02-09")]
        let half = try await Backtest(configuration).run()
        #expect(half.cache.hits > 0 && half.cache.encoded > 0)
        configuration.caches = [try await market.cache("full.h5", through: "2024-03-28")]
        let full = try await Backtest(configuration).run()
        // Days without a row of features are no hits either.
        #expect(full.cache.hits > 300 && full.cache.encoded == 0 && full.certificate.passed, "\(full.cache)")
        #expect(Set(full.cache.misses_by_cause.keys).isSubset(of: ["no data", "short history"]))
        #expect(try Self.essence(without) == Self.essence(half))
        #expect(try Self.essence(without) == Self.essence(full))
        // Encoded vectors are in the cache for the next run.
        configuration.caches = [market.folder.file("half.h5")]
        let again = try await Backtest(configuration).run()
        #expect(again.cache.encoded == 0 && again.cache.hits == full.cache.hits)
        // Threads and batches change nothing.
        (configuration.caches, configuration.threads, configuration.batchSize) = ([], 2, 5)
        #expect(try Self.essence(without) == Self.essence(try await Backtest(configuration).run()))
    }

    @Test func everyTradeIsIndependent() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration(.hard)
        configuration.selection.horizon = 1
        let result = try await Backtest(configuration).run()
        let prices = try PriceFile(market.prices)
        for trade in result.trades {
            #expect(trade.fill_date > trade.date && trade.exit_date.map { $0 > trade.fill_date } ?? true)
            for position in trade.positions {
                let series = try prices.prices(of: position.ticker)
                let buy = try #require(series.index(of: trade.fill_date))
                #expect(Float(position.buy_price) == series.prices[buy])
                #expect(position.cluster != nil && position.distance ?? 0 > 0)
            }
            // Each stock has an expected return of its own.
            if trade.positions.count > 1 { #expect(Set(trade.positions.map(\.expected_return)).count == trade.positions.count) }
        }
        #expect(try #require(result.metrics["capacity"] ?? nil) > 0)
        #expect(result.simulated == true)
        let levels = result.costs.map(\.final_capital)
        #expect(levels[0] > levels[1] && levels[1] > levels[2])
        #expect(result.benchmarks.map(\.name) == ["equal-weight pool", "random 3, mean of 5", "momentum, 20 sessions", "filter off"])
        let page = BacktestPage.html(result)
        #expect(page.contains("<svg") && page.contains("Simulated data") && !page.contains("http://") || page.contains("xmlns"))
        let tables = BacktestTables.files(result)
        #expect(tables[1].text.split(separator: "\n").count == result.equity.count + 1)
    }

    @Test func clustersThatKnowTheFutureAreFound() async throws {
        let market = try await SmallMarket()
        var fitting = ClusterFitting(data: market.data, model: market.model)
        (fitting.prices, fitting.clusters, fitting.samplesPerStock, fitting.starts) = (market.prices, 5, 20, 1)
        fitting.fittedThrough = try SmallMarket.day("2024-03-28")
        let late = try await fitting.run()
        try ClusterFile.write(late, to: market.folder.file("late.h5"))
        var configuration = try market.configuration()
        configuration.clusters = market.folder.file("late.h5")
        // A list of other clusters is refused.
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
        configuration.bestClusters = try market.folder.write("0\n1\n", to: "best.txt")
        let result = try await Backtest(configuration).run()
        #expect(!result.certificate.passed && result.certificate.failures.contains { $0.contains("fitted on days through") })
        #expect(result.warnings.contains { $0.hasPrefix("look-ahead: the clusters") })
    }

    @Test func aCacheOfOtherFeaturesIsFound() async throws {
        let market = try await SmallMarket()
        let cache = try await market.cache("full.h5", through: "2024-03-28")
        var stocks = SimulatedStocks()
        (stocks.tickers, stocks.seed, stocks.features, stocks.hidden, stocks.rows) = (24, 99, 12, 32, 10)
        (stocks.start, stocks.end) = (try SmallMarket.day("2023-06-01"), try SmallMarket.day("2024-03-28"))
        _ = try stocks.write(to: market.folder.file("other"))
        var configuration = try market.configuration(.off)
        (configuration.data, configuration.caches) = (market.folder.file("other/features.h5"), [cache])
        let result = try await Backtest(configuration).run()
        #expect(!result.certificate.passed && result.certificate.failures.contains { $0.contains("another window") })
    }

    @Test func aPlantedLeakIsFound() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        configuration.certificateShare = 1
        let prepared = try await PreparedBacktest.load(configuration, holds: [1]) { _ in }
        let decisions = prepared.decisions(configuration.selection, trial: 0)
        #expect(try await prepared.certify(decisions, configuration.selection).certificate.passed)
        // Candidates that are known to trade at the fill.
        let leaky = try await prepared.certify(decisions, configuration.selection) { market, keys, session, sampler, size in
            PreparedBacktest.candidates(market, keys: keys, session: session, sampler: sampler, size: size)
                .filter { market.table.trades($0, session + 1) }
        }.certificate
        #expect(!leaky.passed && leaky.failures.contains { $0.contains("candidates") })
        // A decision that knows the next close.
        let winners = decisions.map { decision in
            let best = decision.tickers.sorted {
                let (left, right) = (Int($0), Int($1)), next = decision.session + 1
                return prepared.market.table.price(left, next) / prepared.market.table.price(left, next - 1)
                    > prepared.market.table.price(right, next) / prepared.market.table.price(right, next - 1)
            }
            return PortfolioSimulator.Decision(session: decision.session, tickers: Array(best.prefix(1)))
        }
        #expect(try await !prepared.certify(winners, configuration.selection).certificate.passed)
    }

    /// The certificate encodes again where nothing is cached, and on request where it is.
    @Test func certificatesRunTheModelAgain() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        let without = try await Backtest(configuration).run()
        #expect(without.certificate.passed && without.certificate.encoded_windows > 0)
        configuration.caches = [try await market.cache("full.h5", through: "2024-03-28")]
        let cached = try await Backtest(configuration).run()
        #expect(cached.certificate.passed && cached.certificate.encoded_windows == 0 && cached.cache.encode_seconds_saved == nil)
        configuration.certificateEncodes = true
        let again = try await Backtest(configuration).run()
        #expect(again.certificate.passed && again.certificate.encoded_windows > 0, "\(again.certificate)")
        // It reports the speed of the model, although the run encoded nothing.
        #expect(again.cache.encoded == 0 && again.cache.encode_seconds_saved ?? 0 > 0)
        #expect(try Self.essence(cached) == Self.essence(again))
    }

    /// A list ranked by prices of the test looks ahead.
    @Test func listsThatKnowTheFutureAreFound() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        let list = try market.folder.text("clusters/best_clusters_5d.txt")
        configuration.bestClusters = try market.folder.write(list.replacing("through 2023-12-29", with: "through 2024-02-15"), to: "late.txt")
        let result = try await Backtest(configuration).run()
        #expect(!result.certificate.passed && result.certificate.failures.contains { $0.contains("chosen by prices through 2024-02-15") })
        #expect(result.warnings.contains { $0.hasPrefix("look-ahead: the best clusters") })
        configuration.bestClusters = try market.folder.write(list.replacing("# through 2023-12-29\n", with: ""), to: "silent.txt")
        #expect(try await Backtest(configuration).run().warnings.contains { $0.contains("does not say through which day") })
    }

    @Test func inputOrderAndCacheLayoutChangeNothing() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        configuration.caches = [try await market.cache("full.h5", through: "2024-03-28")]
        let expected = try Self.essence(try await Backtest(configuration).run())
        // The same vectors in two files, the second first.
        let early = try await market.cache("early.h5", through: "2024-02-09")
        configuration.caches = [configuration.caches[0], early].reversed()
        #expect(try Self.essence(try await Backtest(configuration).run()) == expected)
        // Prices by ticker in the opposite order, and their days as well.
        let names = try PriceFile(market.prices).tickers
        let turned = try HDF5File(creating: market.folder.file("turned.h5"))
        for name in names.reversed() {
            let series = try PriceFile(market.prices).prices(of: name)
            let volumes = try #require(try PriceFile(market.prices).volumes(of: name))
            let group = try turned.root.createGroup(name)
            try group.createTexts("dates", series.days.reversed().map(\.description))
            try group.createDataset("close", type: .float32).append(Array(series.prices.reversed()))
            try group.createDataset("volume", type: .float32).append(Array(volumes.prices.reversed()))
        }
        try turned.close()
        configuration.prices = market.folder.file("turned.h5")
        #expect(try Self.essence(try await Backtest(configuration).run()) == expected)
        configuration.tickers = Array(names.reversed())
        #expect(try Self.essence(try await Backtest(configuration).run()) == expected)
    }

    /// Means of two models' predictions; the clusters are of the first model's vectors.
    @Test func severalModelsAreAveraged() async throws {
        let market = try await SmallMarket()
        var stocks = SimulatedStocks()
        (stocks.tickers, stocks.seed, stocks.features, stocks.hidden, stocks.rows) = (2, 77, 12, 48, 8)
        (stocks.start, stocks.end) = (try SmallMarket.day("2023-06-01"), try SmallMarket.day("2024-03-28"))
        _ = try stocks.write(to: market.folder.file("second"))
        let second = market.folder.file("second/model.safetensors")
        var configuration = try market.configuration(.hard)
        var singles: [BacktestResult] = []
        for model in [market.model, second] {
            var own = try market.configuration(.off)
            (own.models, own.selection.topK, own.clusters, own.bestClusters) = ([model], 12, nil, nil)
            singles.append(try await Backtest(own).run())
        }
        configuration.models = [market.model, second]
        (configuration.selection.topK, configuration.certificateShare) = (12, 0.1)
        configuration.selection.filter = .off
        let both = try await Backtest(configuration).run()
        #expect(both.certificate.passed && both.fingerprints["weights"]?.contains(",") == true)
        var compared = 0
        for trade in both.trades {
            for position in trade.positions {
                let each = singles.compactMap { single in
                    single.trades.first { $0.date == trade.date }?.positions.first { $0.ticker == position.ticker }?.expected_return
                }
                guard each.count == 2 else { continue }
                #expect(abs(position.expected_return - (each[0] + each[1]) / 2) < 1e-7)
                compared += 1
            }
        }
        #expect(compared > 100)
        // Each model has its own cache, identified by its weights; without one, its windows are encoded.
        configuration.caches = [try await market.cache("full.h5", through: "2024-03-28")]
        let cached = try await Backtest(configuration).run()
        #expect(cached.cache.hits > 0 && cached.cache.encoded > 0)
        #expect(try Self.essence(cached) == Self.essence(both))
        // Clusters are of the first model.
        configuration.selection.filter = .hard
        _ = try await Backtest(configuration).run()
        configuration.models.reverse()
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
        configuration.models = [market.model, market.model]
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
    }

    /// Columns that are set to 0 do not change vectors, whatever they hold.
    @Test func zeroedColumnsAreNotSeen() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration(.off)
        (configuration.clusters, configuration.bestClusters) = (nil, nil)
        let whole = try await Backtest(configuration).run()
        configuration.zeroedColumns = [3, 0]
        let zeroed = try await Backtest(configuration).run()
        #expect(try Self.essence(whole) != Self.essence(zeroed) && zeroed.settings["zero_columns"] == "0,3")
        // The same from a file whose columns hold something else.
        let file = try FeatureFile(market.data)
        let other = try HDF5File(creating: market.folder.file("other.h5"))
        for name in file.tickers {
            let own = try file.features(of: name), rows = 0..<own.days.count
            var values = try own.rows(rows).values(rows, width: own.width)
            for row in rows { for column in [0, 3] { values[row * own.width + column] = Float(row) - 7 } }
            let group = try other.root.createGroup(name)
            try group.createTexts("dates", own.days.map(\.description))
            try group.createDataset("features", type: .float32, columns: own.width, storage: .uncompressed(chunkRows: own.days.count)).append(values)
        }
        try other.close()
        configuration.data = market.folder.file("other.h5")
        #expect(try Self.essence(try await Backtest(configuration).run()) == Self.essence(zeroed))
        // A cache of whole rows has other vectors; one with zeroed columns records which.
        configuration.data = market.data
        configuration.caches = [try await market.cache("full.h5", through: "2024-03-28")]
        await #expect(throws: CacheError.self) { try await Backtest(configuration).run() }
        configuration.caches = [try await market.cache("zeroed.h5", through: "2024-03-28", zeroed: [0, 3])]
        configuration.zeroedColumns = nil
        let cached = try await Backtest(configuration).run()
        #expect(try Self.essence(cached) == Self.essence(zeroed) && cached.cache.encoded == 0)
        (configuration.caches, configuration.zeroedColumns) = ([], [12])
        await #expect(throws: CacheError.self) { try await Backtest(configuration).run() }
    }

    @Test func sessionsMayBeGiven() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration(.off)
        let usual = try await Backtest(configuration).run()
        // Every other session of the year.
        configuration.calendar = usual.equity.map(\.date).enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        let given = try await Backtest(configuration).run()
        #expect(given.equity.map(\.date) == configuration.calendar.map { Array($0.prefix(given.equity.count)) })
        // Order and repetitions do not matter.
        configuration.calendar = configuration.calendar.map { ($0 + $0).reversed() }
        #expect(try Self.essence(try await Backtest(configuration).run()) == Self.essence(given))
        configuration.calendar = [try SmallMarket.day("1999-01-04")]
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
    }

    /// A ticker with two prices for a day is left out and counted.
    @Test func unreadablePricesAreCounted() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration(.off)
        #expect(try await Backtest(configuration).run().failed_share == 0)
        let file = try PriceFile(market.prices)
        let broken = try HDF5File(creating: market.folder.file("broken.h5"))
        for (number, name) in file.tickers.enumerated() {
            let series = try file.prices(of: name), group = try broken.root.createGroup(name)
            try group.createTexts("dates", series.days.enumerated().map { number == 3 && $0 == 1 ? series.days[0].description : $1.description })
            try group.createDataset("prices", type: .float32).append(series.prices)
        }
        try broken.close()
        configuration.prices = market.folder.file("broken.h5")
        let result = try await Backtest(configuration).run()
        #expect(result.failed_share == 1 / Double(file.tickers.count) && result.warnings.contains { $0.contains("two prices on") })
        #expect(result.trades.allSatisfy { trade in !trade.positions.contains { $0.ticker == file.tickers[3] } })
        // Without volumes there is no capacity.
        #expect(result.metrics["capacity"] == .some(nil))
    }

    /// The formula on a course that can be followed by hand: everything in one stock, bought once and sold once.
    @Test func capacityIsAShareOfTheVolume() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration(.off)
        (configuration.participation, configuration.costs) = (0.1, TradingCosts(buy: 0, sell: 0))
        let file = try PriceFile(market.prices)
        var found: (ticker: String, result: BacktestResult)?
        for ticker in file.tickers where found == nil {
            configuration.tickers = [ticker]
            // Some stocks lack a day of features.
            guard let result = try? await Backtest(configuration).run(), result.trades.allSatisfy({ $0.positions.count == 1 }) else { continue }
            found = (ticker, result)
        }
        let (ticker, result) = try #require(found)
        let (prices, volumes) = (try file.prices(of: ticker), try #require(try file.volumes(of: ticker)))
        // With one ticker, its days are the sessions.
        func limit(_ decision: Day, _ value: Double) throws -> Double {
            let last = try #require(prices.index(of: decision))
            let dollars = (last - 19...last).map { Double(prices.prices[$0]) * Double(volumes.prices[$0]) }
            return 0.1 * dollars.reduce(0, +) / 20 / (value / configuration.capital)
        }
        let (first, last) = (try #require(result.trades.first), try #require(result.trades.last))
        let limits = try [limit(first.date, configuration.capital), limit(last.date, try #require(result.equity.last?.value))].sorted()
        let capacity = try #require(result.metrics["capacity"] ?? nil)
        #expect(abs(capacity - (limits[0] + 0.05 * (limits[1] - limits[0]))) < 1e-6 * capacity)
    }

    @Test func everyTrialHasItsTrades() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        configuration.trials = 3
        let result = try await Backtest(configuration).run()
        #expect(result.trial_runs.map(\.trial) == [1, 2])
        for (run, metrics) in zip(result.trial_runs, result.trial_metrics.dropFirst()) {
            #expect(run.equity.last?.value == metrics["final_capital"].flatMap { $0 })
            #expect(
                run.trades.count == result.trades.count && run.trades.map(\.positions.first?.ticker) != result.trades.map(\.positions.first?.ticker))
        }
        #expect(result.trades.allSatisfy { ($0.cache_hits ?? 0) + ($0.cache_misses ?? 0) == 12 })
        let lines = BacktestTables.files(result)[0].text.split(separator: "\n")
        #expect(Set(lines.dropFirst().map { $0.prefix(2) }) == ["0,", "1,", "2,"])
        #expect(result.signal_decay.map(\.sessions) == [1, 2, 3, 5, 10, 15, 20] && result.signal_decay.allSatisfy { $0.rank_ic != nil })
        // With one session held, the signal's decay begins with its quality.
        #expect(result.signal_decay[0].rank_ic == result.signal_quality[0].rank_ic)
    }

    @Test func theEdgesBehaveAsDocumented() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        // An empty list: nobody would pass.
        configuration.bestClusters = try market.folder.write("# none\n", to: "empty.txt")
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
        // A list that names no such cluster.
        configuration.bestClusters = try market.folder.write("5\n", to: "wrong.txt")
        await #expect(throws: ClusterError.self) { try await Backtest(configuration).run() }
        // One ticker.
        configuration = try market.configuration(.off)
        let ticker = try #require(try PriceFile(market.prices).tickers.first)
        configuration.tickers = [ticker]
        let alone = try await Backtest(configuration).run()
        #expect(alone.trades.allSatisfy { $0.positions.allSatisfy { $0.ticker == ticker } })
        configuration.tickers = ["NOPE"]
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
        // No session.
        configuration = try market.configuration(.off)
        configuration.start = try SmallMarket.day("2030-01-01")
        await #expect(throws: BacktestError.self) { try await Backtest(configuration).run() }
        // Percentiles of 0 and 1.
        configuration = try market.configuration(.off)
        configuration.selection.confidencePercentile = 1
        let confident = try await Backtest(configuration).run()
        #expect(confident.trades.allSatisfy { $0.positions.count <= 1 })
        #expect(confident.warnings.contains { $0.contains("confidence head was never trained") })
    }

    @Test func vectorsMayBeReduced() async throws {
        let market = try await SmallMarket()
        var fitting = ClusterFitting(data: market.data, model: market.model)
        (fitting.prices, fitting.clusters, fitting.samplesPerStock, fitting.starts, fitting.components) = (market.prices, 5, 20, 2, 4)
        fitting.fittedThrough = try SmallMarket.day("2023-12-29")
        let model = try await fitting.run()
        let axes = try #require(model.projection).components
        #expect(model.spaceDimension == 4 && model.dimension == 32)
        for i in 0..<4 {
            for j in 0...i {
                let product = (0..<32).reduce(0.0) { $0 + Double(axes[i * 32 + $1]) * Double(axes[j * 32 + $1]) }
                #expect(abs(product - (i == j ? 1 : 0)) < 1e-5)
            }
        }
        // The same again, and nothing after the day.
        let again = try await fitting.run()
        #expect(again.centroids == model.centroids && again.members == model.members)
        let limit = try SmallMarket.day("2023-12-29")
        #expect(model.members.allSatisfy { $0.day.map { $0 <= limit } ?? false })
        fitting.components = 32
        await #expect(throws: BacktestError.self) { try await fitting.run() }
    }

    @Test func trialsDrawOtherSubsets() async throws {
        let market = try await SmallMarket()
        var configuration = try market.configuration()
        configuration.trials = 3
        let result = try await Backtest(configuration).run()
        #expect(result.trial_metrics.count == 3)
        #expect(Set(result.trial_metrics.compactMap { $0["final_capital"].flatMap { $0 } }).count == 3)
        let summary = try #require(result.trials.first { $0.figure == "total_return" })
        #expect(try #require(summary.interval_low) < #require(summary.mean))
        // The first trial is the run without trials.
        configuration.trials = 1
        let single = try await Backtest(configuration).run()
        #expect(single.metrics["final_capital"] == result.metrics["final_capital"])
    }

    @Test func sweepsAreRunsSideBySide() async throws {
        let market = try await SmallMarket()
        let configuration = try market.configuration()
        let axes = try [BacktestSweep.Axis("top-k=1,3"), .init("horizon=1,5"), .init("cost-bps=0,10"), .init("cluster-top-k-percent=0.25,0.5")]
        let sweep = try await BacktestSweep(configuration, axes: axes).run()
        #expect(sweep.sets == 16 && sweep.rows.count == 16)
        for row in sweep.rows {
            var own = configuration
            own.selection.topK = Int(row.parameters["top-k"] ?? 0)
            own.selection.horizon = row.parameters["horizon"] == 1 ? 0 : 1
            own.selection.filter = .nearest(row.parameters["cluster-top-k-percent"] ?? 0)
            let cost = row.parameters["cost-bps"] ?? 0
            (own.costs, own.randomDraws, own.certificateShare) = (TradingCosts(buy: cost, sell: cost), 0, 0)
            guard row.parameters["cost-bps"] == 10, row.parameters["top-k"] == 3 else { continue }
            let single = try await Backtest(own).run()
            #expect(single.metrics["total_return"] == .some(.some(row.total_return)))
        }
        #expect(throws: BacktestError.self) { try BacktestSweep.Axis("speed=3") }
        #expect(throws: BacktestError.self) { try BacktestSweep.Axis("horizon=3") }
        #expect(throws: BacktestError.self) { try BacktestSweep(configuration, axes: [axes[0], axes[0]]) }
    }
}
