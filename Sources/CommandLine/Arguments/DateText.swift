import ArgumentParser
import MarketData

/// Dates as flags take them.
enum DateText {
    /// - Throws: `ValidationError` naming the flag.
    static func day(_ text: String?, _ flag: String) throws -> Day? {
        guard let text else { return nil }
        guard let day = Day(iso: text) else { throw ValidationError("\(flag) '\(text)' is not a date; write YYYY-MM-DD.") }
        return day
    }

    /// Two days, the second not before the first.
    /// - Throws: `ValidationError` naming the flags.
    static func days(_ first: String?, _ firstFlag: String, _ last: String?, _ lastFlag: String) throws -> (first: Day?, last: Day?) {
        let (from, to) = (try day(first, firstFlag), try day(last, lastFlag))
        if let from, let to, from > to { throw ValidationError("\(firstFlag) \(from) is after \(lastFlag) \(to).") }
        return (from, to)
    }
}
