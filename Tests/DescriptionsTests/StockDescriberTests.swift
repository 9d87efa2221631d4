import Descriptions
import MarketData
import Testing

@Suite struct StockDescriberTests {
    let lexicon: Lexicon
    let describer: StockDescriber

    init() throws {
        lexicon = try Lexicon.builtIn()
        describer = StockDescriber(lexicon: lexicon)
    }

    private func words(_ key: DescriptionKey, _ attribute: Attribute) -> String? {
        lexicon.words(attribute, code: key[attribute])
    }

    @Test func everyNumberFindsItsCategory() throws {
        let key = try describer.key(
            ticker: 9,
            context: context(
                move: -0.06, gap: -0.03, range: 0.06, realised: 0.4, percentile: 0.9, relativeVolume: 3, trend: 0.1,
                drawdown: 0.4))
        #expect(key.ticker == 9)
        #expect(key.kind == .stock)
        #expect(words(key, .underlyingMove) == "underlying down sharply on the day")
        #expect(words(key, .regime) == "turbulent market")
        #expect(words(key, .gap) == "gap down")
        #expect(words(key, .range) == "very wide range")
        #expect(words(key, .relativeVolume) == "very heavy volume")
        #expect(words(key, .trend) == "strong uptrend")
        #expect(words(key, .drawdown) == "crashed from its year high")
        #expect(words(key, .realisedVolatility) == "high realised volatility")
    }

    @Test func withoutHistoryNothingIsSaid() throws {
        let bare = DescriptionKey(ticker: 4, kind: .stock)
        #expect(describer.key(ticker: 4, context: nil) == bare)
        #expect(try describer.key(ticker: 4, context: context()) == bare)
        #expect(try describer.key(ticker: 4, context: context(move: .nan)) == bare)
    }

    @Test func aSplitDayIsNoMove() throws {
        let split = try context(close: 93.7, move: nil, split: 7)
        #expect(words(describer.key(ticker: 0, context: split), .underlyingMove) == "split day of the underlying")
        #expect(lexicon.words(.underlyingMove, code: describer.underlying(split).moveCode) == "split day of the underlying")
    }

    @Test func optionsGetTheUnderlyingsDay() throws {
        let underlying = try describer.underlying(context(close: 98.5, move: 0.03, percentile: 0.1))
        #expect(underlying.close == 98.5)
        #expect(lexicon.words(.underlyingMove, code: underlying.moveCode) == "underlying up on the day")
        #expect(lexicon.words(.regime, code: underlying.regimeCode) == "calm market")
    }
}
