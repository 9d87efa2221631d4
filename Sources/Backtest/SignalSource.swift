import Clusters
import EmbeddingCache
import Encoders
import ModelFiles
import Portfolio

/// One model of a backtest: its vectors and its prediction heads.
struct BacktestModel: Sendable {
    let file: StockModelFile
    let vectors: CellVectors
    let predictor: StockPredictor
}

/// Turns vectors into signals: predictions averaged over the models, and clusters by the vectors of the first model.
struct SignalSource: Sendable {
    let models: [BacktestModel]
    let assigner: ClusterAssigner?

    /// The candidates of one day, and their vectors by each model.
    struct DayCandidates: Sendable {
        let session: Int
        /// Positions in the price table, ascending.
        let candidates: [Int]
        /// By model; rows are positions in `candidates`.
        let vectors: [CellVectors.DayVectors]
    }

    /// Causes of missing signals, for the candidates without one.
    struct Found: Sendable {
        var signals: DaySignals
        var missing: [MissCause]
    }

    /// Means over the models, candidates x horizons.
    private struct Predictions {
        var expected: [Float]
        /// Empty if a model has no confidence head.
        var confidence: [Float]
        /// Empty if a model predicts no distribution.
        var gains: [Float] = []
        var deviations: [Float] = []
    }

    /// - Returns: one entry per day. A candidate has a signal if every model has a vector of it.
    /// - Throws: `BacktestError` if the meaning of a model's scores is unknown; errors of the models and the clusters.
    func signals(_ days: [DayCandidates], _ clock: Stopwatch? = nil) throws -> [Found] {
        let shared = days.map(shared)
        let packed = models.indices.map { model in
            zip(days, shared).flatMap { day, places in
                places.isWhole ? day.vectors[model].vectors : places.pick(from: day.vectors[model], model, models[model].vectors.dimension)
            }
        }
        let predictions = try predict(packed)
        clock?.lap("predictions")
        let clusters = try assigner?.assign(packed[0])
        clock?.lap("clusters")
        let width = DaySignals.horizons.count
        var row = 0
        return zip(days, shared).map { day, places in
            var found = Found(signals: DaySignals(session: day.session), missing: places.missing)
            for (candidate, isHit) in zip(places.rows, places.isHit) {
                let range = row * width..<(row + 1) * width
                found.signals.append(
                    day.candidates[candidate], expected: predictions.expected[range],
                    confidence: predictions.confidence.isEmpty ? [] : predictions.confidence[range],
                    gainProbability: predictions.gains.isEmpty ? [] : predictions.gains[range],
                    deviation: predictions.deviations.isEmpty ? [] : predictions.deviations[range],
                    place: clusters.map {
                        DaySignals.ClusterPlace(
                            cluster: Int32($0[row].cluster), distance: $0[row].distance, bestDistance: $0[row].bestDistance,
                            isInBest: $0[row].isInBest)
                    } ?? .none, isHit: isHit)
                row += 1
            }
            return found
        }
    }

    // MARK: Vectors

    /// The rows of a day for which every model has a vector.
    private struct SharedRows {
        var rows: [Int]
        var isHit: [Bool]
        var missing: [MissCause]
        /// Whether they are all rows of the only model.
        var isWhole: Bool
        /// Position of each of `rows` in the vectors of each model.
        var places: [[Int]] = []

        func pick(from day: CellVectors.DayVectors, _ model: Int, _ dimension: Int) -> [Float] {
            places[model].flatMap { day.vectors[$0 * dimension..<($0 + 1) * dimension] }
        }
    }

    private func shared(_ day: DayCandidates) -> SharedRows {
        guard day.vectors.count > 1 else {
            let own = day.vectors[0]
            return SharedRows(rows: own.rows, isHit: own.isHit, missing: own.missing.map(\.cause), isWhole: true)
        }
        let places = day.vectors.map { own in Dictionary(uniqueKeysWithValues: own.rows.enumerated().map { ($1, $0) }) }
        var found = SharedRows(rows: [], isHit: [], missing: [], isWhole: false, places: day.vectors.map { _ in [] })
        var causes: [Int: MissCause] = [:]
        for own in day.vectors { for (row, cause) in own.missing { causes[row] = max(cause, causes[row] ?? cause) } }
        for row in day.candidates.indices {
            let own = places.compactMap { $0[row] }
            guard own.count == places.count else {
                found.missing.append(causes[row] ?? .notTried)
                continue
            }
            found.rows.append(row)
            found.isHit.append(zip(day.vectors, own).allSatisfy { $0.isHit[$1] })
            for model in own.indices { found.places[model].append(own[model]) }
        }
        return found
    }

    // MARK: Predictions

    private func predict(_ packed: [[Float]]) throws -> Predictions {
        let each = try zip(models, packed).map { model, vectors -> StockPredictions in
            let predictions = try model.predictor.predict(vectors)
            guard predictions.expectedReturns != nil else {
                throw BacktestError(
                    .invalidInput,
                    "\(model.file.path): its scores cannot be interpreted: it has no bin edges\(model.file.binEdgesFlaw.map { " (\($0))" } ?? ""); "
                        + "give the training's adaptive_bin_edges.pt (--bin-edges)")
            }
            return predictions
        }
        let expected = each.map { $0.expectedReturns ?? [] }
        if each.count == 1 {
            return Predictions(
                expected: expected[0], confidence: each[0].confidences, gains: each[0].gainProbabilities ?? [], deviations: each[0].deviations ?? [])
        }
        let mean = Self.mean(expected)
        var predictions = Predictions(
            expected: mean, confidence: each.contains { $0.confidences.isEmpty } ? [] : Self.mean(each.map(\.confidences)))
        let gains = each.compactMap(\.gainProbabilities), deviations = each.compactMap(\.deviations)
        if gains.count == each.count, deviations.count == each.count {
            predictions.gains = Self.mean(gains)
            // The deviation of the mixture of the models' distributions.
            predictions.deviations = mean.indices.map { place in
                let square = zip(expected, deviations).reduce(0.0) { sum, one in
                    let (mean, deviation) = (Double(one.0[place]), Double(one.1[place]))
                    return sum + mean * mean + deviation * deviation
                }
                return Float(max(0, square / Double(each.count) - Double(mean[place]) * Double(mean[place])).squareRoot())
            }
        }
        return predictions
    }

    private static func mean(_ series: [[Float]]) -> [Float] {
        series[0].indices.map { place in Float(series.reduce(0.0) { $0 + Double($1[place]) } / Double(series.count)) }
    }
}
