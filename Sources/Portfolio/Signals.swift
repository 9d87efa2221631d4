/// Signals of the candidates of one decision day: predictions of the model and clusters.
///
/// Rows are in ascending order of tickers, so that results do not depend on the order of inputs.
public struct DaySignals: Sendable, Equatable {
    /// The session at whose close the decision is made.
    public let session: Int
    /// Positions in the price table, ascending.
    public private(set) var tickers: [Int32] = []
    /// Expected returns (0 is no change), candidates x horizons.
    public private(set) var expected: [Float] = []
    /// 0 to 1, candidates x horizons; 1 if the model has no confidence.
    public private(set) var confidence: [Float] = []
    /// Probabilities of a return above 0, candidates x horizons; empty if the model predicts no distribution.
    public private(set) var gainProbability: [Float] = []
    /// Standard deviations of the predicted returns, candidates x horizons; empty like `gainProbability`.
    public private(set) var deviation: [Float] = []
    /// The nearest cluster; -1 without clusters.
    public private(set) var cluster: [Int32] = []
    /// Distance to it.
    public private(set) var distance: [Float] = []
    /// Distance to the nearest of the best clusters; infinite if there are none.
    public private(set) var bestDistance: [Float] = []
    /// Whether the nearest cluster is one of the best.
    public private(set) var isInBest: [Bool] = []
    /// Whether the vector came from the cache.
    public private(set) var isHit: [Bool] = []

    /// Rows with a `bestDistance`, nearest first; computed by `sealed`.
    private var byDistance: [Int32]?

    public static let horizons = [1, 5, 10, 20]

    public init(session: Int) { self.session = session }

    /// How many candidates there are.
    public var count: Int { tickers.count }

    /// The clusters of a candidate.
    public struct ClusterPlace: Sendable {
        public var cluster: Int32
        public var distance: Float
        public var bestDistance: Float
        public var isInBest: Bool

        public init(cluster: Int32, distance: Float, bestDistance: Float, isInBest: Bool) {
            (self.cluster, self.distance, self.bestDistance, self.isInBest) = (cluster, distance, bestDistance, isInBest)
        }

        /// Without clusters.
        public static let none = ClusterPlace(cluster: -1, distance: .nan, bestDistance: .infinity, isInBest: false)
    }

    /// Adds a candidate, whose ticker comes after those added before.
    /// - Parameters:
    ///   - expected: by horizon.
    ///   - confidence: by horizon; empty for none.
    public mutating func append(
        _ ticker: Int, expected: some Collection<Float>, confidence: some Collection<Float>, gainProbability: ArraySlice<Float> = [],
        deviation: ArraySlice<Float> = [], place: ClusterPlace, isHit: Bool
    ) {
        tickers.append(Int32(ticker))
        self.expected.append(contentsOf: expected)
        if confidence.isEmpty {
            self.confidence.append(contentsOf: repeatElement(1, count: Self.horizons.count))
        } else {
            self.confidence.append(contentsOf: confidence)
        }
        self.gainProbability.append(contentsOf: gainProbability)
        self.deviation.append(contentsOf: deviation)
        cluster.append(place.cluster)
        distance.append(place.distance)
        bestDistance.append(place.bestDistance)
        isInBest.append(place.isInBest)
        self.isHit.append(isHit)
    }

    /// A copy with precomputed values that many selections need.
    public func sealed() -> DaySignals {
        var sealed = self
        sealed.byDistance = distanceOrder()
        return sealed
    }

    /// Rows by distance to the best clusters, nearest first; equal ones in their order.
    func distanceOrder() -> [Int32] {
        if let byDistance { return byDistance }
        return (0..<Int32(count)).filter { bestDistance[Int($0)].isFinite }.sorted {
            let (left, right) = (bestDistance[Int($0)], bestDistance[Int($1)])
            return left != right ? left < right : $0 < $1
        }
    }

    /// Whether candidates, predictions and clusters are the same, bit for bit; the origin of vectors does not count.
    package func hasSamePredictions(as other: DaySignals) -> Bool {
        func same(_ left: [Float], _ right: [Float]) -> Bool {
            left.count == right.count && zip(left, right).allSatisfy { $0.bitPattern == $1.bitPattern }
        }
        return tickers == other.tickers && cluster == other.cluster && isInBest == other.isInBest && same(expected, other.expected)
            && same(confidence, other.confidence) && same(distance, other.distance) && same(bestDistance, other.bestDistance)
    }

    /// Some of the candidates, by position, ascending.
    public func keeping(_ rows: [Int]) -> DaySignals {
        var kept = DaySignals(session: session)
        let width = Self.horizons.count
        for row in rows {
            kept.append(
                Int(tickers[row]), expected: expected[row * width..<(row + 1) * width], confidence: confidence[row * width..<(row + 1) * width],
                gainProbability: gainProbability.isEmpty ? [] : gainProbability[row * width..<(row + 1) * width],
                deviation: deviation.isEmpty ? [] : deviation[row * width..<(row + 1) * width],
                place: ClusterPlace(cluster: cluster[row], distance: distance[row], bestDistance: bestDistance[row], isInBest: isInBest[row]),
                isHit: isHit[row])
        }
        return kept
    }
}

/// How a decision is derived from a day's signals.
public struct SelectionRule: Sendable, Hashable {
    /// Which candidates pass the cluster filter.
    public enum Filter: Sendable, Hashable {
        /// All.
        case off
        /// Those whose nearest cluster is one of the best.
        case hard
        /// This share of the candidates, those nearest to the best clusters, at least one.
        case nearest(Double)
    }

    /// The order of candidates, highest first.
    public enum Ranking: String, Sendable, Hashable, CaseIterable {
        /// The expected return r.
        case expectedReturn = "return"
        /// r times the confidence.
        case returnTimesConfidence = "return-confidence"
    }

    public var filter: Filter
    /// Share of the candidates with the lowest confidence that are left out: 0 keeps all, 1 keeps those with the highest.
    public var confidencePercentile: Double
    public var ranking: Ranking
    /// Most stocks held.
    public var topK: Int
    /// Place in `DaySignals.horizons`.
    public var horizon: Int

    public init(filter: Filter, confidencePercentile: Double = 0, ranking: Ranking = .expectedReturn, topK: Int = 5, horizon: Int = 0) {
        self.filter = filter
        self.confidencePercentile = confidencePercentile
        self.ranking = ranking
        self.topK = topK
        self.horizon = horizon
    }

    /// The candidates that pass the filter and the confidence cut, best first; equal ones in the order of their tickers.
    ///
    /// The confidence cut keeps those at or above the value at position floor(n p) of the ascending list, and the last value
    /// for p = 1. A candidate whose score is not a number is left out.
    /// - Parameter limit: maximum number of results.
    /// - Returns: places in the signals.
    public func order(_ signals: DaySignals, limit: Int = .max) -> [Int] {
        let width = DaySignals.horizons.count
        var rows = candidates(signals)
        if confidencePercentile > 0, !rows.isEmpty {
            let cut = min(rows.count - 1, Int(Double(rows.count) * confidencePercentile))
            let threshold = rows.map { signals.confidence[Int($0) * width + horizon] }.sorted()[cut]
            rows = rows.filter { signals.confidence[Int($0) * width + horizon] >= threshold }
        }
        let scores = rows.map { row in
            let expected = signals.expected[Int(row) * width + horizon]
            return ranking == .expectedReturn ? expected : expected * signals.confidence[Int(row) * width + horizon]
        }
        // Rows ascend, so equal scores stay in row order.
        guard limit < rows.count, limit <= 64 else {
            return rows.indices.filter { !scores[$0].isNaN }.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
                .prefix(limit).map { Int(rows[$0]) }
        }
        var best: [(score: Float, row: Int32)] = []
        best.reserveCapacity(limit + 1)
        for (score, row) in zip(scores, rows) where !score.isNaN {
            if best.count == limit {
                guard limit > 0, score > best[limit - 1].score else { continue }
                best.removeLast()
            }
            var place = best.count
            while place > 0, best[place - 1].score < score { place -= 1 }
            best.insert((score, row), at: place)
        }
        return best.map { Int($0.row) }
    }

    /// Rows that pass the filter, ascending.
    private func candidates(_ signals: DaySignals) -> [Int32] {
        switch filter {
        case .off: return Array(0..<Int32(signals.count))
        case .hard: return (0..<Int32(signals.count)).filter { signals.isInBest[Int($0)] }
        case .nearest(let share):
            let order = signals.distanceOrder()
            return order.isEmpty ? [] : order.prefix(max(1, Int(Double(order.count) * share))).sorted()
        }
    }
}
