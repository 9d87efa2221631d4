/// Everything a question can compare, order or aggregate by number.
///
/// Raw values are the names of the typed form (`search --json`, gold files). Labels and words are in `Resources/fields.json`.
public enum Field: String, CaseIterable, Codable, Hashable, Sendable {
    // MARK: Contract fields

    /// Dollars.
    case strike
    /// Calendar days to expiry.
    case daysToExpiry = "dte"
    /// Absolute delta, 0…1.
    case delta
    /// Delta with its sign, −1…1: only where the question wrote a sign.
    case signedDelta
    /// Change of delta for $1.
    case gamma
    /// Dollars a day.
    case theta
    /// Dollars for one point of volatility.
    case vega
    /// The contract's implied volatility; 0.2 = 20 %.
    case impliedVolatility = "iv"
    /// The source's own columns, in its conventions.
    case vendorImpliedVolatility = "vendorIv"
    case vendorDelta, vendorSignedDelta, vendorGamma, vendorTheta, vendorVega
    /// Contracts (shares for stock rows).
    case volume
    /// Contracts, at the previous close.
    case openInterest
    /// Dollars a share.
    case bid, ask, mid
    /// Contracts (hundreds of shares) quoted.
    case bidSize, askSize
    /// (ask − bid) / mid.
    case spread
    /// ask − bid, dollars a share.
    case spreadDollars
    /// S/K for calls, K/S for puts.
    case moneyness
    /// |K/S − 1|.
    case distance
    /// |K − S|, dollars.
    case distanceDollars
    /// Distance on the out-of-the-money side: K/S − 1 for calls, 1 − K/S for puts; negative in the money.
    case outOfTheMoney = "otm"
    /// The same in dollars.
    case outOfTheMoneyDollars = "otmDollars"
    /// Listed strikes beyond the one at the money; negative in the money.
    case outOfTheMoneyStrikes = "otmStrikes"
    /// K/S − 1.
    case strikeOverSpot
    /// K − S, dollars.
    case strikeMinusSpot
    /// Probability of ending in the money, N(d2); of a profit at expiry; of touching the strike before expiry.
    case probabilityInTheMoney = "probItm"
    case probabilityOfProfit = "pop"
    case probabilityOfTouch = "probTouch"
    /// mid − intrinsic value, and the intrinsic value; dollars a share.
    case extrinsic, intrinsic
    /// ask − intrinsic value: below 0 the contract trades below parity.
    case parityMargin
    /// K ± premium, dollars; and its distance from the spot over the spot.
    case breakEven, breakEvenDistance
    /// Δ·S / price.
    case leverage
    /// volume × mid × 100, dollars.
    case premiumTraded
    /// mid × 100: dollars for one contract.
    case contractPremium
    /// Annualised returns of a covered call (unchanged stock, called away) and of a cash-secured put.
    case coveredCallReturn, coveredCallReturnCalled, cashSecuredPutReturn
    /// credit / (width − credit) of a vertical.
    case returnOnRisk
    /// 1 for the nearest expiration of the day's chain, 2 for the next one.
    case expiryRank
    /// The same among the chain's monthly expirations; none for the others: 1 is the front month.
    case monthlyRank

    // MARK: The underlying's day

    /// Close of the underlying (of the row itself for stocks), dollars.
    case close
    /// Close over the previous close − 1, splits taken out.
    case move
    /// |move|.
    case absoluteMove
    /// Open over the previous close − 1.
    case gap
    /// (high − low) / previous close.
    case range
    /// Close over the close 20 sessions before − 1.
    case trend
    /// 1 − close over the trailing-year high.
    case drawdown
    /// Volume over its own 20-session median.
    case relativeVolume

    // MARK: Measures of the name-day

    case iv30, iv60, iv90
    /// 0…100.
    case ivRank, ivPercentile
    case hv10, hv20, hv30, hv60, hv90
    /// IV30 − HV20, and IV30 / HV20.
    case volatilityPremium, volatilityRatio
    /// IV90 − IV30, and IV30 / IV90 (above 1: inverted).
    case termSlope, termRatio
    case skew, riskReversal, fly
    /// IV30 over the previous session's − 1.
    case ivChange
    /// Mid of the at-the-money straddle; in dollars, and over the spot.
    case expectedMove, expectedMovePercent
    case putCallRatio, putCallOpenInterestRatio
    case totalVolume, callVolume, putVolume
    case totalOpenInterest, callOpenInterest, putOpenInterest
    /// Dollars traded in all options of the name.
    case totalPremiumTraded
    case maxPain, gammaExposure = "gex", callWall, putWall, forward

    // MARK: Orders only

    /// The quote date; orders by it list the latest or the earliest rows first.
    case quoteDate
}
