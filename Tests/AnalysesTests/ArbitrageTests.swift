import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct ArbitrageTests {
    private let day = Day(iso: "2014-06-06") ?? Day(rawValue: 0)

    // MARK: Brute force

    private struct Case: Decodable {
        var close: Double
        var european: Bool
        /// `nil`: the one that the quotes imply.
        var rate: Double?
        var yield: Double
        var implied: Bool
        var quotes: [Quote]
        var expected: [String: Double]

        struct Quote: Decodable {
            var days: Int
            var strike: Int
            var kind: OptionKind
            var bid: Double
            var ask: Double

            init(from decoder: any Decoder) throws {
                var box = try decoder.unkeyedContainer()
                days = try box.decode(Int.self)
                strike = try box.decode(Int.self)
                kind = try box.decode(String.self) == "C" ? .call : .put
                bid = try box.decode(Double.self)
                ask = try box.decode(Double.self)
            }
        }
    }

    /// The best partner of every leg, by Python over all pairs and triples (scripts/golden/arbitrage_bruteforce.py).
    @Test func candidatesAreThoseOfBruteForce() throws {
        let cases = try golden("arbitrage", as: [Case].self)
        #expect(cases.count == 300)
        for (number, one) in cases.enumerated() {
            var settings = ArbitrageSettings()
            if let rate = one.rate { settings.rate = .fixed(rate) }
            settings.dividends = one.implied ? .implied(most: one.yield) : .yield(one.yield)
            let quotes = try one.quotes.map {
                OptionQuote(
                    contract: try OptionContract(
                        root: "T", expiry: day.adding(days: $0.days), kind: $0.kind, strikeThousandths: Int32($0.strike * 1000)),
                    style: one.european ? .european : .american, bid: $0.bid, ask: $0.ask, volume: 10)
            }
            let chain = DayChain(underlying: "T", day: day, close: one.close, quotes: quotes)
            var found: [String: Double] = [:]
            for candidate in ArbitrageFinder(settings: settings).find(in: chain).candidates {
                let anchor = try #require(Self.anchor(candidate))
                let body = candidate.family == .butterfly ? Double(anchor.ratio) : 1
                let contract = try #require(anchor.contract)
                let key =
                    "\(candidate.family.rawValue) \(day.days(to: contract.expiry)) \(contract.strikeThousandths / 1000)\(contract.kind.letter)"
                #expect(found[key] == nil, "chain \(number) has \(key) twice")
                found[key] = candidate.profit / body
                if let rate = one.rate, !one.implied {
                    #expect(abs(Self.worstCase(candidate, one, rate, day) - candidate.profit) < 0.005, "chain \(number), \(key)")
                }
            }
            for (key, profit) in one.expected {
                #expect(abs((found[key] ?? 0) - profit) < 1e-6, "chain \(number), \(key): \(found[key] ?? 0), not \(profit)")
            }
            for key in found.keys { #expect(one.expected[key] != nil, "chain \(number): \(key) is none") }
        }
    }

    /// The leg that a family reports once: see the Python.
    private static func anchor(_ candidate: ArbitrageCandidate) -> ArbitrageLeg? {
        switch candidate.family {
        case .conversion, .reversal: candidate.legs.first { $0.kind == "call" }
        case .longBox, .shortBox: candidate.legs.filter { $0.kind == "call" }.max { ($0.strike ?? 0) < ($1.strike ?? 0) }
        case .vertical, .butterfly: candidate.legs.first { $0.side == .sell }
        case .verticalWidth, .calendar: candidate.legs.first { $0.side == .buy }
        }
    }

    /// The profit over a grid of prices at expiry, by paying out every leg.
    private static func worstCase(_ candidate: ArbitrageCandidate, _ one: Case, _ rate: Double, _ day: Day) -> Double {
        guard candidate.family != .calendar else { return candidate.profit }
        let years = Double(candidate.days_to_expiry) / 365
        let discount = exp(-rate * years)
        let dividends = one.yield * one.close * (years + 0.25)
        let strikes = candidate.legs.compactMap(\.strike)
        let least =
            ([0] + strikes + [2 * (strikes.max() ?? 0)]).map { spot in
                candidate.legs.reduce(0.0) { sum, leg in
                    let value =
                        switch leg.kind {
                        case "call": max(0, spot - (leg.strike ?? 0))
                        case "put": max(0, (leg.strike ?? 0) - spot)
                        default: spot
                        }
                    return sum + Double(leg.ratio) * (leg.side == .buy ? value : -value)
                }
            }.min() ?? 0
        // Short packages of American options can be exercised at once, which takes the discount away.
        let isShort = least < 0
        var payoff = isShort && !one.european ? least : least * discount
        if candidate.family == .reversal { payoff -= dividends }
        if candidate.family == .shortBox, !one.european { payoff -= max(dividends, (strikes.min() ?? 0) * (1 - discount)) }
        return payoff - candidate.cost - candidate.fees
    }

    // MARK: Simulated markets

    @Test func aMarketWithoutArbitrageHasNoCandidates() throws {
        var chains = SimulatedChains(SplitMix(printing: "aMarketWithoutArbitrageHasNoCandidates"))
        let finder = ArbitrageFinder()
        var (quotes, accepted) = (0, 0)
        while quotes < 1_000_000 {
            let report = finder.find(in: try chains.chain())
            quotes += report.quotes
            accepted += report.quotes - report.rejected.total
            #expect(report.candidates.isEmpty, "\(report.candidates.first.map { "\($0)" } ?? "")")
            if !report.candidates.isEmpty { return }
        }
        #expect(accepted > 500_000)
    }

    @Test func noFeesFindNothingEither() throws {
        var chains = SimulatedChains(SplitMix(printing: "noFeesFindNothingEither"))
        var finder = ArbitrageFinder()
        finder.settings.feePerContract = 0
        finder.settings.stockCost = 0
        finder.settings.rate = .fixed(0)
        for _ in 0..<40 {
            let report = finder.find(in: try chains.chain())
            #expect(report.candidates.isEmpty, "\(report.candidates.first.map { "\($0)" } ?? "")")
        }
    }

    @Test func dividendsAndEarlyExerciseAreNoArbitrage() throws {
        var chains = SimulatedChains(SplitMix(printing: "dividendsAndEarlyExerciseAreNoArbitrage"))
        for (strikes, spread) in [(2, 1), (3, 1), (4, 1), (6, 1), (10, 1), (16, 1), (16, 0.2), (30, 0.5)] {
            for _ in 0..<40 {
                let chain = try chains.americanChain(strikes: strikes, spread: spread)
                for rate in [.fixed(chains.rate), ArbitrageSettings().rate] {
                    var finder = ArbitrageFinder()
                    finder.settings.rate = rate
                    let found = finder.find(in: chain).candidates
                    #expect(found.isEmpty, "\(strikes) strikes, spread \(spread), \(rate): \(found.first.map { "\($0)" } ?? "")")
                }
            }
        }
    }

    /// With dividends and early exercise, C − P falls by more than a dollar per dollar of strike. The rate that the strikes imply is then too low
    /// at the lowest one, whose conversion would seem to earn half a cent.
    @Test func aFallingCarryIsNoConversion() throws {
        var quotes = [
            ("168", 20.11, 20.37, 0.06, 0.1), ("174", 14.15, 14.62, 0.37, 0.42), ("180", 8.99, 9.03, 1.37, 1.41), ("186", 4.75, 4.81, 3.51, 3.58),
            ("192", 2.05, 2.14, 7.03, 7.26), ("198", 0.73, 0.78, 11.79, 12.12), ("204", 0.2, 0.24, 17.24, 17.74), ("210", 0.03, 0.07, 23.06, 23.65),
        ].flatMap { strike, callBid, callAsk, putBid, putAsk in
            [("C", callBid, callAsk), ("P", putBid, putAsk)].map { ("T140711\($0)00\(strike)000", $1, $2) }
        }
        func found() throws -> [ArbitrageCandidate] {
            let chain = DayChain(underlying: "T", day: day, close: 187.76, quotes: try quotes.map { try quote($0, $1, $2) })
            return ArbitrageFinder().find(in: chain).candidates
        }
        #expect(try found().isEmpty)
        // A bid that is out of line with the strikes beside it.
        quotes[8].1 += 2.5
        quotes[8].2 += 2.5
        let conversion = try #require(try found().first { $0.family == .conversion })
        #expect(conversion.legs[0].contract?.description == "T140711C00192000" && conversion.profit > 0.9 && conversion.profit < 1.1)
    }

    /// Four strikes do not determine the rate, so debts of European packages at expiry are not discounted.
    @Test func fewEuropeanStrikesMakeNoBox() throws {
        for rate in [0.0, 0.01, 0.05] {
            let quotes = try [100.0, 200, 300, 400].flatMap { strike in
                try OptionKind.allCases.map { kind in
                    let mid = BlackScholes(kind: kind, spot: 185, strike: strike, years: 956.0 / 365, volatility: 0.5, rate: rate).price
                    return OptionQuote(
                        contract: try OptionContract(
                            root: "T", expiry: day.adding(days: 956), kind: kind, strikeThousandths: Int32(strike * 1000)),
                        style: .european, bid: mid - 0.4, ask: mid + 0.4, volume: 10)
                }
            }
            let found = ArbitrageFinder().find(in: DayChain(underlying: "T", day: day, close: 185, quotes: quotes)).candidates
            #expect(found.isEmpty, "at \(rate): \(found.first.map { "\($0)" } ?? "")")
        }
    }

    /// Moves one quote until a package beyond costs exists; the distance determines its profit.
    @Test func plantedViolationsAreFound() throws {
        var chains = SimulatedChains(SplitMix(printing: "plantedViolationsAreFound"))
        var finder = ArbitrageFinder()
        finder.settings.rate = .fixed(0)
        var (planted, found, foundWithoutRate, fullWithoutRate) = (0, 0, 0, 0)
        var missed: [String] = []
        var missedWithoutRate: [ArbitrageFamily: Int] = [:]
        while planted < 1200 {
            var chain = try chains.chain(strikes: 24, expiries: 4)
            let accepted = QuoteFilter().accept(chain).quotes
            for family in ArbitrageFamily.allCases {
                guard let plan = Self.plan(family, accepted, close: chain.close, &chains) else { continue }
                let place = try #require(chain.quotes.firstIndex { $0.contract == plan.contract })
                let before = chain.quotes[place]
                chain.quotes[place].bid = plan.bid
                chain.quotes[place].ask = plan.ask
                func best(_ finder: ArbitrageFinder) -> Double? {
                    finder.find(in: chain).candidates.filter {
                        $0.family == family && $0.legs.contains { $0.contract == plan.contract }
                    }.map(\.profit).max()
                }
                let profit = best(finder)
                let estimate = best(ArbitrageFinder())
                if let estimate {
                    foundWithoutRate += 1
                    if estimate > plan.profit - 0.01 { fullWithoutRate += 1 }
                } else {
                    missedWithoutRate[family, default: 0] += 1
                }
                chain.quotes[place] = before
                planted += 1
                // A better partner than the planted one is welcome.
                if let profit, profit > plan.profit - 0.01 { found += 1 } else { missed.append("\(family) \(plan) \(profit ?? 0)") }
            }
        }
        print(
            "planted \(planted), found \(found); with the rate implied by the chain \(foundWithoutRate), of which \(fullWithoutRate) with all but a cent of the profit; missed \(missedWithoutRate)"
        )
        #expect(Double(found) >= 0.99 * Double(planted), "\(missed.prefix(3))")
        #expect(Double(foundWithoutRate) >= 0.99 * Double(planted), "\(missedWithoutRate)")
    }

    private struct Plan {
        var contract: OptionContract
        var bid: Double
        var ask: Double
        var profit: Double
    }

    /// A quote to move, with the profit of the package that this makes.
    private static func plan(_ family: ArbitrageFamily, _ quotes: [OptionQuote], close: Double, _ chains: inout SimulatedChains) -> Plan? {
        let fee = 0.0065
        let beyond = 0.03 + 0.5 * chains.unit()
        func cents(_ value: Double, _ rule: FloatingPointRoundingRule) -> Double { (value * 100).rounded(rule) / 100 }
        let anchor = quotes[Int(chains.unit() * Double(quotes.count))]
        let (kind, expiry) = (anchor.kind, anchor.expiry)
        func twin(_ quote: OptionQuote) -> OptionQuote? {
            quotes.first { $0.expiry == quote.expiry && $0.strike == quote.strike && $0.kind != quote.kind }
        }
        let row = quotes.filter { $0.expiry == expiry && $0.kind == kind }
        guard let place = row.firstIndex(where: { $0.contract == anchor.contract }) else { return nil }
        /// Raises a bid (with its ask) so that a package earns `beyond`.
        func raise(_ quote: OptionQuote, to bid: Double, profit: (Double) -> Double) -> Plan? {
            let bid = cents(bid, .up)
            guard bid > quote.bid else { return nil }
            return Plan(contract: quote.contract, bid: bid, ask: bid + 0.05, profit: profit(bid))
        }
        switch family {
        case .conversion:
            guard kind == .call, let put = twin(anchor) else { return nil }
            let costs = put.ask + close - anchor.strike + 2 * fee + 0.01
            return raise(anchor, to: costs + beyond) { $0 - costs }
        case .reversal:
            // Dividends are bounded by what other strikes imply: none here, and half a spread.
            guard kind == .put, let call = twin(anchor) else { return nil }
            let pairs = quotes.filter { $0.expiry == expiry && $0.kind == .call && abs($0.strike / close - 1) < 0.25 }.compactMap { call in
                twin(call).map { (call, $0) }
            }
            guard pairs.count >= 12 else { return nil }
            let spreads = pairs.map { $0.0.ask - $0.0.bid + $0.1.ask - $0.1.bid }.sorted()
            let costs = call.ask - close + anchor.strike + 2 * fee + 0.01
            // Half spreads also move what mids imply.
            return raise(anchor, to: costs + 2 * (spreads.last ?? 0) + beyond) { _ in beyond }
        case .longBox:
            guard kind == .call, place > 0, let put = twin(anchor), let lowPut = twin(row[place - 1]) else { return nil }
            let low = row[place - 1]
            let costs = low.ask - lowPut.bid + put.ask - (anchor.strike - low.strike) + 4 * fee
            return raise(anchor, to: costs + beyond) { $0 - costs }
        case .shortBox:
            guard kind == .call, place + 1 < row.count, let put = twin(anchor), let highPut = twin(row[place + 1]) else { return nil }
            let high = row[place + 1]
            let costs = put.ask + high.ask - highPut.bid + high.strike - anchor.strike + 4 * fee
            return raise(anchor, to: costs + 0.04 * close + beyond) { _ in beyond }
        case .vertical:
            let more = kind == .call ? place - 1 : place + 1
            guard row.indices.contains(more) else { return nil }
            let costs = row[more].ask + 2 * fee
            return raise(anchor, to: costs + beyond) { $0 - costs }
        case .verticalWidth:
            let less = kind == .call ? place + 1 : place - 1
            guard row.indices.contains(less) else { return nil }
            let costs = row[less].ask + abs(row[less].strike - anchor.strike) + 2 * fee
            return raise(anchor, to: costs + beyond) { $0 - costs }
        case .butterfly:
            guard place > 0, place + 1 < row.count else { return nil }
            let (low, high) = (row[place - 1], row[place + 1])
            let (left, right) = (Int(low.contract.strikeThousandths), Int(high.contract.strikeThousandths))
            let body = Int(anchor.contract.strikeThousandths)
            let share = Double(right - body) / Double(right - left)
            let costs = share * low.ask + (1 - share) * high.ask + 2 * fee
            // The package has at least one contract of the body.
            return raise(anchor, to: costs + beyond) { $0 - costs }
        case .calendar:
            guard let far = quotes.first(where: { $0.kind == kind && $0.strike == anchor.strike && $0.expiry > expiry }) else { return nil }
            let costs = far.ask + 2 * fee
            return raise(anchor, to: costs + beyond) { $0 - costs }
        }
    }

    // MARK: Details

    private func quote(_ symbol: String, _ bid: Double, _ ask: Double, sizes: (Int, Int) = (-1, -1), volume: Int = 5) throws -> OptionQuote {
        OptionQuote(
            contract: try OptionContract(parsing: symbol), bid: bid, ask: ask, bidSize: sizes.0, askSize: sizes.1, volume: volume)
    }

    @Test func sizesLimitPackages() throws {
        let quotes = [
            try quote("T140711C00100000", 5, 5.2, sizes: (10, 30)), try quote("T140711C00105000", 5, 5.2, sizes: (25, 10)),
            try quote("T140711C00115000", 1, 1.2, sizes: (10, 7)),
        ]
        let report = ArbitrageFinder().find(in: DayChain(underlying: "T", day: day, close: 98, quotes: quotes))
        let butterfly = try #require(report.candidates.first { $0.family == .butterfly })
        #expect(butterfly.legs.map(\.ratio) == [2, 3, 1] && butterfly.legs.map(\.quoted) == [30, 25, 7])
        #expect(butterfly.size == 7)
        #expect(abs(butterfly.cost - (2 * 5.2 - 3 * 5 + 1.2)) < 1e-12 && abs(butterfly.fees - 6 * 0.0065) < 1e-12)
        #expect(abs(butterfly.profit - (3.4 - 0.039)) < 1e-12 && abs(butterfly.profit_dollars - 700 * butterfly.profit) < 1e-9)

        var small = quotes
        small[1].bidSize = 2
        let none = ArbitrageFinder().find(in: DayChain(underlying: "T", day: day, close: 98, quotes: small))
        #expect(!none.candidates.contains { $0.family == .butterfly } && none.too_small == 1)
    }

    @Test func oddStrikesGetShortRatios() throws {
        // After a split of 7:1 strikes are a seventh apart; the exact ratio would be 72:143:71.
        let quotes = [
            try quote("T140711C00070710", 5, 5.1), try quote("T140711C00071430", 5.6, 5.7), try quote("T140711C00072140", 4, 4.1),
        ]
        let report = ArbitrageFinder().find(in: DayChain(underlying: "T", day: day, close: 75, quotes: quotes))
        let butterfly = try #require(report.candidates.first { $0.family == .butterfly })
        #expect(butterfly.legs.map(\.ratio) == [1, 2, 1])
        // Beyond the wings two short calls at 71.43 owe 0.01 more than those at 70.71 and 72.14 pay … or nothing.
        #expect(abs(butterfly.profit - (11.2 - 9.2 - 4 * 0.0065)) < 0.011)
    }

    @Test func unknownCloseLeavesOptionsOnly() throws {
        var chains = SimulatedChains(SplitMix(state: 7))
        var chain = try chains.chain()
        chain.close = .nan
        #expect(ArbitrageFinder().find(in: chain).candidates.isEmpty)
        let near = try #require(chain.quotes.firstIndex { $0.kind == .call && $0.bid > 1 && $0.ask < $0.strike * 0.1 })
        chain.quotes[near].bid += 20
        chain.quotes[near].ask += 21
        let families = Set(ArbitrageFinder().find(in: chain).candidates.map(\.family))
        #expect(families.contains(.calendar) && families.contains(.vertical) && !families.contains(.conversion))
        // Nothing bounds the dividends of a short stock.
        #expect(!families.contains(.shortBox))
    }

    @Test func midsInsideTheSpreadAreNoOpportunity() throws {
        // Mids violate monotonicity by 0.30; the sides do not.
        let quotes = [try quote("T140711C00100000", 1, 2), try quote("T140711C00101000", 1.4, 2.2)]
        #expect(ArbitrageFinder().find(in: DayChain(underlying: "T", day: day, close: 95, quotes: quotes)).candidates.isEmpty)
    }

    @Test func theOrderOfQuotesChangesNothing() throws {
        var chains = SimulatedChains(SplitMix(printing: "theOrderOfQuotesChangesNothing"))
        var chain = try chains.chain()
        for _ in 0..<30 {
            let place = Int(chains.unit() * Double(chain.quotes.count))
            chain.quotes[place].bid += 3
            chain.quotes[place].ask += 3
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let one = try encoder.encode(ArbitrageFinder().find(in: chain))
        chain.quotes.shuffle(using: &chains.random)
        #expect(try encoder.encode(ArbitrageFinder().find(in: chain)) == one)
    }

    @Test func jsonHasTheNamesOfTheCommandLine() throws {
        let quotes = [try quote("T140711C00100000", 1, 1.1), try quote("T140711C00101000", 1.5, 1.6), try quote("T140711C00102000", 0, 0.1)]
        let report = ArbitrageFinder().find(in: DayChain(underlying: "T", day: day, close: 95, quotes: quotes))
        let json = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any])
        #expect((json["rejected"] as? [String: Int]) == ["zero_bid": 1])
        let candidates = try #require(json["candidates"] as? [[String: Any]])
        let keys: Set = ["family", "legs", "cost", "profit", "size", "against"]
        #expect(keys.isSubset(of: candidates[0].keys) && candidates[0]["size"] is NSNull && candidates[0]["family"] as? String == "vertical")
        #expect(try JSONDecoder().decode(ArbitrageReport.self, from: JSONEncoder().encode(report)).candidates == report.candidates)
    }
}
