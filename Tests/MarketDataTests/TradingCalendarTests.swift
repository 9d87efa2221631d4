import Foundation
import MarketData
import Testing
import TestSupport

@Suite struct TradingCalendarTests {
    let calendar = TradingCalendar.unitedStates

    private func day(_ iso: String) throws -> Day { try #require(Day(iso: iso), "\(iso)") }

    /// Every weekday from 1990 to 2035, against a published calendar (scripts/golden/trading_calendar.py).
    @Test func agreesWithThePublishedCalendar() throws {
        let url = try #require(
            Bundle.module.url(forResource: "xnys-1990-2035", withExtension: "txt", subdirectory: "Golden"))
        var closed: Set<Day> = []
        var early: Set<Day> = []
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: " ")
            let date = try #require(Day(iso: fields[0]))
            if fields[1] == "closed" { closed.insert(date) } else { early.insert(date) }
        }
        #expect(closed.count > 400 && early.count > 90)
        for raw in calendar.coverage.lowerBound.rawValue...calendar.coverage.upperBound.rawValue {
            let date = Day(rawValue: raw)
            let weekend = date.weekday == 0 || date.weekday == 6
            #expect(calendar.isSession(date) == (!weekend && !closed.contains(date)), "\(date)")
            #expect(calendar.isHalfDay(date) == early.contains(date), "\(date)")
            #expect((calendar.holiday(on: date) != nil) == closed.contains(date), "\(date)")
        }
    }

    @Test(arguments: [
        (1990, 253), (1994, 252), (1996, 254), (2001, 248), (2002, 252), (2004, 252), (2007, 251), (2008, 253), (2012, 250),
        (2014, 252), (2018, 251), (2020, 253), (2021, 252), (2022, 251), (2023, 250), (2024, 252), (2025, 250),
    ])
    func countsTheSessionsOfAYear(year: Int, sessions: Int) throws {
        let days = try day("\(year)-01-01")...day("\(year)-12-31")
        #expect(calendar.sessions(in: days).count == sessions)
        #expect(calendar.sessionCount(in: days) == sessions)
    }

    @Test(arguments: [
        ("2023-01-02", "New Year's Day"), ("1997-01-20", nil), ("1998-01-19", "Martin Luther King Jr. Day"),
        ("2010-12-31", nil), ("2021-06-18", nil), ("2022-06-20", "Juneteenth"), ("2001-09-11", "attacks of 11 September"),
        ("2014-04-18", "Good Friday"), ("2014-04-19", nil),
    ])
    func namesItsHolidays(date: String, name: String?) throws {
        #expect(calendar.holiday(on: try day(date)) == name)
    }

    @Test func walksBySessions() throws {
        #expect(calendar.next(after: try day("2001-09-10")) == (try day("2001-09-17")))
        #expect(calendar.next(after: try day("2001-09-12")) == (try day("2001-09-17")))
        #expect(calendar.previous(before: try day("2001-09-17")) == (try day("2001-09-10")))
        #expect(calendar.previous(before: try day("2001-09-16")) == (try day("2001-09-10")))
        #expect(calendar.session(0, after: try day("2001-09-16")) == (try day("2001-09-10")))
        #expect(calendar.session(0, before: try day("2001-09-16")) == (try day("2001-09-17")))
        #expect(calendar.session(0, after: try day("2001-09-17")) == (try day("2001-09-17")))
        #expect(calendar.session(20, after: try day("2014-06-09")) == (try day("2014-07-08")))
        #expect(calendar.session(20, before: try day("2014-07-08")) == (try day("2014-06-09")))
    }

    @Test func walksAgreeWithTheListOfSessions() throws {
        var generator = SplitMix(state: 3)
        let all = try calendar.sessions(in: day("1985-01-01")...day("2040-12-31"))
        #expect(all == all.sorted() && Set(all).count == all.count)
        // Across both ends of the tables as well as within them.
        for _ in 0..<2000 {
            let from = Int.random(in: 100..<all.count - 100, using: &generator)
            let n = Int.random(in: 1...90, using: &generator)
            #expect(calendar.session(n, after: all[from]) == all[from + n])
            #expect(calendar.session(n, before: all[from]) == all[from - n])
            let gap = all[from].adding(days: 1)
            if !calendar.isSession(gap) {
                #expect(calendar.session(n, after: gap) == all[from + n])
                #expect(calendar.session(n, before: gap) == all[from + 1 - n])
            }
        }
        #expect(calendar.sessions(in: try day("2024-12-28")...day("2024-12-29")).isEmpty)
        #expect(calendar.sessionCount(in: try day("1990-01-01")...day("1990-01-02")) == 1)
    }
}
