import Descriptions
import Testing
import TestSupport

@Suite struct DescriptionKeyTests {
    /// The attributes that rows of one kind can carry must not share bits.
    @Test(arguments: InstrumentKind.allCases)
    func attributesOfAKindKeepApart(_ kind: InstrumentKind) {
        let own = Attribute.allCases.filter { $0.applies(to: kind) }
        #expect(Set(own.map(\.slot)).count == own.count)
        #expect(own.allSatisfy { $0.slot * 3 + 3 <= DescriptionKey.kindShift })
    }

    @Test func holdsStoredValues() {
        var random = SplitMix(state: 3)
        for _ in 0..<2_000 {
            let ticker = UInt32.random(in: 0..<UInt32(DescriptionKey.tickerLimit), using: &random)
            let kind = InstrumentKind.allCases.randomElement(using: &random) ?? .call
            var key = DescriptionKey(ticker: ticker, kind: kind)
            let own = Attribute.allCases.filter { $0.applies(to: kind) }
            var codes: [Attribute: UInt8] = [:]
            for attribute in own.shuffled(using: &random) {
                codes[attribute] = UInt8.random(in: 0...7, using: &random)
                key[attribute] = codes[attribute] ?? 0
            }
            #expect(key.ticker == ticker)
            #expect(key.kind == kind)
            #expect(own.allSatisfy { key[$0] == codes[$0] })
            #expect(key.rawValue <= UInt64(Int64.max), "the sign bit is clear")
        }
    }

    @Test func keysOfOneTickerStandTogether() {
        var low = DescriptionKey(ticker: 1, kind: .stock)
        low[.realisedVolatility] = 7
        #expect(low < DescriptionKey(ticker: 2, kind: .call))
        #expect(DescriptionKey(ticker: 1, kind: .call) < low)
    }

    @Test func noKindIsNil() {
        #expect(DescriptionKey(rawValue: 0).kind == nil)
        #expect(DescriptionKey(rawValue: .max).ticker == UInt32(DescriptionKey.tickerLimit - 1))
    }
}
