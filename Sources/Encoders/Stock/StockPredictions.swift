import Foundation
import ModelFiles

/// Predictions of a stock model for a batch of windows.
public struct StockPredictions: Sendable {
    /// Vectors of the windows, windows x hidden, as from `StockEncoder.encode`.
    public let vectors: [Float]
    /// Output of the prediction head. Classification: windows x 100 bins x 4 horizons, scores before the softmax.
    /// Regression: windows x 4.
    public let scores: [Float]
    /// Confidences, 0 to 1, windows x 4 horizons; empty if the checkpoint has no confidence head. See
    /// `StockModelFile.confidenceIsTrained`.
    public let confidences: [Float]
    /// Expected returns (0 means no change), windows x 4 horizons; `nil` if the meaning of the scores is unknown: a
    /// classification without bin edges, or a regression of unknown training.
    public let expectedReturns: [Float]?
    /// Probabilities of a return above 0, windows x 4 horizons; `nil` for a regression, which has no distribution, or if the meaning of the
    /// scores is unknown. A bin that contains 0 counts by its part above 0.
    public let gainProbabilities: [Float]?
    /// Standard deviations of the predicted returns, windows x 4 horizons; `nil` like `gainProbabilities`.
    public let deviations: [Float]?

    /// What scores say of returns.
    struct Outlook {
        var expected: [Float]?
        var gains: [Float]?
        var deviations: [Float]?
    }

    /// Expected returns from scores: bin midpoints weighted by the softmax over the bins; for a regression, the score
    /// itself. For models trained on ratios, 1 is subtracted. Probabilities and deviations come from the same weights.
    static func outlook(
        _ scores: [Float], _ prediction: StockModelConfiguration.Prediction, edges: StockBinEdges?, target: StockBinEdges.Target?
    ) -> Outlook {
        guard let target else { return Outlook() }
        let offset = target == .ratios ? 1.0 : 0
        if prediction == .regression { return Outlook(expected: scores.map { Float(Double($0) - offset) }) }
        guard let edges else { return Outlook() }
        let middles = edges.middles.map(Double.init), horizons = StockModelConfiguration.horizons.count
        let width = middles.count * horizons
        // The part of each bin that lies above no change.
        let above = zip(edges.edges, edges.edges.dropFirst()).map { low, high -> Double in
            let (low, high) = (Double(low) - offset, Double(high) - offset)
            return low >= 0 ? (high > 0 ? 1 : 0.5) : high <= 0 ? 0 : high / (high - low)
        }
        var results: [Float] = [], gains: [Float] = [], deviations: [Float] = []
        for first in stride(from: 0, to: scores.count, by: width) {
            for horizon in 0..<horizons {
                let own = (0..<middles.count).map { Double(scores[first + $0 * horizons + horizon]) }
                let largest = own.max() ?? 0
                var total = 0.0, weighted = 0.0, squares = 0.0, gain = 0.0
                for bin in middles.indices {
                    let weight = exp(own[bin] - largest), middle = middles[bin]
                    total += weight
                    weighted += weight * middle
                    squares += weight * middle * middle
                    gain += weight * above[bin]
                }
                let mean = weighted / total
                results.append(Float(mean - offset))
                gains.append(Float(gain / total))
                deviations.append(Float(max(0, squares / total - mean * mean).squareRoot()))
            }
        }
        return Outlook(expected: results, gains: gains, deviations: deviations)
    }
}
