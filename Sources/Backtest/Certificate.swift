import Clusters
import EmbeddingCache
import MarketData
package import Portfolio
import StockFeatures

extension PreparedBacktest {
    /// Maximum number of candidates per day whose windows are compared.
    static let mostWindows = 128

    /// Windows that a certificate encoded, and the time that the encoders took.
    package struct Encoding: Sendable {
        package internal(set) var windows = 0
        package internal(set) var seconds = 0.0
    }

    /// Repeats a sample of the decisions with everything after the day replaced by noise: closes, features and clusters.
    ///
    /// For each decision, the candidates are drawn again, windows are cut from features with noise after the day, predictions and clusters
    /// are computed again, and the stocks are chosen again. If a cache has the vectors and `certificateEncodes` is off, windows are not
    /// encoded again: a vector depends only on its window, whose SHA-256 is compared with that of the features and with the one that the
    /// cache recorded.
    /// - Returns: the certificate, and the windows encoded for it.
    package func certify(
        _ decisions: [PortfolioSimulator.Decision], _ rule: SelectionRule,
        candidates: (Market, [UInt64], Int, SubsetSampler, Int) -> [Int] = {
            PreparedBacktest.candidates($0, keys: $1, session: $2, sampler: $3, size: $4)
        }
    ) async throws -> (certificate: BacktestResult.Certificate, encoding: Encoding) {
        guard configuration.certificateShare > 0, !decisions.isEmpty else {
            return (
                BacktestResult.Certificate(checked_days: [], checked_windows: 0, passed: true, failures: [], reason: "none was asked for"), Encoding()
            )
        }
        let sampler = SubsetSampler(seed: configuration.seed, trial: 0)
        let count = max(1, Int((Double(decisions.count) * configuration.certificateShare).rounded(.up)))
        let places = SubsetSampler(seed: configuration.seed, trial: 0xCE27).draw(
            count, of: decisions.map { SubsetSampler.key("\($0.session)") }, on: Day(rawValue: 0))
        var failures: [String] = []
        var windows = 0
        var encoding = Encoding()
        var days: [Day] = []
        for place in places {
            try Task.checkCancellation()
            let decision = decisions[place], session = decision.session
            let day = market.table.sessions[session]
            days.append(day)
            if let flaw = futureOfClusters(day, rule) {
                failures.append("\(day): \(flaw)")
                continue
            }
            let seed = SubsetSampler.key("\(configuration.seed) \(session)")
            let again = candidates(market.withNoise(after: session, seed: seed), keys, session, sampler, configuration.subsetSize)
            guard let known = signals[session]?[0] else { continue }
            guard again == candidates(market, keys, session, sampler, configuration.subsetSize) else {
                failures.append("\(day): with other prices after the day, other candidates are drawn")
                continue
            }
            let kept = Set(again.map { Int32($0) })
            let wanted = known.tickers.filter { kept.contains($0) }
            let (repeated, noisy) = try await repeatSignals(wanted, session: session, seed: seed, &encoding)
            if !repeated.hasSamePredictions(as: known.keeping((0..<known.count).filter { kept.contains(known.tickers[$0]) })) {
                failures.append("\(day): computed again with noise after the day, predictions or clusters differ")
            }
            let chosen = rule.order(repeated, limit: rule.topK).map { repeated.tickers[$0] }
            if chosen != decision.tickers { failures.append("\(day): with noise after the day, other stocks are chosen") }
            // The chosen first, then the others.
            let first = Set(decision.tickers)
            for ticker in (decision.tickers + wanted.filter { !first.contains($0) }).prefix(Self.mostWindows) {
                windows += 1
                failures += try compareWindows(market.table.tickers[Int(ticker)], noisy[ticker], on: day, seed: seed)
            }
        }
        return (
            BacktestResult.Certificate(
                checked_days: days, checked_windows: windows, encoded_windows: encoding.windows, passed: failures.isEmpty,
                failures: Array(failures.prefix(20)), reason: nil), encoding
        )
    }

    /// Look-ahead of the clusters: use of the day or later ones; `nil` if there is none, or if they are not used.
    private func futureOfClusters(_ day: Day, _ rule: SelectionRule) -> String? {
        guard let clusters, rule.filter != .off else { return nil }
        guard let through = clusters.provenance.fitted_through else { return "the clusters do not say through which day they were fitted" }
        guard through < day else { return "the clusters were fitted on days through \(through)" }
        guard rankedThrough.map({ $0 < day }) ?? true else { return "the best clusters were chosen by prices through \(rankedThrough ?? through)" }
        return nil
    }

    /// Computes the signals of a day again.
    /// - Returns: the signals, and the features with noise that windows were encoded from; none if vectors came from a cache.
    private func repeatSignals(
        _ tickers: [Int32], session: Int, seed: UInt64, _ encoding: inout Encoding
    ) async throws -> (signals: DaySignals, noisy: [Int32: TickerFeatures]) {
        let day = market.table.sessions[session]
        let names = tickers.map { market.table.tickers[Int($0)] }
        let isEncoded = configuration.certificateEncodes || configuration.caches.isEmpty
        let rows = source.models.map(\.vectors.fingerprint.rows).max() ?? 1
        let noisy = isEncoded ? try names.map { try features.features(of: $0).withNoise(after: day, keeping: rows, seed: seed) } : []
        var vectors: [CellVectors.DayVectors] = []
        for model in source.models {
            guard isEncoded else {
                vectors.append(model.vectors.stored(CellVectors.DayRequest(day: day, tickers: names)))
                continue
            }
            let (found, seconds) = try await model.vectors.encodeAgain(noisy, on: day)
            vectors.append(found)
            encoding.windows += found.rows.count
            encoding.seconds += seconds
        }
        let found = try source.signals([
            SignalSource.DayCandidates(session: session, candidates: tickers.map { Int($0) }, vectors: vectors)
        ])
        return (found[0].signals, Dictionary(uniqueKeysWithValues: zip(tickers, noisy)))
    }

    /// Compares the windows of a ticker, with and without noise after the day.
    /// - Returns: the differences.
    private func compareWindows(_ name: String, _ noisy: TickerFeatures?, on day: Day, seed: UInt64) throws -> [String] {
        let own = try features.features(of: name)
        var failures: [String] = []
        for model in source.models {
            let vectors = model.vectors
            let cut = try vectors.windowDigest(of: own, on: day)
            let noise = try vectors.windowDigest(
                of: try noisy ?? own.withNoise(after: day, keeping: vectors.fingerprint.rows, seed: seed), on: day)
            if cut != noise { failures.append("\(day): the window of \(name) holds rows after the day") }
            if let stored = vectors.storedWindow(name, day), stored != cut {
                failures.append("\(day): the cache's vector of \(name) was made from another window than the features now hold")
            }
        }
        return failures
    }
}
