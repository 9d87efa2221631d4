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

    /// Expected returns from scores: bin midpoints weighted by the softmax over the bins; for a regression, the score
    /// itself. For models trained on ratios, 1 is subtracted.
    static func expectedReturns(
        _ scores: [Float], _ prediction: StockModelConfiguration.Prediction, edges: StockBinEdges?, target: StockBinEdges.Target?
    ) -> [Float]? {
        guard let target else { return nil }
        let offset = target == .ratios ? 1.0 : 0
        if prediction == .regression { return scores.map { Float(Double($0) - offset) } }
        guard let edges else { return nil }
        let middles = edges.middles.map(Double.init), horizons = StockModelConfiguration.horizons.count
        let width = middles.count * horizons
        var results: [Float] = []
        for first in stride(from: 0, to: scores.count, by: width) {
            for horizon in 0..<horizons {
                let own = (0..<middles.count).map { Double(scores[first + $0 * horizons + horizon]) }
                let largest = own.max() ?? 0
                var total = 0.0, weighted = 0.0
                for (score, middle) in zip(own, middles) {
                    let weight = exp(score - largest)
                    total += weight
                    weighted += weight * middle
                }
                results.append(Float(weighted / total - offset))
            }
        }
        return results
    }
}
