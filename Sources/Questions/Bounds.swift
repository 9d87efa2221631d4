/// The values a number may take: between two bounds, each inclusive or strict, each optional.
public struct Bounds: Hashable, Codable, Sendable {
    /// One end of the bounds.
    public struct End: Hashable, Codable, Sendable {
        public var value: Double
        /// Whether the value itself is excluded.
        public var isStrict: Bool

        public init(_ value: Double, isStrict: Bool = false) {
            self.value = value
            self.isStrict = isStrict
        }
    }

    public var lower: End?
    public var upper: End?

    public init(lower: End? = nil, upper: End? = nil) {
        self.lower = lower
        self.upper = upper
    }

    /// Exactly one value.
    public static func exactly(_ value: Double) -> Bounds { Bounds(lower: End(value), upper: End(value)) }

    /// Between two values, both included; in either order.
    public static func between(_ one: Double, _ other: Double) -> Bounds {
        Bounds(lower: End(min(one, other)), upper: End(max(one, other)))
    }

    public static func above(_ value: Double) -> Bounds { Bounds(lower: End(value, isStrict: true)) }
    public static func atLeast(_ value: Double) -> Bounds { Bounds(lower: End(value)) }
    public static func below(_ value: Double) -> Bounds { Bounds(upper: End(value, isStrict: true)) }
    public static func atMost(_ value: Double) -> Bounds { Bounds(upper: End(value)) }

    /// Whether a value lies within the bounds.
    public func contains(_ value: Double) -> Bool {
        if let lower, lower.isStrict ? value <= lower.value : value < lower.value { return false }
        if let upper, upper.isStrict ? value >= upper.value : value > upper.value { return false }
        return true
    }

    /// Whether no value lies within the bounds.
    public var isEmpty: Bool {
        guard let lower, let upper else { return false }
        return lower.value > upper.value || (lower.value == upper.value && (lower.isStrict || upper.isStrict))
    }

    /// The values that both allow.
    public func intersection(_ other: Bounds) -> Bounds {
        var result = self
        if let end = other.lower {
            if let mine = lower, (mine.value, mine.isStrict ? 1 : 0) >= (end.value, end.isStrict ? 1 : 0) {
            } else {
                result.lower = end
            }
        }
        if let end = other.upper {
            if let mine = upper, (mine.value, mine.isStrict ? 0 : 1) <= (end.value, end.isStrict ? 0 : 1) {
            } else {
                result.upper = end
            }
        }
        return result
    }

    /// The complement of the bounds: one piece for a one-sided bound, two for a range.
    public var complement: [Bounds] {
        var result: [Bounds] = []
        if let lower { result.append(Bounds(upper: End(lower.value, isStrict: !lower.isStrict))) }
        if let upper { result.append(Bounds(lower: End(upper.value, isStrict: !upper.isStrict))) }
        return result
    }

    /// Applies a function to both ends; a decreasing function swaps them.
    func mapped(_ transform: (Double) -> Double) -> Bounds {
        let low = lower.map { End(transform($0.value), isStrict: $0.isStrict) }
        let high = upper.map { End(transform($0.value), isStrict: $0.isStrict) }
        let swaps = transform(1) < transform(0)
        return swaps ? Bounds(lower: high, upper: low) : Bounds(lower: low, upper: high)
    }
}
