import MarketData

/// How the simulated vendor writes a year's files; the conventions change as they do in real files of this layout.
struct VendorConventions: Sendable {
    /// `O:` before the contract.
    let hasPrefix: Bool
    /// Whether bid and ask sizes are there at all.
    let hasSizes: Bool
    /// Whether some volumes are empty, which is not 0.
    let hasEmptyVolumes: Bool
    let theta: Theta
    /// Vega per 1.00 of volatility rather than per point.
    let vegaPerUnit: Bool
    /// What stands where no volatility explains the price: one value shared by the chain, or nothing in all five columns.
    let sharesUnsolvable: Bool
    /// The share of other rows whose five columns are empty all the same.
    let blankShare: Double

    enum Theta { case unusable, perYear, perDay }

    init(year: Int) {
        hasPrefix = year >= 2023
        hasSizes = year >= 2013
        hasEmptyVolumes = year >= 2013
        theta = year < 2006 ? .unusable : year < 2015 ? .perYear : .perDay
        vegaPerUnit = year < 2015
        sharesUnsolvable = year < 2017
        blankShare = year >= 2023 ? 0.25 : 0
    }

    static let description = """
        - contract: OCC symbol, from 2023 with the prefix `O:`;
        - monthly options expire on the Saturday until January 2015, weekly ones begin in June 2010;
        - bid_size and ask_size: empty before 2013; volume: a few empty from 2013 on;
        - theta: unusable before 2006, per year before 2015, per day from 2015 on;
        - vega: per 1.00 of volatility before 2015, per point from 2015 on;
        - where no volatility explains the price: one value shared by the chain before 2017, all five columns empty from 2017
          on; from 2023 on a quarter of the other rows has them empty too.
        """
}
