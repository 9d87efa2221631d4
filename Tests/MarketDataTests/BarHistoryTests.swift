import Foundation
import MarketData
import Testing
import TestSupport

@Suite struct BarHistoryTests {
    /// A simulated stock: sessions from 2015-01-02, a seeded random walk; `edit` may change a bar.
    private func bars(
        _ count: Int, seed: UInt64 = 1, dailyMove: Double = 0.01,
        edit: (Int, inout (open: Double, high: Double, low: Double, close: Double, volume: Double)) -> Void = { _, _ in }
    ) -> [(day: Day, text: String)] {
        var random = SplitMix(state: seed)
        var price = 100.0
        let days = TradingCalendar.unitedStates.sessions(in: Day(iso: "2015-01-02")!...Day(iso: "2024-12-31")!)
        return days.prefix(count).enumerated().map { index, day in
            let open = price * exp(Double.random(in: -1...1, using: &random) * dailyMove)
            price = open * exp(Double.random(in: -1...1, using: &random) * dailyMove)
            var bar = (
                open: open, high: max(open, price) * 1.002, low: min(open, price) * 0.998, close: price,
                volume: Double(Int.random(in: 900_000...1_100_000, using: &random))
            )
            edit(index, &bar)
            return (day, "\(day),\(bar.open),\(bar.high),\(bar.low),\(bar.close),\(bar.volume)")
        }
    }

    private func rows(_ bars: some Collection<(day: Day, text: String)>, symbol: String = "A") throws -> StockBlock {
        let text = "trade_date,Open,High,Low,Close,Volume\n" + bars.map { $0.text + "\n" }.joined()
        var result: StockBlock?
        try StockFileReader(key: symbol, layout: .history(symbol: symbol)).read(MemoryBytes(Array(text.utf8))) { rows, rejected in
            #expect(rejected.isEmpty)
            result = rows
        }
        return try #require(result)
    }

    private func history(_ bars: some Collection<(day: Day, text: String)>) throws -> BarHistory {
        var history = BarHistory()
        history.add(try rows(bars))
        return history
    }

    @Test func aDayUsesOnlyEarlierDays() throws {
        let all = bars(700, seed: 3) { index, bar in
            if index >= 400 { bar = (bar.open / 2, bar.high / 2, bar.low / 2, bar.close / 2, bar.volume * 2) }
        }
        let whole = try history(all).contexts(symbol: "A")
        #expect(whole.count == 700)
        for length in [1, 2, 21, 60, 80, 81, 300, 401, 402, 699] {
            #expect(try history(all.prefix(length)).contexts(symbol: "A") == Array(whole.prefix(length)))
        }
    }

    @Test func theOrderOfFilesDoesNotMatter() throws {
        let all = bars(300, seed: 4)
        let expected = try history(all).contexts(symbol: "A")
        #expect(try history(all.reversed()).contexts(symbol: "A") == expected)
        var inPieces = BarHistory()
        for piece in [150..<200, 0..<50, 220..<300, 50..<150, 180..<230] { inPieces.add(try rows(all[piece])) }
        #expect(inPieces.contexts(symbol: "A") == expected)
        #expect(inPieces.duplicateCount == 30)
        #expect(inPieces.barCount == 300)
    }

    @Test func movesGapsAndRangesAreThoseOfTheDay() throws {
        let history = try history([
            (Day(iso: "2015-01-05")!, "2015-01-05,100,101,99,100,10"),
            (Day(iso: "2015-01-06")!, "2015-01-06,102,106,101,104,"),
            (Day(iso: "2015-01-08")!, "2015-01-08,100,101,99,100,10"),
            (Day(iso: "2015-01-09")!, "2015-01-09,0,101,0,101,10"),
        ])
        let contexts = history.contexts(symbol: "A")
        #expect(contexts[0].move == nil && contexts[0].previousClose == nil)
        #expect(contexts[1].previousClose == 100 && abs((contexts[1].move ?? 0) - 0.04) < 1e-6)
        #expect(abs((contexts[1].gap ?? 0) - 0.02) < 1e-6 && abs((contexts[1].range ?? 0) - 0.05) < 1e-6)
        #expect(contexts[1].volume.isNaN && contexts[1].relativeVolume == nil)
        // A session is missing before: its close was the previous one.
        #expect(contexts[2].previousClose == nil && contexts[2].move == nil)
        // An open or a low of 0 is not a price.
        #expect(contexts[3].move != nil && contexts[3].gap == nil && contexts[3].range == nil)
        #expect(history.close(of: "A", on: Day(iso: "2015-01-08")!) == 100)
        #expect(history.close(of: "A", on: Day(iso: "2015-01-07")!) == nil)
        #expect(history.context(symbol: "a", day: Day(iso: "2015-01-08")!) == nil)
    }

    @Test func windowsNeedTheirObservations() throws {
        let contexts = try history(bars(400, seed: 5)).contexts(symbol: "A")
        #expect(contexts.firstIndex { $0.relativeVolume != nil } == 10)
        #expect(contexts.firstIndex { $0.realisedVolatility != nil } == 20)
        #expect(contexts.firstIndex { $0.trend != nil } == 20)
        #expect(contexts.firstIndex { $0.drawdown != nil } == 59)
        #expect(contexts.firstIndex { $0.volatilityPercentile != nil } == 79)
    }

    @Test(arguments: [10, 20, 30, 60, 90]) func realisedVolatilityOfAnyWindowIsItsDefinition(_ sessions: Int) throws {
        let history = try history(bars(400, seed: 6))
        let contexts = history.contexts(symbol: "A")
        let closes = contexts.map { Double($0.close) }
        for index in [sessions - 1, sessions, 200, 399] {
            let found = history.realisedVolatility(of: "A", on: contexts[index].day, sessions: sessions)
            guard index >= sessions else {
                #expect(found == nil)
                continue
            }
            let returns = (index - sessions + 1...index).map { log(closes[$0] / closes[$0 - 1]) }
            let mean = returns.reduce(0, +) / Double(sessions)
            let expected = (returns.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(sessions - 1) * 252).squareRoot()
            #expect(abs(Double(found ?? -1) - expected) < 1e-5)
            if sessions == 20 { #expect(found == contexts[index].realisedVolatility) }
        }
        #expect(history.realisedVolatility(of: "B", on: contexts[200].day, sessions: sessions) == nil)
    }

    @Test func numbersAgreeWithTheirDefinitions() throws {
        let contexts = try history(bars(400, seed: 6)).contexts(symbol: "A")
        let last = contexts.count - 1
        let closes = contexts.map { Double($0.close) }
        func volatility(_ at: Int) -> Double {
            let returns = (at - 19...at).map { log(closes[$0] / closes[$0 - 1]) }
            let mean = returns.reduce(0, +) / 20
            return (returns.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 19 * 252).squareRoot()
        }
        let today = try #require(contexts[last].realisedVolatility)
        #expect(abs(Double(today) - volatility(last)) < 1e-5)
        let year = (last - 251..<last).map(volatility)
        let lower = Double(year.filter { $0 < volatility(last) }.count) / 251
        #expect(abs(Double(contexts[last].volatilityPercentile ?? -1) - lower) < 1e-6)
        #expect(abs(Double(contexts[last].trend ?? -1) - (closes[last] / closes[last - 20] - 1)) < 1e-6)
        let highest = contexts.suffix(252).map { Double($0.high) }.max() ?? 0
        #expect(abs(Double(contexts[last].drawdown ?? -1) - (1 - closes[last] / highest)) < 1e-6)
        let volumes = contexts[last - 20..<last].map(\.volume).sorted()
        let usual = (volumes[9] + volumes[10]) / 2
        #expect(abs(Double(contexts[last].relativeVolume ?? -1) - contexts[last].volume / usual) < 1e-6)
    }

    @Test func aVolatileMonthHasAHighRankInItsYear() throws {
        let calm = bars(300, seed: 7)
        let stormy = bars(300, seed: 7) { index, bar in
            if index >= 280 { bar.close *= index % 2 == 0 ? 1.06 : 0.95; bar.high = max(bar.high, bar.close); bar.low = min(bar.low, bar.close) }
        }
        let percentile = try #require(try history(stormy).contexts(symbol: "A").last?.volatilityPercentile)
        #expect(percentile > 0.95)
        #expect(try history(calm).contexts(symbol: "A").count == 300)
    }

    @Test(arguments: [7.0, 2, 1.5, 4, 20, 1.0 / 8, 1.0 / 2, 1.0 / 30])
    func aSplitIsReportedAndOtherRowsAreUnaffected(ratio: Double) throws {
        let unsplit = try history(bars(400, seed: 8)).contexts(symbol: "A")
        let split = try history(
            bars(400, seed: 8) { index, bar in
                if index >= 350 {
                    bar = (bar.open / ratio, bar.high / ratio, bar.low / ratio, bar.close / ratio, (bar.volume * ratio).rounded())
                }
            }
        ).contexts(symbol: "A")
        for index in unsplit.indices {
            #expect((split[index].suspectedSplit != nil) == (index == 350), "\(index)")
            func near(_ a: Float?, _ b: Float?, _ tolerance: Float) -> Bool {
                guard let a, let b else { return a == nil && b == nil }
                return abs(a - b) < tolerance
            }
            #expect(near(split[index].drawdown, unsplit[index].drawdown, 1e-4))
            #expect(near(split[index].trend, unsplit[index].trend, 1e-4))
            #expect(near(split[index].relativeVolume, unsplit[index].relativeVolume, 1e-3))
            // One return is left out, so the window differs for a month.
            if index < 350 || index > 375 {
                #expect(near(split[index].realisedVolatility, unsplit[index].realisedVolatility, 1e-4))
            } else {
                #expect((split[index].realisedVolatility ?? 9) < 0.3)
            }
        }
        #expect(abs(Double(split[350].suspectedSplit ?? 0) / ratio - 1) < 1e-5)
        #expect(split[350].move == nil && split[350].gap == nil)
        #expect(split[351].move != nil)
    }

    @Test func aCrashIsNoSplit() throws {
        // Half of the value is gone at the open, and everybody sells.
        let crash = bars(400, seed: 9) { index, bar in
            if index >= 350 { bar = (bar.open / 2, bar.high / 2, bar.low / 2, bar.close / 2, bar.volume * (index == 350 ? 30 : 2)) }
        }
        let contexts = try history(crash).contexts(symbol: "A")
        #expect(contexts.allSatisfy { $0.suspectedSplit == nil })
        #expect((contexts[350].move ?? 0) < -0.4)
        #expect((contexts[360].drawdown ?? 0) > 0.4)
        // A fall that is not near a simple ratio is not a split, whatever its volume.
        let fall = bars(400, seed: 9) { index, bar in
            if index >= 350 { bar = (bar.open * 0.58, bar.high * 0.58, bar.low * 0.58, bar.close * 0.58, bar.volume) }
        }
        #expect(try history(fall).contexts(symbol: "A").allSatisfy { $0.suspectedSplit == nil })
    }

    @Test func aLongAbsenceBeginsAnew() throws {
        var all = bars(400, seed: 10)
        all.removeSubrange(200..<212)
        let contexts = try history(all).contexts(symbol: "A")
        #expect(contexts[199].drawdown != nil)
        #expect(contexts[200].previousClose == nil && contexts[200].drawdown == nil && contexts[200].trend == nil)
        #expect(contexts[200].realisedVolatility == nil)
        #expect(contexts[259].drawdown != nil)
    }

    @Test func symbolsDifferByCase() throws {
        var history = BarHistory()
        history.add(try rows(bars(3, seed: 1), symbol: "NAN"))
        history.add(try rows(bars(3, seed: 2), symbol: "nan"))
        #expect(history.symbolCount == 2)
        let day = Day(iso: "2015-01-05")!
        #expect(history.close(of: "NAN", on: day) != history.close(of: "nan", on: day))
    }

    @Test(.enabled(if: SampleMarket.folder != nil, Comment(rawValue: SampleMarket.absence)))
    func findsTheRealSplitsAndNoOthers() throws {
        let folder = try #require(SampleMarket.folder).appendingPathComponent("stocks-2010-2025")
        var found: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let symbol = String(name.dropLast(4))
            var history = BarHistory()
            try StockFileReader(key: name, layout: .history(symbol: symbol))
                .read(FileBytes(path: folder.appendingPathComponent(name).path)) { rows, _ in history.add(rows) }
            for context in history.contexts(symbol: symbol) {
                if let ratio = context.suspectedSplit { found.append("\(symbol) \(context.day) \(ratio)") }
            }
        }
        #expect(
            found == ["AAPL 2014-06-09 7.0", "AAPL 2020-08-31 4.0", "BNO 2013-08-29 2.0", "USO 2020-04-29 0.125"])
    }

    /// A run over many years keeps only the last sessions. This must not change contexts, through splits, gaps and sparse bars.
    @Test func forgettingChangesNoLaterContext() throws {
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = SplitMix(state: seed)
            let all = bars(1_800, seed: seed, dailyMove: 0.03) { index, bar in
                if index % 311 == 97 { bar = (bar.open / 4, bar.high / 4, bar.low / 4, bar.close / 4, bar.volume * 4) }
            }.enumerated().filter { item in
                // Some bars are missing, and once a long stretch.
                !(900..<920).contains(item.offset) && Int.random(in: 0..<(seed.isMultiple(of: 2) ? 50 : 3), using: &random) != 0
            }.map(\.element)
            let whole = try history(all)
            var kept = BarHistory()
            var start = 0
            while start < all.count {
                let end = min(start + 250, all.count)
                kept.forget()
                kept.add(try rows(all[start..<end]))
                for bar in all[start..<end] {
                    #expect(kept.context(symbol: "A", day: bar.day) == whole.context(symbol: "A", day: bar.day), "\(bar.day)")
                }
                start = end
            }
            #expect(kept.barCount < 250 + 300)
        }
    }
}
