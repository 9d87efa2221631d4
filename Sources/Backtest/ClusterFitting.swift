public import Clusters
import EmbeddingCache
public import Encoders
import Foundation
public import MarketData
import ModelFiles
import Portfolio
import StockFeatures

/// Samples windows of stocks up to a day, encodes them, and fits clusters to their vectors.
public struct ClusterFitting: Sendable {
    /// Feature file and checkpoint.
    public var data: String
    public var model: String
    /// Cache files; new vectors are added to the first.
    public var caches: [String] = []
    /// Price file that defines the trading days; by default the sessions of the exchanges in the United States.
    public var prices: String?
    public var heads: Int?
    /// By default the cache's, or f32.
    public var precision: Precision?
    /// Rows of a window; by default the cache's, the checkpoint's, or 60.
    public var rows: Int?
    /// Columns of the features that are set to 0, counted from 0; by default the cache's, or none.
    public var zeroedColumns: [Int]?
    public var batchSize = 32
    public var threads = 1
    public var tickers: [String]?
    /// First day that is sampled.
    public var start: Day?
    /// Last day that is sampled; by default the last of the features.
    public var fittedThrough: Day?
    public var samplesPerStock = 100
    public var clusters = 50
    public var standardises = true
    /// Principal components that vectors are reduced to; `nil` for none.
    public var components: Int?
    public var starts = 10
    public var seed = 42

    public init(data: String, model: String) { (self.data, self.model) = (data, model) }

    /// Fits the clusters.
    /// - Parameters:
    ///   - skipped: called with the reason for each ticker that cannot be read.
    ///   - progress: called with windows encoded and to be encoded.
    /// - Throws: `BacktestError`, `ClusterError` and the errors of the files it reads.
    public func run(
        skipped: (String) -> Void = { _ in }, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
    ) async throws -> ClusterModel {
        guard samplesPerStock > 0, clusters > 0, starts > 0, components ?? 1 > 0, batchSize > 0 else {
            throw BacktestError(.invalidInput, "samples, clusters, starts, components and batch size must be positive")
        }
        let features = try FeatureFile(data, dates: .sort)
        let file = try StockModelFile(path: model, heads: heads)
        let cache = caches.isEmpty ? nil : try EmbeddingCache.open(caches)
        if let cache, cache.fingerprint.mode != .window {
            throw BacktestError(
                .mismatch, "\(caches[0]): holds vectors of repeated rows; clusters are fitted on windows, which predictions are made of")
        }
        let precision = self.precision ?? cache.flatMap { Precision(rawValue: $0.fingerprint.model.precision) } ?? .f32
        let fingerprint = CacheFingerprint(
            model: try StockEncoder.fingerprint(of: file, precision: precision), mode: .window,
            rows: rows ?? cache?.fingerprint.rows ?? file.trainedRows ?? 60, widthRule: cache?.fingerprint.widthRule ?? .strict,
            zeroedColumns: zeroedColumns ?? cache?.fingerprint.zeroedColumns ?? [])
        try fingerprint.checkColumns()
        let pool = WorkerPool(threads: threads)
        let vectors = try CellVectors(
            cache: cache, fingerprint: fingerprint, dimension: file.configuration.hidden, features: features, batchSize: batchSize
        ) { try StockEncoder(file: file, precision: precision, pool: pool) }
        let requests = try sample(features, rows: fingerprint.rows, skipped)
        let found = try await vectors.read(requests, progress: progress)
        var members: [(ticker: String, day: Day)] = []
        var points: [Float] = []
        points.reserveCapacity(found.reduce(0) { $0 + $1.vectors.count })
        for (request, day) in zip(requests, found) {
            members += day.rows.map { (request.tickers[$0], request.day) }
            points += day.vectors
        }
        guard let last = members.map(\.day).max() else {
            throw BacktestError(
                .empty, "\(data): none of the windows sampled has a vector; is their width that of the model, and are they long enough?")
        }
        return try fit(points, members, last: last, dimension: file.configuration.hidden, fingerprint)
    }

    /// Some trading days of each ticker, by day.
    private func sample(_ features: FeatureFile, rows: Int, _ skipped: (String) -> Void) throws -> [CellVectors.DayRequest] {
        let priceFile = try prices.map { try PriceFile($0) }
        let priced = priceFile.map { Set($0.tickers) }
        let wanted = tickers.map { Set($0) }
        let sampler = SubsetSampler(seed: seed, trial: 0)
        var byDay: [Day: [String]] = [:]
        for ticker in features.tickers where wanted?.contains(ticker) ?? true {
            let own: TickerFeatures
            do throws(FeatureFileError) {
                own = try features.features(of: ticker)
            } catch {
                skipped("\(error)")
                continue
            }
            var days = own.days.enumerated().filter { place, day in
                place + 1 >= rows && day >= start ?? day && day <= fittedThrough ?? day
            }.map(\.element)
            if let priceFile, let priced {
                let sessions = priced.contains(ticker) ? Set(try priceFile.days(of: ticker)) : []
                days = days.filter { sessions.contains($0) }
            } else {
                days = days.filter { TradingCalendar.unitedStates.isSession($0) }
            }
            let keys = days.map { SubsetSampler.key("\(ticker) \($0)") }
            for place in sampler.draw(samplesPerStock, of: keys, on: Day(rawValue: 0)) { byDay[days[place], default: []].append(ticker) }
        }
        guard !byDay.isEmpty else {
            throw BacktestError(
                .empty,
                "\(data): no ticker has \(rows) rows up to a trading day"
                    + (fittedThrough.map { " through \($0)" } ?? "") + "; give a later --fitted-through, or fewer rows (--window)")
        }
        return byDay.keys.sorted().map { CellVectors.DayRequest(day: $0, tickers: byDay[$0] ?? []) }
    }

    private func fit(
        _ points: [Float], _ members: [(ticker: String, day: Day)], last: Day, dimension: Int, _ fingerprint: CacheFingerprint
    ) throws -> ClusterModel {
        let scaler = standardises ? Preparation.scaler(points, dimension: dimension) : nil
        var provenance = ClusterModel.Provenance(source: (data as NSString).lastPathComponent)
        // A model with one centroid transforms points into the space of the clusters.
        func transformed(_ projection: ClusterModel.Projection?) throws -> [Float] {
            let width = projection.map { $0.components.count / dimension } ?? dimension
            return try ClusterModel(
                centroids: [Float](repeating: 0, count: width), count: 1, scaler: scaler, projection: projection, provenance: provenance
            ).transform(points)
        }
        var space = try transformed(nil)
        var projection: ClusterModel.Projection?
        if let components {
            guard components < dimension else {
                throw BacktestError(.invalidInput, "--pca-components must be below the vectors' \(dimension) numbers, not \(components)")
            }
            projection = Preparation.projection(space, dimension: dimension, components: components, seed: seed)
            space = try transformed(projection)
        }
        var means = KMeans(clusters: clusters)
        (means.starts, means.seed) = (starts, seed)
        let fit = try means.fit(space, dimension: components ?? dimension)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        provenance.fingerprint = String(decoding: try encoder.encode(fingerprint), as: UTF8.self)
        provenance.fitted_through = fittedThrough ?? last
        (provenance.seed, provenance.starts, provenance.iterations) = (seed, starts, fit.iterations)
        (provenance.inertia, provenance.samples) = (fit.inertia, members.count)
        return try ClusterModel(
            centroids: fit.centroids, count: clusters, scaler: scaler, projection: projection,
            members: zip(members, fit.labels).map { ClusterModel.Member(ticker: $0.ticker, day: $0.day, cluster: Int($1)) },
            provenance: provenance)
    }
}

/// Ranks clusters by what followed.
public enum ClusterScoring {
    /// Ranks the clusters of a file with the closes of another.
    /// - Parameter original: whether by the original's rules.
    /// - Throws: `ClusterError`, `FeatureFileError`.
    public static func rank(_ model: ClusterModel, prices path: String, _ ranking: ClusterRanking, original: Bool = false) throws -> [ClusterRanking
        .Table]
    {
        let prices = FilePrices(try PriceFile(path))
        if original { return try ranking.rankAsOriginal(model, prices: prices) }
        return try ranking.rank(
            model, prices: prices, tail: { Statistics.studentTail($0, degrees: $1) }, correction: { Statistics.falseDiscoveryRates($0) })
    }

    private struct FilePrices: RankingPrices {
        let file: PriceFile
        let known: Set<String>

        init(_ file: PriceFile) { (self.file, known) = (file, Set(file.tickers)) }

        func series(of ticker: String) throws -> (days: [Day], prices: [Float])? {
            guard known.contains(ticker) else { return nil }
            let series = try file.prices(of: ticker)
            return (series.days, series.prices)
        }
    }

    /// Assigns the tickers of a day to clusters.
    public struct Assigned: Sendable, Encodable {
        public let ticker: String
        public let cluster: Int
        public let distance: Double
        /// Distance to the nearest of the best clusters; `nil` without a list.
        public let best_distance: Double?
        public let in_best: Bool
    }

    /// - Parameters:
    ///   - cache: path of the cache that holds the vectors.
    ///   - tickers: all of the cache when `nil`.
    /// - Returns: one entry for each ticker with a vector, and the tickers without one.
    public static func assign(
        _ clusters: ClusterModel, best: [Int], cache path: String, day: Day, tickers: [String]?
    ) throws -> (assigned: [Assigned], missing: [String]) {
        let cache = try EmbeddingCache.open(path)
        if let text = clusters.provenance.fingerprint {
            let own = try JSONDecoder().decode(CacheFingerprint.self, from: Data(text.utf8))
            guard own == cache.fingerprint else {
                throw BacktestError(
                    .mismatch, "\(path): holds vectors of another model than the clusters: it has " + cache.fingerprint.differences(from: own))
            }
        }
        let names = tickers ?? cache.files[0].tickers
        let found = cache.embeddings(on: day, tickers: names)
        let places = try ClusterAssigner(clusters, best: best).assign(found.packed())
        let assigned = zip(found.hits, places).map { hit, place in
            Assigned(
                ticker: names[hit], cluster: place.cluster, distance: Double(place.distance),
                best_distance: place.bestDistance.isFinite ? Double(place.bestDistance) : nil, in_best: place.isInBest)
        }
        return (assigned, found.misses.map { names[$0.index] })
    }
}
