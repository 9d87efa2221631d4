import Foundation
import MarketData
package import Portfolio
import StockFeatures

/// Closes and the calendar derived from them.
package struct Market: Sendable {
    package let table: PriceTable
    /// Tickers whose prices cannot be read, with the reason; they have no closes.
    let unread: [String]
    /// Sessions of the table that belong to the test.
    let test: Range<Int>

    /// Number of sessions before the test to keep, for past returns.
    static let lead = 25

    /// Reads the closes of some tickers.
    ///
    /// - Parameter given: the sessions. By default, a session is a day on which at least half of the tickers that were trading at the time
    ///   have a close.
    /// - Throws: `BacktestError` if no session is left; `FeatureFileError`.
    static func load(
        _ file: PriceFile, tickers: [String], calendar given: [Day]?, start: Day?, end: Day?, months: Int
    ) throws -> Market {
        if 4 * tickers.count >= file.tickers.count { file.prefetch() }
        var all: [PriceSeries?] = []
        var unread: [String] = []
        for ticker in tickers {
            do throws(FeatureFileError) {
                all.append(try file.prices(of: ticker))
            } catch {
                all.append(nil)
                unread.append("\(error)")
            }
        }
        let series = all.compactMap(\.self)
        var first = Int32.max, last = Int32.min
        for one in series {
            if let day = one.days.first { first = min(first, day.rawValue) }
            if let day = one.days.last { last = max(last, day.rawValue) }
        }
        guard first <= last else {
            throw BacktestError(
                .empty, "\(file.path): has no prices of the \(tickers.count) tickers of the pool" + (unread.first.map { "; the first: \($0)" } ?? ""))
        }
        let calendar =
            given.map { days in Set(days).filter { first <= $0.rawValue && $0.rawValue <= last }.sorted() }
            ?? commonDays(series, first: first, last: last)
        guard !calendar.isEmpty else {
            throw BacktestError(
                .empty,
                "none of the \(given?.count ?? 0) days of the calendar lies in \(file.path), which has prices from \(Day(rawValue: first)) "
                    + "to \(Day(rawValue: last))")
        }
        let until = end.map { end in calendar.firstIndex { $0 > end } ?? calendar.count } ?? calendar.count
        let from =
            start.map { start in calendar.firstIndex { $0 >= start } ?? calendar.count } ?? max(0, until - OriginalRules.sessionsPerMonth * months)
        guard from < until else {
            throw BacktestError(
                .empty,
                "\(file.path): has no session from \(start.map(String.init(describing:)) ?? "the beginning") to "
                    + "\(end.map(String.init(describing:)) ?? "the end"); its sessions are \(calendar.first.map(String.init(describing:)) ?? "–") to "
                    + "\(calendar.last.map(String.init(describing:)) ?? "–")")
        }
        let kept = max(0, from - lead)
        let sessions = Array(calendar[kept...])
        var values = [Float](repeating: .nan, count: tickers.count * sessions.count)
        for (row, one) in all.enumerated() {
            guard let one else { continue }
            var place = 0
            for (day, price) in zip(one.days, one.prices) where day >= sessions[0] {
                while place < sessions.count, sessions[place] < day { place += 1 }
                if place < sessions.count, sessions[place] == day { values[row * sessions.count + place] = price }
            }
        }
        return Market(table: PriceTable(tickers: tickers, sessions: sessions, values: values), unread: unread, test: from - kept..<until - kept)
    }

    /// Days on which at least half of the tickers that were trading at the time have a close.
    private static func commonDays(_ series: [PriceSeries], first: Int32, last: Int32) -> [Day] {
        // Counted by day of the calendar: how many have a close, and how many are between their first and last.
        let width = Int(last - first) + 1
        var counts = [Int32](repeating: 0, count: width), changes = [Int32](repeating: 0, count: width + 1)
        for one in series {
            guard let from = one.days.first, let until = one.days.last else { continue }
            changes[Int(from.rawValue - first)] += 1
            changes[Int(until.rawValue - first) + 1] -= 1
            for day in one.days { counts[Int(day.rawValue - first)] += 1 }
        }
        var alive: Int32 = 0
        var calendar: [Day] = []
        for place in 0..<width {
            alive += changes[place]
            if counts[place] > 0, 2 * counts[place] >= alive { calendar.append(Day(rawValue: first + Int32(place))) }
        }
        return calendar
    }

    /// The same market with every close after a session replaced by noise.
    func withNoise(after session: Int, seed: UInt64) -> Market {
        var values = table.values
        let width = table.sessions.count
        var random = PythonRandom(seed: Int(truncatingIfNeeded: seed))
        for row in table.tickers.indices {
            for column in min(width, session + 1)..<width {
                let draw = random.next()
                values[row * width + column] = draw % 7 == 0 ? .nan : Float(draw >> 8) * 0x1p-16 + 0.01
            }
        }
        return Market(table: PriceTable(tickers: table.tickers, sessions: table.sessions, values: values), unread: unread, test: test)
    }
}
