import Foundation
import MarketData
import Queries
import Questions
import Testing
import TestSupport

/// Orders, counts, averages and trees of constraints, against rows that are counted and sorted here.
@Suite struct RequestTests {
    let engine: SearchEngine
    /// Every row of the store, as results.
    let rows: [SearchResult]

    init() async throws {
        let store = try await AskedStore.shared.value
        engine = try await store.engine()
        rows = try await engine.search(SearchRequest(question: "anything", k: 100_000, models: ["minilm"], semantic: true)).results
    }

    private func ask(_ question: String, _ change: (inout SearchRequest) -> Void = { _ in }) async throws -> SearchAnswer {
        var request = SearchRequest(question: question, models: ["minilm"])
        change(&request)
        return try await engine.search(request)
    }

    @Test func branchesOfAnOrKeepTheirOwnConditions() async throws {
        let answer = try await ask("SIMA calls and SIMB puts") {
            $0.k = 100_000; $0.isStrict = true
        }
        func matches(_ row: SearchResult) -> Bool {
            row.underlying == "SIMA" && row.kind == "call" || row.underlying == "SIMB" && row.kind == "put"
        }
        #expect(answer.results.allSatisfy(matches))
        #expect(answer.results.count == rows.count(where: matches) && !answer.results.isEmpty)
    }

    @Test func eitherBoundOfAnOrIsEnough() async throws {
        let answer = try await ask("SIMA options with strike over 100 or volume over 500") {
            $0.k = 100_000; $0.isStrict = true
        }
        func matches(_ row: SearchResult) -> Bool {
            row.underlying == "SIMA" && row.kind != "stock" && (row.strike ?? 0 > 100 || row.volume ?? 0 > 500)
        }
        #expect(answer.results.count == rows.count(where: matches) && !answer.results.isEmpty)
        #expect(answer.results.allSatisfy(matches))
    }

    @Test func strictListsNoNearMiss() async throws {
        let answer = try await ask("SIMB calls with strike above 1000000") { $0.isStrict = true }
        #expect(answer.results.isEmpty && answer.relaxed.isEmpty)
        let relaxed = try await ask("SIMB calls with strike above 1000000")
        #expect(relaxed.results.count == 20 && relaxed.relaxed.count == 1)
    }

    @Test func matchingRowsAreCounted() async throws {
        for (question, matches) in [
            ("SIMA puts", { (row: SearchResult) in row.underlying == "SIMA" && row.kind == "put" }),
            ("SIMA puts with volume over 100", { $0.underlying == "SIMA" && $0.kind == "put" && $0.volume ?? 0 > 100 }),
        ] {
            let answer = try await ask(question) { $0.countsMatches = true }
            #expect(answer.matchingRows == rows.count(where: matches), "\(question)")
        }
    }

    @Test func theQuestionsOrderIsKept() async throws {
        let answer = try await ask("the five most traded SIMA calls")
        #expect(answer.results.count == 5)
        let expected = rows.filter { $0.underlying == "SIMA" && $0.kind == "call" }.compactMap(\.volume).sorted(by: >).prefix(5)
        #expect(answer.results.compactMap(\.volume) == Array(expected))
    }

    @Test func anOrderCanBeGiven() async throws {
        let answer = try await ask("SIMA puts") {
            $0.order = [Ordering(.strike, isDescending: false)]; $0.k = 50
        }
        let expected = rows.filter { $0.underlying == "SIMA" && $0.kind == "put" }.compactMap(\.strike).sorted().prefix(50)
        #expect(answer.results.compactMap(\.strike) == Array(expected))
    }

    @Test func groupsAreCountedAndAveraged() async throws {
        let answer = try await ask("average IV of SIMA calls by month")
        let groups = try #require(answer.groups)
        let calls = rows.filter { $0.underlying == "SIMA" && $0.kind == "call" }
        let months = Dictionary(grouping: calls) { String($0.quoteDate.description.prefix(7)) }
        #expect(Set(groups.compactMap { $0.key["month"] }) == Set(months.keys))
        for group in groups {
            let members = months[group.key["month"] ?? ""] ?? []
            #expect(group.rows == members.count)
            let known = members.compactMap(\.impliedVolatility)
            let average = group.values["average_iv"] ?? nil
            #expect(known.isEmpty ? average == nil : abs((average ?? 0) - known.reduce(0, +) / Double(known.count)) < 1e-6)
        }
    }

    @Test func aCountIsOneGroup() async throws {
        let answer = try await ask("how many SIMB puts are there")
        let groups = try #require(answer.groups)
        #expect(groups.count == 1 && groups.first?.key.isEmpty == true)
        #expect(groups.first?.rows == rows.count { $0.underlying == "SIMB" && $0.kind == "put" })
    }

    @Test func movesAreTakenFromTheStoredBars() async throws {
        let bars = rows.filter { $0.underlying == "SIMA" && $0.kind == "stock" }.sorted { $0.quoteDate < $1.quoteDate }
        var falls: Set<Day> = []
        for (before, after) in zip(bars, bars.dropFirst()) {
            guard let old = before.underlyingClose, let new = after.underlyingClose, new / old - 1 < -0.005 else { continue }
            falls.insert(after.quoteDate)
        }
        let answer = try await ask("SIMA calls on days when it fell more than 0.5%") {
            $0.k = 100_000; $0.isStrict = true
        }
        let calls = rows.filter { $0.underlying == "SIMA" && $0.kind == "call" }
        #expect(Set(answer.results.map(\.quoteDate)) == falls.intersection(calls.map(\.quoteDate)))
    }

    @Test func theStateOfTheDayIsACondition() async throws {
        let store = try await AskedStore.shared.value.archive()
        var days: [Day: Float] = [:]
        for year in store.years {
            guard let rows = try await store.underlyingDays(year: year) else { continue }
            for row in 0..<rows.count where store.parts.tickers[Int(rows.ticker[row])] == "SIMA" {
                days[Day(rawValue: rows.quoteDate[row])] = rows.iv30[row]
            }
        }
        let known = days.values.filter { !$0.isNaN }.sorted()
        let limit = (Double(try #require(known.dropFirst(known.count / 2).first)) * 1000).rounded() / 1000
        let answer = try await ask("SIMA calls when IV30 is above \(limit * 100)%") {
            $0.k = 100_000; $0.isStrict = true
        }
        let expected = Set(days.filter { Double($0.value) > limit }.keys)
        #expect(!expected.isEmpty && Set(answer.results.map(\.quoteDate)) == expected)
    }

    @Test func daysThatAreAskedForAreListed() async throws {
        let answer = try await ask("which days had the highest put/call ratio in SIMA")
        let groups = try #require(answer.groups)
        let ratios = groups.compactMap { $0.values["put_call_ratio"] ?? nil }
        #expect(!ratios.isEmpty && ratios == ratios.sorted(by: >))
        #expect(groups.allSatisfy { $0.key["day"] != nil })
    }

    @Test func theNearestExpirationIsThatOfTheDay() async throws {
        let answer = try await ask("SIMA calls of the nearest expiry") {
            $0.k = 100_000; $0.isStrict = true
        }
        let calls = rows.filter { $0.underlying == "SIMA" && $0.kind != "stock" }
        let nearest = Dictionary(grouping: calls, by: \.quoteDate).mapValues { $0.compactMap(\.expiration).min() }
        #expect(!answer.results.isEmpty && answer.results.allSatisfy { $0.expiration == nearest[$0.quoteDate] })
    }

    @Test func aCalendarMakesEventsConditions() async throws {
        let days = Set(rows.map(\.quoteDate)).sorted()
        let event = days[days.count / 2]
        let calendar = try EventCalendar(csv: "symbol,date,event\nSIMA,\(event),Earnings\n", file: "calendar.csv")
        let answer = try await ask("SIMA calls in the week before earnings") {
            $0.k = 100_000; $0.isStrict = true; $0.calendar = calendar
        }
        #expect(answer.results.allSatisfy { $0.quoteDate < event && $0.quoteDate >= event.adding(days: -8) })
        let without = try await ask("SIMA calls in the week before earnings")
        #expect(without.notes.contains { $0.contains("--calendar") })
    }

    @Test(arguments: [("AAPL,2014-06-09", "line 1"), ("symbol,date,event\nAAPL,soon,earnings", "line 2"), (",2014-06-09,x", "line 1")])
    func mistakesInCalendarsNameTheirLine(_ csv: String, _ line: String) {
        let error = #expect(throws: QueryError.self) { try EventCalendar(csv: csv, file: "mine.csv") }
        #expect(error?.description.contains("mine.csv, \(line)") == true)
    }

    @Test func everyWordIsExplained() async throws {
        let reading = try await engine.read("the most traded SIMA calls expiring within a month")
        #expect(reading.steps.map(\.text).joined(separator: " ").contains("most traded"))
        #expect(reading.notUnderstood.isEmpty)
    }

    @Test func fieldsHaveNames() {
        for (name, field) in [("iv", Field.impliedVolatility), ("implied_volatility", .impliedVolatility), ("open-interest", .openInterest)] {
            #expect(Field(name: name) == field)
        }
        #expect(Field(name: "no such") == nil)
        #expect(Field.searchable.contains("volume") && !Field.searchable.contains("return_on_risk"))
    }

    /// A declared column that questions can name is a field of the questions.
    @Test func declaredFieldsExist() {
        for name in OptionRows.columns.compactMap(\.field) + StockRows.columns.compactMap(\.field) { #expect(Field(rawValue: name) != nil) }
    }
}
