/// Sensitivities of an option's price, in this project's one convention. Vendors' columns follow others, which change with
/// the years: never compare the two.
public struct Greeks: Hashable, Sendable {
    /// Change of the price per 1 dollar of the underlying.
    public var delta: Double
    /// Change of delta per 1 dollar of the underlying.
    public var gamma: Double
    /// Change of the price per calendar day that passes (a 365th of a year).
    public var theta: Double
    /// Change of the price per percentage point of volatility.
    public var vega: Double
    /// Change of the price per percentage point of the rate.
    public var rho: Double

    public init(delta: Double, gamma: Double, theta: Double, vega: Double, rho: Double) {
        self.delta = delta
        self.gamma = gamma
        self.theta = theta
        self.vega = vega
        self.rho = rho
    }
}
