import CKernels
import Foundation

/// The volatility at which the Black–Scholes–Merton price of an option is the given one.
///
/// There is none when the price is outside its no-arbitrage bounds: at or below the discounted intrinsic value, or at or above
/// the discounted spot (calls) or strike (puts). A price within a millionth of a bound counts as on it, because it carries no
/// information about volatility: deep in the money, price steps are much larger.
public enum ImpliedVolatility {
    /// One option, by bisection between the bounds; `nil` when no volatility gives the price.
    public static func solve(
        kind: OptionKind, price: Double, spot: Double, strike: Double, years: Double, rate: Double = 0,
        dividendYield: Double = 0
    ) -> Double? {
        let presentSpot = spot * exp(-dividendYield * years)
        let presentStrike = strike * exp(-rate * years)
        guard spot > 0, strike > 0, years > 0, presentSpot.isFinite, presentStrike.isFinite else { return nil }
        // By parity, the out-of-the-money twin has the same volatility, and its price lacks the intrinsic value, whose rounding
        // would dominate. Scaled by the geometric mean, the price depends only on x and s = σ√T.
        let intrinsic = max(0, kind == .call ? presentSpot - presentStrike : presentStrike - presentSpot)
        let timeValue = price - intrinsic
        let bound = min(presentSpot, presentStrike)
        guard timeValue > 1e-6 * price, bound - timeValue > 1e-6 * bound else { return nil }
        let x = -abs(log(presentSpot / presentStrike))
        let scaled = timeValue / (presentSpot * presentStrike).squareRoot()
        func value(_ s: Double) -> Double {
            let root2 = 2.0.squareRoot()
            return exp(x / 2) / 2 * erfc(-(x / s + s / 2) / root2) - exp(-x / 2) / 2 * erfc(-(x / s - s / 2) / root2)
        }
        // Bounds for bisection of log s: the volatility of any valid price lies between these.
        var (low, high) = (log(1e-12), log(100.0))
        while high - low > 1e-14 {
            let middle = low + (high - low) / 2
            if middle == low || middle == high { break }
            if value(exp(middle)) < scaled { low = middle } else { high = middle }
        }
        return exp((low + high) / 2) / years.squareRoot()
    }

    /// Many options at once, 15 to 50 ns each; NaN where `solve(kind:…)` returns `nil`.
    ///
    /// The same bits on every machine, whatever the neighbours in the columns; relative error below 1e-8, apart from the
    /// rounding of the price.
    /// - Parameters:
    ///   - kinds: raw values of `OptionKind`.
    ///   - prices: prices of the options, usually the mid of bid and ask; NaN if there is none.
    ///   - volatilities: the results. All columns have the same length.
    public static func solve(
        kinds: Span<UInt8>, prices: Span<Float>, spots: Span<Float>, strikes: Span<Float>, years: Span<Float>,
        rate: Float = 0, dividendYield: Float = 0, into volatilities: inout MutableSpan<Float>
    ) {
        let count = volatilities.count
        precondition(
            kinds.count == count && prices.count == count && spots.count == count && strikes.count == count
                && years.count == count, "columns of different lengths")
        volatilities.withUnsafeMutableBufferPointer { volatilities in
            kinds.withUnsafeBufferPointer { kinds in
                prices.withUnsafeBufferPointer { prices in
                    spots.withUnsafeBufferPointer { spots in
                        strikes.withUnsafeBufferPointer { strikes in
                            years.withUnsafeBufferPointer { years in
                                tk_implied_volatility_f32(
                                    count, spots.baseAddress, strikes.baseAddress, years.baseAddress,
                                    kinds.baseAddress, prices.baseAddress, rate, dividendYield,
                                    volatilities.baseAddress)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The same for columns of doubles.
    public static func solve(
        kinds: Span<UInt8>, prices: Span<Double>, spots: Span<Double>, strikes: Span<Double>, years: Span<Double>,
        rate: Double = 0, dividendYield: Double = 0, into volatilities: inout MutableSpan<Double>
    ) {
        let count = volatilities.count
        precondition(
            kinds.count == count && prices.count == count && spots.count == count && strikes.count == count
                && years.count == count, "columns of different lengths")
        volatilities.withUnsafeMutableBufferPointer { volatilities in
            kinds.withUnsafeBufferPointer { kinds in
                prices.withUnsafeBufferPointer { prices in
                    spots.withUnsafeBufferPointer { spots in
                        strikes.withUnsafeBufferPointer { strikes in
                            years.withUnsafeBufferPointer { years in
                                tk_implied_volatility(
                                    count, spots.baseAddress, strikes.baseAddress, years.baseAddress,
                                    kinds.baseAddress, prices.baseAddress, rate, dividendYield,
                                    volatilities.baseAddress)
                            }
                        }
                    }
                }
            }
        }
    }
}
