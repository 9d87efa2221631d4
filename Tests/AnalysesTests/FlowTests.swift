import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct FlowTests {
    private let day = Day(iso: "2014-06-06") ?? Day(rawValue: 0)

    private struct Case: Decodable {
        struct Contract: Decodable {
            var days: Int
            var strike: Int
            var kind: String
            var volume: Int?
            var open_interest: Int?
            var bid: Double?
            var delta: Double?
            var trailing: [Int?]
            var new: Bool
        }
        var close: Double
        var contracts: [Contract]
        var trailing: [Int]
        var expected: [String: Double]

        func flow(_ day: Day) throws -> FlowDay {
            FlowDay(
                underlying: "T", day: day, close: close,
                contracts: try contracts.map { one in
                    FlowContract(
                        quote: OptionQuote(
                            contract: try OptionContract(
                                root: "T", expiry: day.adding(days: one.days), kind: one.kind == "C" ? .call : .put,
                                strikeThousandths: Int32(one.strike * 1000)), bid: one.bid ?? .nan, ask: (one.bid ?? .nan) + 0.1,
                            volume: one.volume ?? -1, openInterest: one.open_interest ?? -1),
                        delta: one.delta ?? .nan, trailing: one.trailing.map { $0 ?? -1 }, isNewStrike: one.new)
                }, trailing: trailing)
        }
    }

    /// Scores from the definitions, in Python (scripts/golden/analyses_bruteforce.py).
    @Test func scoresAreThoseOfBruteForce() throws {
        let cases = try golden("flow", as: [Case].self)
        #expect(cases.count == 200)
        for (number, one) in cases.enumerated() {
            let report = FlowDetector().detect([try one.flow(day)], limit: 1000, asOf: day)
            var found: [String: Double] = [:]
            for event in report.results {
                let key = event.contract.map { "\(day.days(to: $0.expiry)) \($0.strikeThousandths / 1000)\($0.kind.letter)" } ?? "all"
                found[key] = event.score
                #expect(event.reasons.count == event.parts.count && !event.reasons.isEmpty)
                #expect(abs(event.parts.reduce(0) { $0 + $1.points } - event.score) < 1e-9)
            }
            #expect(Set(found.keys) == Set(one.expected.keys), "case \(number)")
            for (key, score) in one.expected { #expect(abs((found[key] ?? .nan) - score) < 1e-7, "case \(number), \(key)") }
            #expect(report.contracts == one.contracts.count && report.volume_unknown == one.contracts.count { $0.volume == nil })
        }
    }

    @Test func reasonsNameTheUnusualMeasures() throws {
        let quote = OptionQuote(contract: try OptionContract(parsing: "T140711C00100000"), bid: 2, ask: 2.1, volume: 8000, openInterest: 500)
        let adjusted = OptionQuote(contract: try OptionContract(parsing: "T1140711C00100000"), bid: 2, ask: 2.1, volume: 9000, openInterest: 1)
        let flow = FlowDay(
            underlying: "T", day: day, close: 100,
            contracts: [
                FlowContract(quote: quote, delta: 0.5, trailing: [Int](repeating: 999, count: 20), isNewStrike: false),
                FlowContract(quote: adjusted),
            ], trailing: [Int](repeating: 4000, count: 20))
        let report = FlowDetector().detect([flow], asOf: day)
        #expect(report.not_plain == 1 && report.results.count == 2)
        let event = try #require(report.results.first { $0.contract != nil })
        #expect(event.reasons[0] == "volume 16 times the open interest of the previous close (8000 against 500)")
        #expect(event.reasons[1] == "volume 8 times the contract's mean of 20 sessions")
        #expect(event.reasons[2] == "200 % of the usual volume of all options of T")
        #expect(event.reasons[3] == "premium of $1,640,000 at mids")
        let whole = try #require(report.results.first { $0.contract == nil })
        #expect(whole.reasons.contains("calls are 100 % of the volume in terms of delta") && whole.volume == 8000)
        #expect(try JSONDecoder().decode(FlowReport.self, from: JSONEncoder().encode(report)).results == report.results)
    }
}
