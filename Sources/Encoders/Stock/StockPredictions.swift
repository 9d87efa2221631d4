import Foundation
import ModelFiles

/// What a stock model says of a batch of windows.
public struct StockPredictions: Sendable {
    /// The windows' vectors, windows x hidden: the same as `StockEncoder.encode` gives.
    public let vectors: [Float]
    /// The prediction head's numbers. Classification: windows x 100 bins x 4 horizons, scores before the softmax. Regression: windows x 4.
    public let scores: [Float]
    /// 0 to 1, windows x 4 horizons; empty where the checkpoint has no confidence head. See `StockModelFile.confidenceIsTrained`.
    public let confidences: [Float]
    /// Expected returns (0 is no change), windows x 4 horizons; `nil` where nothing tells what the scores are of: a classification without bin
    /// edges, a regression of unknown training.
    public let expectedReturns: [Float]?

    /// Expected returns from scores: the middles of the bins weighted by the softmax over the bins; for a regression the number itself. Models
    /// that were trained on ratios give 1 more, which is taken off.
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
