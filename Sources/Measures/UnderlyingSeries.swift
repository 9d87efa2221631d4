import Foundation

/// Measures of a day relative to the name's own earlier days.
public enum UnderlyingSeries {
    /// Number of sessions in the window, including today's.
    public static let window = 252
    /// Minimum number of known values for a rank.
    static let leastKnown = 20

    /// IV rank of each day: (value − least) / (most − least) × 100 over the trailing window, today's value included. NaN if
    /// fewer than 20 values are known, or all are equal.
    /// - Parameter values: of one name, one value per session, in order; NaN where unknown.
    public static func ranks(_ values: [Double]) -> [Double] {
        values.indices.map { index in
            let (today, known) = trailing(values, index)
            guard !today.isNaN, known.count + 1 >= leastKnown else { return .nan }
            let (least, most) = (min(today, known.min() ?? today), max(today, known.max() ?? today))
            return most > least ? (today - least) / (most - least) * 100 : .nan
        }
    }

    /// IV percentile of each day: the share of the earlier days of the window that are lower, × 100.
    public static func percentiles(_ values: [Double]) -> [Double] {
        values.indices.map { index in
            let (today, known) = trailing(values, index)
            guard !today.isNaN, known.count + 1 >= leastKnown else { return .nan }
            return Double(known.count { $0 < today }) / Double(known.count) * 100
        }
    }

    /// Change from the session before, as a share.
    public static func changes(_ values: [Double]) -> [Double] {
        values.indices.map { $0 > 0 && values[$0 - 1] > 0 ? values[$0] / values[$0 - 1] - 1 : .nan }
    }

    private static func trailing(_ values: [Double], _ index: Int) -> (today: Double, earlier: [Double]) {
        (values[index], values[max(0, index - window + 1)..<index].filter { !$0.isNaN })
    }
}
