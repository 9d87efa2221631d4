import Foundation

/// Estimates the number of distinct items in a number of files from a sample of the files.
///
/// Files are the sampling units, and an item is present in a file or absent. Between the sample and all files, the expected
/// number is interpolated or extrapolated after Colwell et al. 2012 ("Models and estimators linking individual-based and
/// sample-based rarefaction, extrapolation and comparison of assemblages", J. Plant Ecology 5, equations 17 and 18), with
/// Chao's 1987 estimate of unseen items. The result is exact at the sample's own size and conservative far beyond it.
package struct DistinctGrowth {
    /// Number of files in the sample.
    package private(set) var units = 0
    /// Number of files that contain each item.
    private var met: [UInt64: Int] = [:]

    /// Number of distinct items in the sample.
    package var observed: Int { met.count }

    package init() {}

    package mutating func add(units count: Int) { units += count }

    package mutating func add(_ thing: UInt64, metIn files: Int) { met[thing, default: 0] += files }

    mutating func add(_ other: DistinctGrowth) {
        units += other.units
        met.merge(other.met, uniquingKeysWith: +)
    }

    /// Expected number of distinct items in `total` files like those of the sample.
    package func expected(in total: Int) -> Double {
        guard units > 0, total > 0 else { return 0 }
        return total < units ? within(total) : beyond(total - units)
    }

    /// For fewer files than were sampled: each item counts with the probability that at least one of the files contains it.
    private func within(_ total: Int) -> Double {
        let frequencies = Dictionary(grouping: met.values, by: { $0 }).mapValues(\.count)
        // Logarithm of "n choose total", without the factor that cancels out.
        func ways(_ n: Int) -> Double { lgamma(Double(n + 1)) - lgamma(Double(n - total + 1)) }
        return frequencies.reduce(0) { sum, frequency in
            let rest = units - frequency.key
            let missed = rest < total ? 0 : exp(ways(rest) - ways(units))
            return sum + Double(frequency.value) * (1 - missed)
        }
    }

    private func beyond(_ further: Int) -> Double {
        let once = Double(met.values.count { $0 == 1 }), twice = Double(met.values.count { $0 == 2 })
        let share = Double(units - 1) / Double(units)
        let unseen = share * (twice > 0 ? once * once / (2 * twice) : once * (once - 1) / 2)
        guard further > 0, unseen > 0 else {
            // A single file says nothing about overlap, so assume that each further file adds as many items.
            return units == 1 ? Double(observed * (1 + further)) : Double(observed)
        }
        return Double(observed) + unseen * (1 - pow(1 - once / (Double(units) * unseen + once), Double(further)))
    }
}
