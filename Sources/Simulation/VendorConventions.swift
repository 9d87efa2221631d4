import MarketData

/// How the simulated vendor writes the files of a year. The conventions change as in real files of this layout.
struct VendorConventions: Sendable {
    /// Whether contracts have the prefix `O:`.
    let hasPrefix: Bool
    /// Whether bid and ask sizes are present.
    let hasSizes: Bool
    /// Whether some volumes are empty, which does not mean 0.
    let hasEmptyVolumes: Bool
    let theta: Theta
    /// Whether vega is per 1.00 of volatility rather than per point.
    let vegaPerUnit: Bool
    /// What is written if no volatility explains the price: one value shared by the chain, or five empty columns.
    let sharesUnsolvable: Bool
    /// Share of other rows whose five columns are also empty.
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
