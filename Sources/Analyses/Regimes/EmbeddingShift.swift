public import MarketData

/// Distance of a day's trading from that of the sessions before, by the mean embedding of traded options.
public enum EmbeddingShift {
    /// Name of the component in a `StateSeries`.
    public static let name = "embedding_shift"
    /// Number of previous sessions to compare with.
    public static let window = 20
    /// Sessions that a comparison needs.
    public static let leastKnown = 5

    /// 1 − cosine of each day's vector and the sum of those of the 20 sessions before. Days with fewer than 5 earlier vectors have none.
    /// - Parameter means: normalised vectors by ascending day, of days with trading.
    public static func shifts(_ means: [(day: Day, vector: [Float])]) -> [Day: Double] {
        var result: [Day: Double] = [:]
        for (place, one) in means.enumerated() where place >= leastKnown {
            var sum = [Double](repeating: 0, count: one.vector.count)
            for earlier in means[max(0, place - window)..<place] {
                for component in sum.indices { sum[component] += Double(earlier.vector[component]) }
            }
            var (product, mine, theirs) = (0.0, 0.0, 0.0)
            for (a, b) in zip(one.vector, sum) {
                product += Double(a) * b
                mine += Double(a) * Double(a)
                theirs += b * b
            }
            if mine > 0, theirs > 0 { result[one.day] = 1 - product / (mine * theirs).squareRoot() }
        }
        return result
    }
}
