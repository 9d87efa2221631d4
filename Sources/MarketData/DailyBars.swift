#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The bars of one symbol by day, with numbers derived from each day and earlier days.
struct DailyBars: Sendable {
    /// One bar as it is added.
    struct Bar {
        var day: Int32
        var open, high, low, close: Float
        var volume: Double
    }

    static let window = 20
    static let year = 252
    static let fewestObservations = 60
    /// After this many sessions without a bar, a ticker may belong to another company, so its history starts again.
    static let longestGap = 10

    /// Number of earlier bars that a context may use: a year of volatilities, each over the last 25 sessions, which splits in
    /// the 20 sessions before may shorten.
    static let lookBack = year + 2 * window + 5

    private(set) var bars: [Bar] = []
    /// New shares for one old on a suspected split day, else 1.
    private var split: [Float] = []
    /// Product of the splits up to and including the day: prices multiplied by it are comparable over days.
    private var basis: [Double] = []
    /// Start of the unbroken run of bars that contains the day.
    private var runStart: [Int32] = []
    /// Log return from the session before; NaN without one and on suspected split days.
    private var logReturn: [Float] = []
    /// Realised volatility; NaN when unknown.
    private var volatility: [Float] = []

    var count: Int { bars.count }

    /// Adds bars in order of days. Existing days stay unchanged.
    /// - Returns: number of bars left out for that reason.
    mutating func add(_ new: [Bar], calendar: TradingCalendar) -> Int {
        guard let first = new.first else { return 0 }
        var keepsFrom = bars.count
        if let last = bars.last, first.day <= last.day {
            keepsFrom = lowerBound(first.day)
        }
        let tail = Array(bars[keepsFrom...])
        truncate(to: keepsFrom)
        var leftOut = 0
        var old = tail.startIndex
        for bar in new {
            while old < tail.endIndex, tail[old].day < bar.day {
                append(tail[old], calendar: calendar)
                old += 1
            }
            if let last = bars.last, last.day == bar.day {
                leftOut += 1
            } else if old < tail.endIndex, tail[old].day == bar.day {
                leftOut += 1
            } else {
                append(bar, calendar: calendar)
            }
        }
        for bar in tail[old...] { append(bar, calendar: calendar) }
        return leftOut
    }

    /// The position of a day's bar.
    func index(of day: Day) -> Int? {
        let index = lowerBound(day.rawValue)
        return index < bars.count && bars[index].day == day.rawValue ? index : nil
    }

    private func lowerBound(_ day: Int32) -> Int {
        var low = 0
        var high = bars.count
        while low < high {
            let middle = (low + high) / 2
            if bars[middle].day < day { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Drops all but the last `lookBack` bars. Later contexts do not change.
    mutating func forget() {
        let surplus = bars.count - Self.lookBack
        guard surplus > 0 else { return }
        bars.removeFirst(surplus)
        split.removeFirst(surplus)
        basis.removeFirst(surplus)
        runStart.removeFirst(surplus)
        for index in runStart.indices { runStart[index] = max(0, runStart[index] - Int32(surplus)) }
        logReturn.removeFirst(surplus)
        volatility.removeFirst(surplus)
    }

    private mutating func truncate(to count: Int) {
        let surplus = bars.count - count
        bars.removeLast(surplus)
        split.removeLast(surplus)
        basis.removeLast(surplus)
        runStart.removeLast(surplus)
        logReturn.removeLast(surplus)
        volatility.removeLast(surplus)
    }

    private mutating func append(_ bar: Bar, calendar: TradingCalendar) {
        let index = bars.count
        let missed = index == 0 ? Int.max : missedSessions(from: bars[index - 1].day, to: bar.day, calendar)
        bars.append(bar)
        guard missed <= Self.longestGap else {
            split.append(1)
            basis.append(1)
            runStart.append(Int32(index))
            logReturn.append(.nan)
            volatility.append(.nan)
            return
        }
        runStart.append(runStart[index - 1])
        let previousClose = bars[index - 1].close
        let ratio = Split.suspected(
            previousClose: previousClose, open: bar.open, close: bar.close, relativeTurnover: relativeTurnover(at: index))
        split.append(ratio ?? 1)
        basis.append(basis[index - 1] * Double(ratio ?? 1))
        logReturn.append(ratio == nil && missed == 0 ? log(bar.close / previousClose) : .nan)
        volatility.append(realisedVolatility(at: index, sessions: Self.window))
    }

    private func missedSessions(from before: Int32, to after: Int32, _ calendar: TradingCalendar) -> Int {
        guard after > before + 1 else { return 0 }
        // Long gaps need no counting, short ones little.
        guard after - before < 60 else { return Int.max }
        return calendar.sessionCount(in: Day(rawValue: before + 1)...Day(rawValue: after - 1))
    }

    /// Volume × close / its median over the window before; NaN when unknown.
    private func relativeTurnover(at index: Int) -> Double {
        let first = max(Int(runStart[index - 1]), index - Self.window)
        let usual = Self.median((first..<index).map { bars[$0].volume * Double(bars[$0].close) })
        guard let usual, usual > 0 else { return .nan }
        return bars[index].volume * Double(bars[index].close) / usual
    }

    /// √252 × the standard deviation of `sessions` daily log returns within the last `sessions` + 4 sessions; NaN if there are fewer.
    func realisedVolatility(at index: Int, sessions: Int) -> Float {
        let first = max(Int(runStart[index]) + 1, index - sessions - 4)
        var taken = 0
        var sum = 0.0
        var squares = 0.0
        var at = index
        while at >= first, taken < sessions {
            let value = Double(logReturn[at])
            if !value.isNaN {
                taken += 1
                sum += value
                squares += value * value
            }
            at -= 1
        }
        guard taken == sessions, sessions > 1 else { return .nan }
        let n = Double(sessions)
        return Float(max(0, (squares - sum * sum / n) / (n - 1) * 252).squareRoot())
    }

    /// The median of the known values; `nil` when fewer than 10 are known.
    private static func median(_ values: [Double]) -> Double? {
        let known = values.filter { !$0.isNaN }.sorted()
        guard known.count >= 10 else { return nil }
        return (known[(known.count - 1) / 2] + known[known.count / 2]) / 2
    }

    /// The context of the day at `index`, from it and earlier days. One pass over the trailing year.
    func context(at index: Int, calendar: TradingCalendar) -> UnderlyingContext {
        let bar = bars[index]
        let start = Int(runStart[index])
        var context = UnderlyingContext(
            day: Day(rawValue: bar.day), open: bar.open, high: bar.high, low: bar.low, close: bar.close,
            volume: bar.volume)
        if split[index] != 1 { context.suspectedSplit = split[index] }
        if index > start, missedSessions(from: bars[index - 1].day, to: bar.day, calendar) == 0 {
            let previous = bars[index - 1].close
            context.previousClose = previous
            if context.suspectedSplit == nil {
                context.move = bar.close / previous - 1
                if bar.open > 0 { context.gap = bar.open / previous - 1 }
                if bar.low > 0 { context.range = (bar.high - bar.low) / previous }
            }
        }
        if !volatility[index].isNaN {
            context.realisedVolatility = volatility[index]
            context.volatilityPercentile = volatilityPercentile(at: index)
        }
        context.relativeVolume = relativeVolume(at: index)
        if index - Self.window >= start {
            let then = Double(bars[index - Self.window].close) * basis[index - Self.window] / basis[index]
            context.trend = Float(Double(bar.close) / then - 1)
        }
        context.drawdown = drawdown(at: index)
        return context
    }

    private func volatilityPercentile(at index: Int) -> Float? {
        let today = volatility[index]
        var lower = 0
        var equal = 0
        var others = 0
        for value in volatility[max(Int(runStart[index]), index - Self.year + 1)..<index] {
            lower += value < today ? 1 : 0
            equal += value == today ? 1 : 0
            others += value == value ? 1 : 0
        }
        guard others + 1 >= Self.fewestObservations else { return nil }
        return (Float(lower) + Float(equal) / 2) / Float(others)
    }

    private func relativeVolume(at index: Int) -> Float? {
        let first = max(Int(runStart[index]), index - Self.window)
        let usual = Self.median((first..<index).map { bars[$0].volume * basis[index] / basis[$0] })
        guard let usual, usual > 0, !bars[index].volume.isNaN else { return nil }
        return Float(bars[index].volume / usual)
    }

    private func drawdown(at index: Int) -> Float? {
        let first = max(Int(runStart[index]), index - Self.year + 1)
        guard index - first + 1 >= Self.fewestObservations else { return nil }
        var highest = Double(bars[index].close) * basis[index]
        for at in first...index { highest = max(highest, Double(bars[at].high) * basis[at]) }
        return Float(1 - Double(bars[index].close) * basis[index] / highest)
    }
}
