internal import EmbeddingCache
internal import MarketData
package import Portfolio
internal import StockFeatures

extension PreparedBacktest {
    /// Most candidates of a day whose windows are compared.
    static let mostWindows = 128

    /// Repeats a sample of the decisions with everything after the day replaced by noise: closes, features and clusters.
    ///
    /// A window's vector follows from the window, whose SHA-256 is compared: cut from the features, cut from features with noise after
    /// the day, and as the cache recorded it when it was built. Draws, cuts and rankings are done again. The decision must be the same.
    package func certify(
        _ decisions: [PortfolioSimulator.Decision], _ rule: SelectionRule,
        candidates: (Market, [UInt64], Int, SubsetSampler, Int) -> [Int] = {
            PreparedBacktest.candidates($0, keys: $1, session: $2, sampler: $3, size: $4)
        }
    ) throws -> BacktestResult.Certificate {
        guard configuration.certificateShare > 0, !decisions.isEmpty else {
            return BacktestResult.Certificate(checked_days: [], checked_windows: 0, passed: true, failures: [], reason: "none was asked for")
        }
        let sampler = SubsetSampler(seed: configuration.seed, trial: 0)
        let count = max(1, Int((Double(decisions.count) * configuration.certificateShare).rounded(.up)))
        let places = SubsetSampler(seed: configuration.seed, trial: 0xCE27).draw(
            count, of: decisions.map { SubsetSampler.key("\($0.session)") }, on: Day(rawValue: 0))
        var failures: [String] = []
        var windows = 0
        var days: [Day] = []
        for place in places {
            let decision = decisions[place], session = decision.session
            let day = market.table.sessions[session]
            days.append(day)
            let seed = SubsetSampler.key("\(configuration.seed) \(session)")
            if let clusters, rule.filter != .off {
                guard let through = clusters.provenance.fitted_through else {
                    failures.append("\(day): the clusters do not say through which day they were fitted")
                    continue
                }
                guard through < day else {
                    failures.append("\(day): the clusters were fitted on days through \(through)")
                    continue
                }
            }
            let noisy = market.withNoise(after: session, seed: seed)
            let again = candidates(noisy, keys, session, sampler, configuration.subsetSize)
            guard let known = signals[session]?[0] else { continue }
            let drawn = candidates(market, keys, session, sampler, configuration.subsetSize)
            guard again == drawn else {
                failures.append("\(day): with other prices after the day, other candidates are drawn")
                continue
            }
            let kept = Set(again.map { Int32($0) })
            let signals = known.keeping((0..<known.count).filter { kept.contains(known.tickers[$0]) })
            let repeated = rule.order(signals, limit: rule.topK).map { signals.tickers[$0] }
            guard Array(repeated) == decision.tickers else {
                failures.append("\(day): with noise after the day, other stocks are chosen")
                continue
            }
            // The chosen first, then the others.
            let chosen = Set(decision.tickers)
            let compared = (decision.tickers + signals.tickers.filter { !chosen.contains($0) }).prefix(Self.mostWindows)
            for ticker in compared {
                let name = market.table.tickers[Int(ticker)]
                let own = try features.features(of: name)
                let cut = try vectors.windowDigest(of: own, on: day)
                let noise = try vectors.windowDigest(
                    of: try own.withNoise(after: day, keeping: vectors.fingerprint.rows, seed: seed), on: day)
                windows += 1
                if cut != noise { failures.append("\(day): the window of \(name) holds rows after the day") }
                if let stored = vectors.storedWindow(name, day), stored != cut {
                    failures.append("\(day): the cache's vector of \(name) was made of another window than the features hold now")
                }
            }
        }
        return BacktestResult.Certificate(
            checked_days: days, checked_windows: windows, passed: failures.isEmpty, failures: Array(failures.prefix(20)), reason: nil)
    }
}
