/// Sensitivities of an option's price, in the single convention of this project. Vendors' columns follow other conventions,
/// which change over the years: never compare the two.
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
