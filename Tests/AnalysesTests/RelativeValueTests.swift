import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct RelativeValueTests {
    private let day = Day(iso: "2014-06-06") ?? Day(rawValue: 0)

    /// Calls of one expiry with nearly one volatility; neighbours are the nearest strikes.
    private func quotes(_ random: inout SplitMix, move: [Int: Double] = [:]) throws -> [ComparedQuote] {
        try (0..<41).map { place in
            let strike = 80.0 + Double(place)
            let noise = (Double(random.next() >> 11) * 0x1p-53 - 0.5) * 0.002
            let volatility = 0.3 + noise + (move[place] ?? 0)
            let mid = BlackScholes(kind: .call, spot: 100, strike: strike, years: 63.0 / 365, volatility: volatility).price
            return ComparedQuote(
                underlying: "T", day: day, close: 100,
                quote: OptionQuote(
                    contract: try OptionContract(root: "T", expiry: day.adding(days: 63), kind: .call, strikeThousandths: Int32(strike * 1000)),
                    bid: mid - 0.05, ask: mid + 0.05, volume: 5),
                neighbours: (0..<41).filter { $0 != place }.sorted { abs($0 - place) < abs($1 - place) }.prefix(12).map { $0 })
        }
    }

    @Test func quotesOutOfLineAreFound() throws {
        var random = SplitMix(printing: "quotesOutOfLineAreFound")
        let found = RelativeValue().find(try quotes(&random, move: [20: 0.05, 8: -0.05]))
        #expect(Set(found.candidates.map(\.contract.strikeThousandths)) == [100_000, 88_000])
        for candidate in found.candidates {
            let isDear = candidate.contract.strikeThousandths == 100_000
            #expect(candidate.side == (isDear ? .sell : .buy))
            #expect(abs(abs(candidate.residual) - 0.05) < 0.004 && abs(candidate.residual) > candidate.threshold)
            let value = BlackScholes(
                kind: .call, spot: 100, strike: candidate.contract.strike, years: 63.0 / 365, volatility: candidate.expected_volatility
            ).price
            #expect(abs(candidate.edge - abs(candidate.price - value) + 0.0065) < 1e-12 && candidate.edge > 0)
        }
        // Within the spread, nothing is out of line: noise and move together are less than half a spread, 5 cents.
        #expect(RelativeValue().find(try quotes(&random)).candidates.isEmpty)
        #expect(RelativeValue().find(try quotes(&random, move: [20: 0.0003])).candidates.isEmpty)
    }

    @Test func fewNeighboursAndRejectedQuotesDecideNothing() throws {
        var random = SplitMix(state: 1)
        var few = try quotes(&random, move: [20: 0.05])
        few[20].neighbours = Array(few[20].neighbours.prefix(7))
        #expect(RelativeValue().find(few).candidates.isEmpty)
        var crossed = try quotes(&random, move: [20: 0.05])
        crossed[20].quote.bid = crossed[20].quote.ask + 1
        let found = RelativeValue().find(crossed)
        #expect(found.candidates.isEmpty && found.rejected[.crossed] == 1)
    }
}
