import Analyses
import MarketData
import Testing

@Suite struct QuoteFilterTests {
    private let day = Day(iso: "2014-06-05") ?? Day(rawValue: 0)

    private func quote(_ symbol: String, bid: Double = 1, ask: Double = 1.1) throws -> OptionQuote {
        OptionQuote(contract: try OptionContract(parsing: symbol), bid: bid, ask: ask)
    }

    @Test func rootsTellSeries() throws {
        func series(_ root: String, _ underlying: String, _ expiry: String = "2014-07-19") throws -> ContractSeries {
            ContractSeries(root: root, underlying: underlying, expiry: try #require(Day(iso: expiry)))
        }
        #expect(try series("AAPL", "AAPL") == .plain)
        #expect(try series("AAPL7", "AAPL") == .mini)
        #expect(try series("AAPL7", "AAPL", "2020-09-18") == .adjusted)
        #expect(try series("AAPL1", "AAPL") == .adjusted)
        #expect(try series("IBM7", "IBM") == .adjusted)
        #expect(try series("BRKB", "BRK.B") == .plain)
        #expect(try series("BRKB2", "BRK.B") == .adjusted)
        #expect(try series("2SPY", "SPY") == .adjusted)
        #expect(try series("SPX", "SPX") == .amSettled)
        #expect(try series("SPXW", "SPX") == .plain)
        #expect(try series("NWS", "FOXA") == .otherRoot)
    }

    @Test func everyRejectionIsCountedOnce() throws {
        var frozen = try quote("A140719C00061000")
        frozen.isUnchanged = true
        var sizeless = try quote("A140719C00062000")
        sizeless.askSize = 0
        var old = try quote("A140719C00030000", bid: 29, ask: 31)
        old.volume = 0
        let chain = DayChain(
            underlying: "A", day: day, close: 60,
            quotes: [
                try quote("A140719C00055000", bid: 5.2, ask: 5.3), try quote("A1140719C00055000"), try quote("A140605C00055000"),
                try quote("A140719C00056000", bid: .nan, ask: .nan), try quote("A140719C00057000", bid: .nan), try quote("A140719C00058000", bid: 0),
                try quote("A140719C00059000", bid: 1.2), try quote("A140719C00060000", bid: 1.1), frozen, sizeless, old,
                try quote("A140719C00055000", bid: 9, ask: 9.5), try quote("A140719P00055000", bid: 0.5, ask: .infinity),
            ])
        let accepted = QuoteFilter().accept(chain)
        #expect(accepted.quotes.map(\.bid) == [5.2])
        let reasons: [QuoteRejection] = [
            .adjusted, .expired, .noQuote, .oneSided, .zeroBid, .crossed, .locked, .unchanged, .noSize, .stale, .duplicate, .invalidPrice,
        ]
        for reason in reasons { #expect(accepted.rejected[reason] == 1, "\(reason)") }
        #expect(accepted.rejected.total == reasons.count)
        var split = chain
        split.isSplitDay = true
        #expect(QuoteFilter().accept(split).rejected[.splitDay] == 13)
    }

    @Test func saturdayContractsLastTradeOnFriday() throws {
        let contract = try OptionContract(parsing: "A140621C00055000")
        #expect(contract.lastTradingDay == Day(iso: "2014-06-20"))
        let chain = DayChain(underlying: "A", day: contract.lastTradingDay, close: 60, quotes: [try quote("A140621C00055000")])
        #expect(QuoteFilter().accept(chain).rejected[.expired] == 1)
    }

    @Test func quotesAreUnchangedOnlyIfTheUnderlyingMoved() throws {
        let one = try quote("A140719C00055000")
        var other = one
        other.bid = 0.9
        #expect(QuoteHistory.isUnchanged([one, one, one], closes: [60, 61, 61.3]))
        #expect(!QuoteHistory.isUnchanged([one, one, one], closes: [60, 60.5, 61]))
        #expect(!QuoteHistory.isUnchanged([one, other, one], closes: [60, 61, 62]))
        #expect(!QuoteHistory.isUnchanged([one, one], closes: [60, 62]))
        #expect(!QuoteHistory.isUnchanged([one, one, one], closes: [60, .nan, 62]))
        #expect(QuoteHistory.isUnchanged([other, one, one, one], closes: [50, 60, 61, 62]))
    }
}
