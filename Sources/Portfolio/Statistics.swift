import Base
import Foundation

/// Statistical significance of figures: distributions, Sharpe ratios after many trials, intervals, rank correlations.
public enum Statistics {
    /// The standard normal distribution function.
    public static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// Its inverse.
    ///
    /// Source: Acklam's rational approximation, with two steps of Halley's method.
    /// - Parameter p: above 0, below 1.
    public static func normalQuantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        let a = [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2, -3.066479806614716e1, 2.506628277459239]
        let b = [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1]
        let c = [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783]
        let d = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416]
        func polynomial(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
        var x: Double
        if p < 0.02425 {
            let q = (-2 * log(p)).squareRoot()
            x = polynomial(c, q) / (polynomial(d, q) * q + 1)
        } else if p <= 0.97575 {
            let q = p - 0.5, r = q * q
            x = polynomial(a, r) * q / (polynomial(b, r) * r + 1)
        } else {
            let q = (-2 * log(1 - p)).squareRoot()
            x = -polynomial(c, q) / (polynomial(d, q) * q + 1)
        }
        for _ in 0..<2 {
            let error = (normal(x) - p) * (2 * Double.pi).squareRoot() * exp(x * x / 2)
            x -= error / (1 + x * error / 2)
        }
        return x
    }

    /// The probability that a variable of Student's distribution is above `t`.
    ///
    /// Source: the regularised incomplete beta function by Lentz's continued fraction.
    public static func studentTail(_ t: Double, degrees: Double) -> Double {
        guard t.isFinite, degrees > 0 else { return t == .infinity ? 0 : t == -.infinity ? 1 : .nan }
        let half = 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
        return t >= 0 ? half : 1 - half
    }

    /// A quantile of Student's distribution, by bisection.
    public static func studentQuantile(_ p: Double, degrees: Double) -> Double {
        guard p > 0, p < 1, degrees > 0 else { return .nan }
        var (low, high) = (-1e4, 1e4)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if 1 - studentTail(middle, degrees: degrees) < p { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log(1 - x)) / a
        let tiny = 1e-300
        var f = 1.0, c = 1.0, d = 0.0
        for step in 0...300 {
            let m = Double(step / 2)
            let numerator =
                step == 0
                ? 1
                : step % 2 == 0
                    ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 + numerator * d
            d = 1 / (abs(d) < tiny ? tiny : d)
            c = 1 + numerator / c
            if abs(c) < tiny { c = tiny }
            f *= c * d
            if abs(1 - c * d) < 1e-15 { break }
        }
        return front * (f - 1)
    }

    /// Stirling's series after a shift to large arguments.
    private static func logGamma(_ x: Double) -> Double {
        var x = x, shift = 0.0
        while x < 15 {
            shift -= log(x)
            x += 1
        }
        let s = 1 / (x * x)
        return shift + (x - 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s / 1680))) / x
    }

    /// The probability that the true Sharpe ratio is above a threshold.
    ///
    /// Source: Bailey and López de Prado, The Sharpe Ratio Efficient Frontier, 2012.
    /// - Parameters:
    ///   - returns: of sessions.
    ///   - threshold: Sharpe ratio of a session, not of a year.
    public static func probabilisticSharpe(_ returns: [Double], above threshold: Double = 0) -> Double? {
        let moments = Moments(returns)
        guard returns.count > 2, let deviation = moments.deviation, deviation > 1e-15, let spread = sharpeSpread(moments) else { return nil }
        let sharpe = moments.mean / deviation
        return normal((sharpe - threshold) * Double(returns.count - 1).squareRoot() / spread)
    }

    /// Deviation of an estimated Sharpe ratio, times the root of the number of returns.
    private static func sharpeSpread(_ moments: Moments) -> Double? {
        guard let deviation = moments.deviation, let skew = moments.skew, let kurtosis = moments.kurtosis else { return nil }
        let sharpe = moments.mean / deviation
        let variance = 1 - skew * sharpe + (kurtosis + 2) / 4 * sharpe * sharpe
        return variance > 0 ? variance.squareRoot() : nil
    }

    /// The expected highest Sharpe ratio of a number of worthless trials.
    ///
    /// Source: Bailey and López de Prado, The Deflated Sharpe Ratio, 2014.
    /// - Parameter deviation: of the trials' Sharpe ratios.
    public static func expectedMaximumSharpe(trials: Int, deviation: Double) -> Double {
        guard trials > 1 else { return 0 }
        let gamma = 0.577_215_664_901_532_9, count = Double(trials)
        return deviation * ((1 - gamma) * normalQuantile(1 - 1 / count) + gamma * normalQuantile(1 - 1 / (count * M_E)))
    }

    /// The probability that the true Sharpe ratio is above 0, given how many trials it is the best of.
    /// - Parameters:
    ///   - returns: of the best trial's sessions.
    ///   - sharpes: of all trials, by session.
    public static func deflatedSharpe(_ returns: [Double], among sharpes: [Double]) -> Double? {
        let threshold = expectedMaximumSharpe(trials: sharpes.count, deviation: Moments(sharpes).deviation ?? 0)
        return probabilisticSharpe(returns, above: threshold)
    }

    /// Number of sessions until this Sharpe ratio is above 0 with a given confidence; `nil` if it is not above 0.
    public static func minimumTrackRecord(_ returns: [Double], confidence: Double = 0.95) -> Double? {
        let moments = Moments(returns)
        guard let deviation = moments.deviation, deviation > 1e-15, moments.mean > 0, let spread = sharpeSpread(moments) else { return nil }
        let sharpe = moments.mean / deviation
        return 1 + pow(spread * normalQuantile(confidence) / sharpe, 2)
    }

    /// The Sharpe ratio of a session; 0 if the deviation is 0.
    public static func sessionSharpe(_ returns: some Collection<Double>) -> Double {
        let moments = Moments(Array(returns))
        guard let deviation = moments.deviation, deviation > 1e-15 else { return 0 }
        return moments.mean / deviation
    }

    /// The probability that the best of some strategies in one half of the time is below the median in the other.
    ///
    /// Combinatorially symmetric cross-validation over `blocks` runs of sessions. Source: Bailey, Borwein, López de Prado and
    /// Zhu, The Probability of Backtest Overfitting, 2015.
    /// - Parameter strategies: returns of each, of the same sessions.
    public static func backtestOverfitting(_ strategies: [[Double]], blocks: Int = 10) -> Double? {
        guard strategies.count > 1, let length = strategies.map(\.count).min(), length >= 2 * blocks, blocks % 2 == 0 else { return nil }
        // Sums by block give mean and deviation of any union of blocks.
        let bounds = (0...blocks).map { $0 * length / blocks }
        let sums = strategies.map { returns in
            (0..<blocks).map { block in
                returns[bounds[block]..<bounds[block + 1]].reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
            }
        }
        func sharpe(_ strategy: Int, _ chosen: [Int]) -> Double {
            var (sum, squares, count) = (0.0, 0.0, 0.0)
            for block in chosen {
                sum += sums[strategy][block].0
                squares += sums[strategy][block].1
                count += Double(bounds[block + 1] - bounds[block])
            }
            let mean = sum / count, variance = squares / count - mean * mean
            return variance > 1e-30 ? mean / variance.squareRoot() : 0
        }
        var (splits, below) = (0, 0.0)
        for mask in 0..<(1 << blocks) where mask.nonzeroBitCount == blocks / 2 {
            let inside = (0..<blocks).filter { mask >> $0 & 1 == 1 }, outside = (0..<blocks).filter { mask >> $0 & 1 == 0 }
            let trained = strategies.indices.map { sharpe($0, inside) }, tested = strategies.indices.map { sharpe($0, outside) }
            guard let best = trained.indices.max(by: { trained[$0] < trained[$1] }) else { continue }
            let rank = Double(tested.count { $0 < tested[best] }) + Double(tested.count { $0 == tested[best] } + 1) / 2
            splits += 1
            let share = rank / Double(strategies.count + 1)
            if share < 0.5 { below += 1 } else if share == 0.5 { below += 0.5 }
        }
        return splits > 0 ? below / Double(splits) : nil
    }

    /// Bounds of a figure over random rearrangements of time: blocks of about `meanBlock` sessions that follow each other.
    ///
    /// Source: Politis and Romano, The Stationary Bootstrap, 1994.
    /// - Returns: the 2.5th and 97.5th percentile; `nil` if the figure cannot be computed.
    public static func bootstrapInterval(
        _ returns: [Double], samples: Int = 1000, meanBlock: Double = 10, seed: UInt64 = 1, _ figure: ([Double]) -> Double?
    ) -> (low: Double, high: Double)? {
        guard returns.count > 2 else { return nil }
        return bootstrapIntervals(count: returns.count, samples: samples, meanBlock: meanBlock, seed: seed) { places in
            [figure(places.map { returns[$0] })]
        }[0]
    }

    /// Bounds of several figures over the same random rearrangements of time.
    ///
    /// - Parameters:
    ///   - count: periods, in their order.
    ///   - figures: computes figures from the positions of a rearrangement, always the same number; first called with all positions in
    ///     order.
    /// - Returns: for each figure the 2.5th and 97.5th percentile; `nil` if it cannot be computed, or for fewer than three periods.
    package static func bootstrapIntervals(
        count: Int, samples: Int = 1000, meanBlock: Double = 10, seed: UInt64 = 1, _ figures: ([Int]) -> [Double?]
    ) -> [(low: Double, high: Double)?] {
        var places = Array(0..<count)
        var found: [[Double]] = figures(places).map { _ in [] }
        guard count > 2 else { return found.map { _ in nil } }
        var random = SplitMix64(state: seed)
        for _ in 0..<samples {
            var place = 0
            for index in places.indices {
                if index == 0 || Double(random.next() >> 11) * 0x1p-53 < 1 / meanBlock {
                    place = Int(random.next() % UInt64(count))
                } else {
                    place = (place + 1) % count
                }
                places[index] = place
            }
            for (index, value) in figures(places).enumerated() { if let value { found[index].append(value) } }
        }
        return found.map { values in
            let sorted = values.sorted()
            guard let low = PerformanceMetrics.percentile(sorted, 0.025), let high = PerformanceMetrics.percentile(sorted, 0.975) else {
                return nil
            }
            return (low, high)
        }
    }

    /// The t-statistic of a mean whose terms overlap in time.
    ///
    /// Source: Newey and West, 1987, with Bartlett weights.
    /// - Parameter lags: maximum distance of terms that may depend on each other.
    public static func neweyWestT(_ values: [Double], lags: Int) -> Double? {
        let count = values.count
        guard count > 2 else { return nil }
        let mean = values.reduce(0, +) / Double(count)
        let gaps = values.map { $0 - mean }
        var variance = gaps.reduce(0) { $0 + $1 * $1 }
        for lag in 1..<max(1, min(lags, count - 1)) + 1 where lag <= min(lags, count - 1) {
            let weight = 1 - Double(lag) / Double(lags + 1)
            variance += 2 * weight * zip(gaps.dropFirst(lag), gaps).reduce(0) { $0 + $1.0 * $1.1 }
        }
        guard variance > 0 else { return nil }
        return mean / (variance.squareRoot() / Double(count))
    }

    /// Spearman's rank correlation; ties share the mean of their ranks. `nil` for fewer than three pairs or equal numbers.
    public static func rankCorrelation(_ left: [Double], _ right: [Double]) -> Double? {
        guard left.count == right.count, left.count > 2 else { return nil }
        let a = ranks(left), b = ranks(right)
        let mean = Double(a.count - 1) / 2
        var (product, first, second) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            product += (x - mean) * (y - mean)
            first += (x - mean) * (x - mean)
            second += (y - mean) * (y - mean)
        }
        guard first > 0, second > 0 else { return nil }
        return product / (first * second).squareRoot()
    }

    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 }
            start = end + 1
        }
        return ranks
    }

    /// p-values after the correction of Benjamini and Hochberg (1995): the share of false discoveries at which each is accepted.
    public static func falseDiscoveryRates(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] > values[$1] }
        var rates = values, least = 1.0
        for (place, index) in order.enumerated() {
            let rank = Double(values.count - place)
            least = min(least, values[index] * Double(values.count) / rank)
            rates[index] = least
        }
        return rates
    }
}
