import Foundation
import MarketData
import Simulation
import Testing

@Suite struct MarketSimulatorTests {
    /// All files of a folder by key.
    private func files(_ folder: URL) throws -> [String: Data] {
        let root = folder.resolvingSymlinksInPath().path + "/"
        let enumerator = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        var found: [String: Data] = [:]
        for case let url as URL in enumerator where !url.hasDirectoryPath {
            found[String(url.resolvingSymlinksInPath().path.dropFirst(root.count))] = try Data(contentsOf: url)
        }
        return found
    }

    private func simulate(_ configuration: SimulationConfiguration, workers: Int = 2) async throws -> (
        files: [String: Data], quirks: PlantedQuirks
    ) {
        try await withTemporaryFolder { folder in
            let quirks = try await MarketSimulator(configuration: configuration).write(to: folder, workers: workers)
            return (try files(folder), quirks)
        }
    }

    private func configuration(
        _ first: String, _ last: String, seed: UInt64 = 1, underlyings: Int = 8, rowsPerDay: Int = 120, quirks: Double = 0
    ) throws -> SimulationConfiguration {
        SimulationConfiguration(
            seed: seed, underlyings: underlyings, firstDay: try #require(Day(iso: first)),
            lastDay: try #require(Day(iso: last)), rowsPerDay: rowsPerDay, quirkRate: quirks)
    }

    @Test func theSameSeedGivesTheSameBytesWhateverTheWorkers() async throws {
        let wanted = try configuration("2009-12-21", "2010-01-22", quirks: 0.02)
        let one = try await simulate(wanted, workers: 1)
        let three = try await simulate(wanted, workers: 3)
        #expect(one.files == three.files)
        #expect(one.quirks == three.quirks)
        #expect(one.files.count > 30)

        var other = wanted
        other.seed = 2
        #expect(try await simulate(other).files["options/2009/2009-12-21options.csv"] != one.files["options/2009/2009-12-21options.csv"])
    }

    @Test func keepsTheLayoutAndTheCalendar() async throws {
        let wanted = try configuration("2009-12-21", "2010-01-22")
        let market = try await simulate(wanted)
        var expected: Set<String> = ["SIMULATED.md", "quirks.json", "names.csv"]
        for day in TradingCalendar.unitedStates.sessions(in: wanted.firstDay...wanted.lastDay) {
            if day.year == 2009 {
                expected.insert("options/2009/\(day)options.csv")
                expected.insert("options/2009/\(day)stocks.csv")
            } else {
                expected.insert("options-complete/\(day)options.csv")
            }
        }
        for symbol in ["NAN", "SIMA", "SIMB", "SIMC", "SIMD", "SIME", "SIMG", "SIMH"] {
            expected.insert("stocks-2010-2025/\(symbol).csv")
        }
        #expect(Set(market.files.keys) == expected)
        let notice = String(decoding: try #require(market.files["SIMULATED.md"]), as: UTF8.self)
        #expect(notice.contains("simulated") && notice.contains("| seed | 1 |"))
        #expect(market.quirks.files.isEmpty && market.quirks.options.rejected.isEmpty && market.quirks.stocks.rejected.isEmpty)
        let stored = try JSONDecoder().decode(PlantedQuirks.self, from: try #require(market.files["quirks.json"]))
        #expect(stored == market.quirks)

        let history = try lines(market, "stocks-2010-2025/NAN.csv")
        #expect(history.first == "trade_date,Open,High,Low,Close,Volume")
        #expect(history.dropFirst().map { $0.prefix(10) }.first == "2010-01-04")
        #expect(history.count == 15)
        let section = try lines(market, "options/2009/2009-12-21stocks.csv")
        #expect(section.first == "symbol,open,high,low,close,volume,adjust_close")
        #expect(section.count == 9)
    }

    private func lines(_ market: (files: [String: Data], quirks: PlantedQuirks), _ key: String) throws -> [Substring] {
        try String(decoding: #require(market.files[key], "\(key)"), as: UTF8.self).split(separator: "\n")
    }

    private static let header =
        "contract,underlying,expiration,type,strike,style,bid,bid_size,ask,ask_size,volume,open_interest,quote_date,delta,gamma,theta,vega,implied_volatility"

    /// Without quirks, whatever the year.
    @Test(arguments: ["2003-05-05", "2008-05-05", "2014-05-05", "2018-05-07", "2023-05-08"])
    func rowsAreWellFormed(date: String) async throws {
        let market = try await simulate(configuration(date, date, underlyings: 16))
        let year = try #require(Day(iso: date)).year
        let key = (year < 2010 ? "options/\(year)/" : "options-complete/") + "\(date)options.csv"
        let lines = try lines(market, key)
        #expect(String(lines[0]) == Self.header)
        #expect(lines.count - 1 == market.quirks.options.lines)
        #expect(lines.count > 16 * 60)
        var seen: Set<String> = []
        for line in lines.dropFirst() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            try #require(fields.count == 18, "\(line)")
            #expect(fields[0].hasPrefix("O:") == (year >= 2023))
            let contract = try OptionContract(parsing: fields[0])
            #expect(seen.insert(fields[0]).inserted)
            #expect(contract.root == fields[1].filter { $0 != "." })
            #expect(contract.expiry.description == fields[2])
            #expect(contract.kind.word == fields[3])
            #expect(Double(fields[4]) == contract.strike)
            #expect(fields[5] == "A")
            let (bid, ask) = (try #require(Double(fields[6])), try #require(Double(fields[8])))
            #expect(bid >= 0 && bid < ask, "\(line)")
            #expect(fields[7].isEmpty == (year < 2013) && fields[9].isEmpty == (year < 2013))
            #expect(fields[12] == date)
            #expect(contract.expiry.description >= date)
            let isSaturdayMonthly = contract.expiry.weekday == 6 && (16...22).contains(contract.expiry.dayOfMonth)
            let isThirdFriday = contract.expiry.weekday == 5 && (15...21).contains(contract.expiry.dayOfMonth)
            if contract.expiry.description < "2015-02" {
                #expect(isSaturdayMonthly || (contract.expiry.weekday == 5 && !isThirdFriday && year >= 2010))
            } else {
                #expect(contract.expiry.weekday == 5 || TradingCalendar.unitedStates.holiday(on: contract.expiry.adding(days: 1)) != nil)
            }
            let greeks = fields[13...].map { Double($0) }
            if fields[13].isEmpty {
                #expect(fields[13...].allSatisfy(\.isEmpty) && year >= 2017)
            } else {
                let delta = try #require(greeks[0])
                let volatility = try #require(greeks[4])
                #expect(contract.kind == .call ? (0...1).contains(delta) : (-1...0).contains(delta))
                #expect(volatility > 0.03 && volatility < 5)
            }
        }
    }

    /// Quotes of one session by contract, with the underlying's close.
    private struct Quote {
        var contract: OptionContract
        var bid: Double
        var ask: Double
        var volume: Int?
        var openInterest: Int
        var volatility: Double?
    }

    private func quotes(_ market: (files: [String: Data], quirks: PlantedQuirks), _ key: String) throws -> [Quote] {
        try lines(market, key).dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return Quote(
                contract: try OptionContract(parsing: String(fields[0])), bid: try #require(Double(fields[6])),
                ask: try #require(Double(fields[8])), volume: Double(fields[10]).map { Int($0) },
                openInterest: try #require(Int(fields[11])), volatility: Double(fields[17]))
        }
    }

    private func closes(_ market: (files: [String: Data], quirks: PlantedQuirks), _ day: Day) throws -> [String: Double] {
        let section = try lines(market, "options/\(day.year)/\(day)stocks.csv")
        return try Dictionary(
            uniqueKeysWithValues: section.dropFirst().map { line in
                let fields = line.split(separator: ",")
                return (fields[0].filter { $0 != "." }, try #require(Double(fields[4])))
            })
    }

    @Test func pricesLeaveNoArbitrage() async throws {
        let wanted = try configuration("2007-03-01", "2007-03-30", underlyings: 6, rowsPerDay: 200)
        let market = try await simulate(wanted)
        var pairs = 0
        for day in TradingCalendar.unitedStates.sessions(in: wanted.firstDay...wanted.lastDay) {
            let closes = try closes(market, day)
            var byContract: [OptionContract: Quote] = [:]
            for quote in try quotes(market, "options/2007/\(day)options.csv") { byContract[quote.contract] = quote }
            for (contract, call) in byContract where contract.kind == .call {
                let put = try #require(
                    byContract[
                        try OptionContract(
                            root: contract.root, expiry: contract.expiry, kind: .put,
                            strikeThousandths: contract.strikeThousandths)])
                let spot = try #require(closes[contract.root])
                let years = BlackScholes.years(from: day, to: contract.expiry)
                // American parity without dividends: S − K ≤ C − P ≤ S − K e^(−rT); neither side pays at executable prices.
                #expect(call.ask - put.bid >= spot - contract.strike - 0.0001, "\(contract) \(day)")
                #expect(call.bid - put.ask <= spot - contract.strike * exp(-wanted.rate * years) + 0.0001, "\(contract) \(day)")
                // No free exercise.
                #expect(call.ask >= spot - contract.strike - 0.0001 && put.ask >= contract.strike - spot - 0.0001)
                pairs += 1
            }
            // Vertical spreads: a call with a higher strike costs no more than one with a lower; puts the other way round.
            let chains = Dictionary(grouping: byContract.values) { "\($0.contract.root) \($0.contract.expiry) \($0.contract.kind)" }
            for chain in chains.values {
                let sorted = chain.sorted { $0.contract.strikeThousandths < $1.contract.strikeThousandths }
                for (low, high) in zip(sorted, sorted.dropFirst()) {
                    let width = high.contract.strike - low.contract.strike
                    let gain = low.contract.kind == .call ? high.bid - low.ask : low.bid - high.ask
                    let excess = low.contract.kind == .call ? low.bid - high.ask : high.bid - low.ask
                    #expect(gain <= 0.0001, "\(low.contract) \(high.contract) \(day)")
                    #expect(excess <= width + 0.0001, "\(low.contract) \(high.contract) \(day)")
                }
            }
        }
        #expect(pairs > 5000)
    }

    @Test func volatilitiesExplainTheQuotes() async throws {
        let wanted = try configuration("2008-10-01", "2008-10-03", underlyings: 4)
        let market = try await simulate(wanted)
        var checked = 0
        for day in TradingCalendar.unitedStates.sessions(in: wanted.firstDay...wanted.lastDay) {
            let closes = try closes(market, day)
            for quote in try quotes(market, "options/2008/\(day)options.csv") {
                let spot = try #require(closes[quote.contract.root])
                let out = abs(quote.contract.strike / spot - 1)
                guard quote.bid > 0.5, out < 0.1, let volatility = quote.volatility else { continue }
                let option = BlackScholes(
                    kind: quote.contract.kind, spot: spot, strike: quote.contract.strike,
                    years: BlackScholes.years(from: day, to: quote.contract.expiry), volatility: volatility,
                    rate: wanted.rate)
                guard option.price > max(0, (spot - quote.contract.strike) * (quote.contract.kind == .call ? 1 : -1)) + 0.1
                else { continue }
                #expect(option.price >= quote.bid - 0.02 && option.price <= quote.ask + 0.02, "\(quote.contract)")
                checked += 1
            }
        }
        #expect(checked > 100)
    }

    @Test func openInterestLastsAndVolumeConcentrates() async throws {
        let wanted = try configuration("2008-05-05", "2008-05-09", underlyings: 6, rowsPerDay: 300)
        let market = try await simulate(wanted)
        let monday = try quotes(market, "options/2008/2008-05-05options.csv")
        let tuesday = try quotes(market, "options/2008/2008-05-06options.csv")
        let later = Dictionary(uniqueKeysWithValues: tuesday.map { ($0.contract, $0) })
        var moved = 0
        var common = 0
        for quote in monday where quote.openInterest >= 100 {
            guard let next = later[quote.contract] else { continue }
            common += 1
            let ratio = Double(next.openInterest) / Double(quote.openInterest)
            if !(0.8...1.25).contains(ratio) { moved += 1 }
        }
        #expect(common > 300)
        #expect(moved * 20 < common, "\(moved) of \(common)")

        let volumes = monday.compactMap(\.volume).sorted(by: >)
        let total = volumes.reduce(0, +)
        #expect(volumes.prefix(volumes.count / 10).reduce(0, +) * 2 > total)
        #expect(volumes.filter { $0 == 0 }.count * 10 > volumes.count)
    }

    @Test func splitsMoveStrikesWithThePrice() async throws {
        // Somewhere in these years some underlying splits; the close falls by more than a third overnight.
        let wanted = try configuration("2005-01-03", "2007-12-31", seed: 4, underlyings: 12, rowsPerDay: 20)
        let market = try await simulate(wanted)
        let days = TradingCalendar.unitedStates.sessions(in: wanted.firstDay...wanted.lastDay)
        var splits = 0
        var previous = try closes(market, days[0])
        for (before, day) in zip(days, days.dropFirst()) {
            let today = try closes(market, day)
            for (root, close) in today {
                guard let last = previous[root], close < last * 0.66 else { continue }
                splits += 1
                func middle(_ day: Day) throws -> Double {
                    let strikes = try quotes(market, "options/\(day.year)/\(day)options.csv")
                        .filter { $0.contract.root == root }.map(\.contract.strike).sorted()
                    return strikes[strikes.count / 2]
                }
                let ratio = try middle(before) / middle(day)
                #expect(abs(ratio / (last / close) - 1) < 0.25, "\(root) \(day) \(ratio)")
            }
            previous = today
        }
        #expect(splits > 0)
    }

    @Test func plantsTheReportedViolations() async throws {
        let wanted = try configuration("2008-11-03", "2009-04-30", underlyings: 10, rowsPerDay: 60, quirks: 0.03)
        let market = try await simulate(wanted)
        let options = market.quirks.options
        for reason in [
            "wrong column count", "NUL byte", "bad contract", "contract disagrees with its columns", "bad date",
            "quote date differs", "expired before its quote date", "type is neither call nor put", "style is neither A nor E",
            "unparsable number", "price negative", "duplicate row",
        ] {
            #expect(options.rejected[reason, default: 0] > 10, "\(reason)")
        }
        for oddity in ["no quote", "one-sided", "zero ask", "crossed", "zero bid", "implied volatility of 500 % or more"] {
            #expect(options.kept[oddity, default: 0] > 10, "\(oddity)")
        }
        for kind in [
            "missing session", "partial day", "truncated last line", "no line break at the end", "byte-identical copy",
            "permuted header", "CRLF line breaks", "holiday file",
        ] {
            #expect(market.quirks.files[kind, default: []].count > 0, "\(kind)")
        }
        for reason in ["wrong column count", "price not positive", "price negative", "high below low"] {
            #expect(market.quirks.stocks.rejected[reason, default: 0] > 0, "\(reason)")
        }

        // Counted again from the files, without the library's readers.
        let refused = Set(market.quirks.files["missing header", default: []])
        let copies = Set(market.quirks.files["byte-identical copy", default: []])
        var counted = [String: Int]()
        var total = 0
        for (key, data) in market.files where key.hasSuffix("options.csv") {
            if copies.contains(key) {
                let original = "options/" + key.dropFirst("aws_backup/extracted_options/".count)
                #expect(market.files[original] == data)
                continue
            }
            guard !refused.contains(key) else {
                #expect(data.first != UInt8(ascii: "c"))
                continue
            }
            let text = String(decoding: data, as: UTF8.self)
            // A CR and LF are one character of a Swift string.
            let lines = text.split(whereSeparator: \.isNewline)
            let names = lines[0].split(separator: ",").map(String.init)
            #expect(Set(names) == Set(Self.header.split(separator: ",").map(String.init)))
            var seen: Set<Substring> = []
            for line in lines.dropFirst() {
                total += 1
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                if line.contains("\0") {
                    counted["NUL byte", default: 0] += 1
                } else if fields.count != 18 {
                    let isLast = line.endIndex == text.endIndex
                    counted[isLast ? "truncated last line" : "wrong column count", default: 0] += 1
                } else {
                    let values = Dictionary(uniqueKeysWithValues: zip(names, fields))
                    let contract = values["contract", default: ""]
                    let date = key.suffix(21).prefix(10)
                    if contract.hasSuffix("?") {
                        counted["bad contract", default: 0] += 1
                    } else if Day(iso: values["expiration", default: ""]) == nil {
                        counted["bad date", default: 0] += 1
                    } else if values["quote_date"] != date {
                        counted["quote date differs", default: 0] += 1
                    } else if values["expiration", default: ""] < date {
                        counted["expired before its quote date", default: 0] += 1
                    } else if !seen.insert(contract).inserted {
                        counted["duplicate row", default: 0] += 1
                    }
                    if line.contains("1.2.3") { counted["unparsable number", default: 0] += 1 }
                    if line.contains(",-0.25,") && values["bid"] == "-0.25" { counted["price negative", default: 0] += 1 }
                    if values["type"] == "both" { counted["type is neither call nor put", default: 0] += 1 }
                    if values["style"] == "X" { counted["style is neither A nor E", default: 0] += 1 }
                }
            }
        }
        #expect(total == options.lines)
        var expected = options.rejected
        expected["contract disagrees with its columns"] = nil
        #expect(counted == expected)

        for date in market.quirks.files["missing session", default: []] {
            #expect(market.files["options/\(date.prefix(4))/\(date)options.csv"] == nil)
            #expect(TradingCalendar.unitedStates.isSession(try #require(Day(iso: date))))
        }
        for key in market.quirks.files["holiday file", default: []] {
            #expect(TradingCalendar.unitedStates.holiday(on: try #require(Day(iso: key.suffix(21).prefix(10)))) != nil)
        }
    }

    @Test func rowsComeOutAsAskedFor() async throws {
        for (underlyings, rows) in [(1, 300), (12, 40), (12, 600)] {
            let wanted = try configuration("2013-01-02", "2013-06-28", underlyings: underlyings, rowsPerDay: rows)
            let market = try await simulate(wanted)
            let ratio = Double(market.quirks.options.lines) / Double(wanted.expectedRows)
            #expect((0.7...1.35).contains(ratio), "\(underlyings) × \(rows): \(ratio)")
        }
    }

    @Test func rejectsUnsupportedRequests() async throws {
        #expect(throws: SimulationError.self) { try SimulationConfiguration(startYear: 2014, endYear: 2013) }
        #expect(throws: SimulationError.self) { try SimulationConfiguration(startYear: 1950, endYear: 2013) }
        #expect(throws: SimulationError.self) { try SimulationConfiguration(startYear: -4, endYear: 2013) }
        #expect(throws: SimulationError.self) {
            try SimulationConfiguration(underlyings: 0, startYear: 2013, endYear: 2013)
        }
        #expect(throws: SimulationError.self) {
            try SimulationConfiguration(startYear: 2013, endYear: 2013, quirkRate: .nan)
        }
        let weekend = try configuration("2014-06-07", "2014-06-08")
        #expect(throws: SimulationError.self) { try MarketSimulator(configuration: weekend) }

        try await withTemporaryFolder { folder in
            try Data("mine".utf8).write(to: folder.appendingPathComponent("notes.txt"))
            let simulator = try MarketSimulator(configuration: try configuration("2014-06-06", "2014-06-06"))
            await #expect(throws: SimulationError.folderNotEmpty(path: folder.path)) { try await simulator.write(to: folder) }
            await #expect(throws: SimulationError.self) {
                try await simulator.write(to: folder.appendingPathComponent("notes.txt"))
            }
        }
    }
}

/// Runs something with an empty folder that is gone afterwards.
private func withTemporaryFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simulation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
