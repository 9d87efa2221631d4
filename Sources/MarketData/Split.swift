#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Distinguishes a split from a crash by the bars alone, on the day itself.
///
/// A split is suspected when the close is more than 25 % away from the previous close; when the day *opened* near a simple
/// ratio of it (n:1, 3:2 or 5:2, or their inverses, within 8 %, which allows for the overnight move); and when no unusual
/// amount of money changed hands (at most four times the 20-session median of volume × close): a stock that really halves or
/// doubles overnight trades far more than that, while a split does not change the turnover in dollars. If volumes are unknown,
/// only the ratio decides.
enum Split {
    static let largestOrdinaryMove: Float = 0.25
    static let ratioTolerance = 0.08
    static let largestTurnover = 4.0
    private static let fractions: [Double] = [3.0 / 2, 5.0 / 2]

    /// New shares for one old, or `nil` if the day does not look like a split.
    /// - Parameters:
    ///   - previousClose: above 0.
    ///   - open: 0 or NaN when unknown; the close is then used instead.
    ///   - relativeTurnover: volume × close / its usual amount; NaN when unknown.
    static func suspected(
        previousClose: Float, open: Float, close: Float, relativeTurnover: @autoclosure () -> Double
    ) -> Float? {
        guard previousClose > 0, close > 0, abs(close / previousClose - 1) > largestOrdinaryMove else { return nil }
        guard !(relativeTurnover() > largestTurnover) else { return nil }
        let ratio = Double(previousClose) / Double(open > 0 ? open : close)
        let isReverse = ratio < 1
        let size = isReverse ? 1 / ratio : ratio
        guard size <= 108 else { return nil }
        let whole = max(2, size.rounded())
        let nearest = (fractions + [whole]).min { abs(log(size / $0)) < abs(log(size / $1)) } ?? whole
        guard abs(log(size / nearest)) <= ratioTolerance else { return nil }
        return Float(isReverse ? 1 / nearest : nearest)
    }
}
