public import MarketData

/// Settings of a simulated market. Equal configurations give the same bytes, whatever the number of cores.
public struct SimulationConfiguration: Codable, Hashable, Sendable {
    /// Random seed; the same seed gives the same data.
    public var seed: UInt64
    /// Number of underlyings, each with stock bars and an option chain.
    public var underlyings: Int
    /// First day; the sessions are those of `TradingCalendar`.
    public var firstDay: Day
    /// Last day.
    public var lastDay: Day
    /// Average number of option rows per day and underlying; liquid underlyings have more, others fewer.
    public var rowsPerDay: Int
    /// Share of rows with a planted defect or oddity; 0 for none. Whole files are affected at 20 times that rate per day, on
    /// up to a quarter of the days.
    public var quirkRate: Double
    /// Interest rate, continuously compounded, for all years and terms. There are no dividends.
    public var rate: Double

    /// Creates a configuration for a range of days. `MarketSimulator` checks it.
    public init(
        seed: UInt64 = 1, underlyings: Int = 20, firstDay: Day, lastDay: Day, rowsPerDay: Int = 300,
        quirkRate: Double = 0.0002, rate: Double = 0.01
    ) {
        self.seed = seed
        self.underlyings = underlyings
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.rowsPerDay = rowsPerDay
        self.quirkRate = quirkRate
        self.rate = rate
    }

    /// Creates a configuration for whole years, from `startYear` through `endYear`.
    /// - Throws: `SimulationError` naming the setting that is out of range.
    public init(
        seed: UInt64 = 1, underlyings: Int = 20, startYear: Int, endYear: Int, rowsPerDay: Int = 300,
        quirkRate: Double = 0.0002, rate: Double = 0.01
    ) throws(SimulationError) {
        guard let first = Day(year: startYear, month: 1, day: 1), let last = Day(year: endYear, month: 12, day: 31) else {
            throw .invalid("the years \(startYear) to \(endYear) are not calendar years")
        }
        self.init(
            seed: seed, underlyings: underlyings, firstDay: first, lastDay: last, rowsPerDay: rowsPerDay,
            quirkRate: quirkRate, rate: rate)
        try check()
    }

    /// Expected number of option rows, before quirks. Accurate to about 15 % for 50 to 500 rows per day, and less so beyond,
    /// since prices limit the number of strikes.
    public var expectedRows: Int {
        guard firstDay <= lastDay else { return 0 }
        return TradingCalendar.unitedStates.sessionCount(in: firstDay...lastDay) * underlyings * rowsPerDay
    }

    /// Years for which the calendar and the listing rules are valid, and every expiry has an OCC symbol.
    static let years = 2000...2032

    func check() throws(SimulationError) {
        guard firstDay <= lastDay else { throw .invalid("the last day \(lastDay) is before the first day \(firstDay)") }
        guard Self.years.contains(firstDay.year), Self.years.contains(lastDay.year) else {
            throw .invalid("\(firstDay) to \(lastDay) is not within the years 2000 to 2032")
        }
        guard (1...10_000).contains(underlyings) else {
            throw .invalid("\(underlyings) underlyings; choose 1 to 10000")
        }
        guard (20...5_000).contains(rowsPerDay) else {
            throw .invalid("\(rowsPerDay) rows per day and underlying; choose 20 to 5000")
        }
        guard (0...0.5).contains(quirkRate) else { throw .invalid("a quirk rate of \(quirkRate); choose 0 to 0.5") }
        guard (-0.05...0.2).contains(rate) else { throw .invalid("a rate of \(rate); choose -0.05 to 0.2") }
        guard !TradingCalendar.unitedStates.sessions(in: firstDay...lastDay).isEmpty else {
            throw .invalid("there is no session from \(firstDay) to \(lastDay)")
        }
    }
}
