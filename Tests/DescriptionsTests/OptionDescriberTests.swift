import Descriptions
import MarketData
import Testing
import TestSupport

@Suite struct OptionDescriberTests {
    let lexicon: Lexicon

    init() throws { lexicon = try Lexicon.builtIn() }

    private func words(_ key: DescriptionKey, _ attribute: Attribute) -> String? {
        lexicon.words(attribute, code: key[attribute])
    }

    /// Moneyness of a quote, its inputs being decimals whose ratio may be a boundary exactly.
    private func moneyness(_ strike: Int32, close: Float, put: Bool = false) throws -> String? {
        try words(keys([Quote(isPut: put, strike: strike)], close: close)[0], .moneyness)
    }

    @Test func moneynessTurnsRoundForPuts() throws {
        #expect(try moneyness(70_000, close: 100) == "deep in the money")
        #expect(try moneyness(70_000, close: 100, put: true) == "deep out of the money")
        #expect(try moneyness(110_000, close: 100, put: true) == "in the money")
        #expect(try moneyness(100_000, close: 100) == "at the money")
    }

    /// 105 / 87.5 is exactly 1.2, despite rounding in binary.
    @Test func decimalsAtABoundaryBelongAbove() throws {
        #expect(try moneyness(87_500, close: 105) == "deep in the money")
        #expect(try moneyness(84_000, close: 100.8) == "deep in the money")
        let boundaries: [(hundredths: Int, words: String)] = [
            (120, "deep in the money"), (105, "in the money"), (95, "at the money"), (80, "out of the money"),
        ]
        for (hundredths, words) in boundaries {
            var quotes: [Quote] = []
            var closes: [Float] = []
            for strike in stride(from: 2_500, through: 900_000, by: 2_500) {
                // The close is the boundary times the strike: a decimal of two digits when this divides.
                guard strike * hundredths % 1_000 == 0 else { continue }
                quotes.append(Quote(underlying: ticker(quotes.count), strike: Int32(strike)))
                closes.append(Float(Double(strike * hundredths / 1_000) / 100))
            }
            let rows = try optionRows(quotes)
            let described = OptionDescriber(lexicon: lexicon).describe(
                rows, underlyings: closes.map { OptionDescriber.Underlying(close: $0) })
            let wrong = described.keys.indices.filter {
                lexicon.words(.moneyness, code: DescriptionKey(rawValue: described.keys[$0])[.moneyness]) != words
            }
            #expect(quotes.count > 30)
            #expect(wrong.isEmpty, "\(wrong.count) of \(quotes.count), such as strike \(quotes[wrong[0]].strike)")
        }
    }

    @Test(
        arguments: [
            ("0.99", "1.01", "tight bid-ask spread"), ("4.95", "5.05", "tight bid-ask spread"),
            ("4.94", "5.05", "normal bid-ask spread"), ("0.95", "1.05", "normal bid-ask spread"),
            ("2.85", "3.15", "normal bid-ask spread"), ("2.84", "3.15", "wide bid-ask spread"),
            ("1188.00", "1212.00", "tight bid-ask spread"), ("0", "0.05", "no bid"), ("", "0.05", "no bid"),
            ("0.05", "", nil), ("", "", nil), ("0", "0", nil), ("0", "", nil), ("5.10", "5.00", nil), ("5", "5", "tight bid-ask spread"),
            ("0.05", "0", nil),
        ] as [(String, String, String?)])
    func spreads(_ bid: String, _ ask: String, _ expected: String?) throws {
        #expect(try words(keys([Quote(bid: bid, ask: ask)])[0], .spread) == expected)
    }

    @Test(arguments: [
        ("100", "49", true), ("100", "50", false), ("99", "0", false), ("100", "0", true), ("1000", "", false),
        ("", "0", false), ("5000", "2499", true), ("5000", "2500", false),
    ])
    func unusualActivity(_ volume: String, _ openInterest: String, _ expected: Bool) throws {
        #expect(try keys([Quote(volume: volume, openInterest: openInterest)])[0][.unusualActivity] == (expected ? 1 : 0))
    }

    @Test func missingInputsLeaveTheirPhraseOut() throws {
        let quote = Quote(bid: "", ask: "", volume: "", openInterest: "", volatility: "")
        let key = try keys([quote], close: .nan)[0]
        for attribute: Attribute in [.moneyness, .impliedVolatility, .volume, .openInterest, .unusualActivity, .spread] {
            #expect(key[attribute] == 0, "\(attribute)")
        }
        #expect(words(key, .tenor) == "expiring within a month")
        #expect(key.kind == .call)
    }

    @Test func theUnderlyingsDayIsSharedByItsOptions() throws {
        let key = try keys([Quote()], moveCode: 6, regimeCode: 3)[0]
        #expect(words(key, .underlyingMove) == "split day of the underlying")
        #expect(words(key, .regime) == "turbulent market")
    }

    @Test func volatilityIsSolvedOrElseTheVendors() throws {
        let rows = try optionRows([
            Quote(bid: "3.40", ask: "3.50", volatility: "0.9"),  // solved; the vendor's is far off
            Quote(days: 31, bid: "3.50", ask: "3.40", volatility: "0.9"),  // crossed: no mid to solve from
            Quote(days: 32, bid: "0", ask: "3.40", volatility: ""),
            Quote(days: 33, bid: "", ask: "", volatility: "0"),
        ])
        let described = OptionDescriber(lexicon: lexicon).describe(rows, underlyings: [.init(close: 100)])
        #expect(described.volatilitySource == [1, 2, 0, 0])
        // A call at the money of 3.45 with 30 days: 0.4 * sigma * S * sqrt(T) is a good guess.
        #expect(abs(described.impliedVolatility[0] - 0.30) < 0.01)
        #expect(described.impliedVolatility[1] == 0.9)
        #expect(described.impliedVolatility[2].isNaN && described.impliedVolatility[3].isNaN)
        #expect(described.vendorDisagreements == 1)
    }

    @Test func symbolsWithoutADayKeepTheirTicker() throws {
        let rows = try optionRows([Quote(underlying: "AAPL"), Quote(underlying: "MSFT"), Quote(underlying: "IBM")])
        let described = OptionDescriber(lexicon: lexicon).describe(rows, underlyings: [.init(close: 100)])
        let keys = described.keys.map(DescriptionKey.init(rawValue:))
        #expect(keys.map(\.ticker) == rows.symbol)
        #expect(keys.map { $0[.moneyness] == 0 } == [false, true, true])
    }

    /// Compares the kernel with the lexicon written in plain Swift, on random rows.
    @Test func theKernelAgreesWithTheLexicon() throws {
        var random = SplitMix(state: 11)
        func field(_ values: ClosedRange<Int>, _ random: inout SplitMix) -> String {
            Int.random(in: 0..<8, using: &random) == 0 ? "" : String(Int.random(in: values, using: &random))
        }
        func price(_ random: inout SplitMix) -> String {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: return ""
            case 1: return "0"
            default:
                let cents = Int.random(in: 1...2_000, using: &random)
                return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
            }
        }
        var quotes: [Quote] = []
        var seen: Set<String> = []
        for _ in 0..<20_000 {
            var quote = Quote()
            quote.underlying = ticker(Int.random(in: 0..<40, using: &random))
            quote.isPut = Bool.random(using: &random)
            quote.days = Int.random(in: 0...900, using: &random)
            quote.strike = Int32.random(in: 1...400, using: &random) * 500
            quote.bid = price(&random)
            quote.ask = price(&random)
            quote.volume = field(0...20_000, &random)
            quote.openInterest = field(0...5_000, &random)
            quote.volatility = Bool.random(using: &random) ? "0.4" : ""
            // A reader refuses the second row of a contract.
            let contract = "\(quote.underlying) \(quote.isPut) \(quote.days) \(quote.strike)"
            if seen.insert(contract).inserted { quotes.append(quote) }
        }
        let rows = try optionRows(quotes)
        var underlyings: [OptionDescriber.Underlying] = []
        for number in 0..<rows.symbols.count {
            var underlying = OptionDescriber.Underlying()
            if number % 7 != 0 { underlying.close = Float(20 + number * 4) }
            underlying.moveCode = UInt8(number % 7)
            underlying.regimeCode = UInt8(number % 4)
            underlyings.append(underlying)
        }
        let described = OptionDescriber(lexicon: lexicon).describe(rows, underlyings: underlyings)
        for row in 0..<rows.count {
            let expected = restated(rows, row, underlyings, volatility: described.impliedVolatility[row])
            let key = DescriptionKey(rawValue: described.keys[row])
            guard key != expected else { continue }
            Issue.record("row \(row): \(Attribute.allCases.filter { key[$0] != expected[$0] })")
            return
        }
    }

    private func restated(
        _ rows: OptionBlock, _ row: Int, _ underlyings: [OptionDescriber.Underlying], volatility: Float
    ) -> DescriptionKey {
        let underlying = underlyings[Int(rows.symbol[row])]
        let isPut = rows.kind[row] == 1
        var key = DescriptionKey(ticker: rows.symbol[row], kind: isPut ? .put : .call)
        key[.underlyingMove] = underlying.moveCode
        key[.regime] = underlying.regimeCode
        let strike = Double(rows.strike[row]) / 1000
        let close = Double(underlying.close)
        key[.moneyness] = lexicon.code(of: Float(isPut ? strike / close : close / strike), in: .moneyness)
        key[.tenor] = lexicon.code(of: Float(rows.day.days(to: Day(rawValue: rows.expiry[row]))), in: .tenor)
        key[.impliedVolatility] = lexicon.code(of: volatility, in: .impliedVolatility)
        let volume = rows.volume[row], open = rows.openInterest[row]
        if volume >= 0 { key[.volume] = lexicon.code(of: Float(volume), in: .volume) }
        if open >= 0 { key[.openInterest] = lexicon.code(of: Float(open), in: .openInterest) }
        if volume >= 100, open >= 0, volume > 2 * open { key[.unusualActivity] = 1 }
        let bid = rows.bid[row], ask = rows.ask[row]
        if ask > 0, !(bid > 0) {
            key[.spread] = UInt8(lexicon[.spread].categories.count)
        } else if bid > 0, ask >= bid {
            let (b, a) = ((Double(bid) * 100).rounded(), (Double(ask) * 100).rounded())
            key[.spread] = lexicon.code(of: Float((a - b) / ((a + b) / 2)), in: .spread)
        }
        return key
    }
}
