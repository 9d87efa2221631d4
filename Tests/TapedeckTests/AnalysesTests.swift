import Analyses
import Foundation
import Tapedeck
import TestSupport
import Testing
import TinyStore

/// Analyses of a store, compared with other functions of the library on the same rows.
@Suite struct AnalysesTests {
    private static let shared = Task { () -> (TemporaryFolder, Store) in
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try TinyModel.write(to: folder, name: "models/bge-base", seed: 2)
        let options = StoreOptions(
            models: ["minilm", "bge-base"], creates: true, threads: 2, environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let store = try await Store.open(folder.file("store"), options)
        var configuration = try store.configuration(source: folder.file("market"))
        configuration.models = ["minilm", "bge-base"]
        configuration.precision = .f32
        try await store.generate(configuration)
        return (folder, store)
    }

    let store: Store
    /// All rows of the store.
    let rows: [SearchResult]

    init() async throws {
        store = try await Self.shared.value.1
        var request = SearchRequest(question: "options", k: 100_000, models: ["minilm"])
        request.semantic = true
        rows = try await store.search(request).results.filter { $0.contract != nil }
    }

    private var day: Day { get throws { try #require(rows.map(\.quoteDate).max()) } }

    @Test func chainsHaveAllQuotesOfTheDay() async throws {
        let day = try day
        let report = try await store.arbitrage(on: day)
        #expect(report.quotes == rows.count { $0.quoteDate == day })
        #expect(report.as_of == day)
        let one = try await store.arbitrage(on: day, symbols: ["SIMA"])
        #expect(one.quotes == rows.count { $0.quoteDate == day && $0.underlying == "SIMA" })
        let screen = try await store.screen(StrategyScreen(.vertical), on: day, symbols: ["SIMA"], k: 5)
        #expect(screen.as_of == day && screen.results.allSatisfy { $0.underlying == "SIMA" })
        let flow = try await store.unusualFlow(on: day)
        #expect(flow.contracts == report.quotes)
    }

    @Test func outcomesFollowTheSameContract() async throws {
        let days = Set(rows.map(\.quoteDate)).sorted()
        let first = try #require(days.first)
        let results = Array(rows.filter { $0.quoteDate == first && ($0.bid ?? 0) > 0 }.prefix(30))
        var study = OutcomeStudy()
        study.horizons = [1, 3]
        let report = try await store.outcomes(of: results, study: study)
        #expect(report.results.count == 2 * results.count)
        var quoted = 0
        for outcome in report.results where outcome.status == .quoted {
            quoted += 1
            let entry = try #require(rows.first { $0.contract == outcome.contract.description && $0.quoteDate == first })
            let exit = try #require(rows.first { $0.contract == outcome.contract.description && $0.quoteDate == outcome.exit_date })
            #expect(outcome.entry == entry.ask && outcome.exit == exit.bid)
            let expected = ((exit.bid ?? 0) - (entry.ask ?? 0)) / (entry.ask ?? 1)
            #expect(abs((outcome.executable_return ?? 9) - expected) < 1e-12)
        }
        #expect(quoted > 0)
        #expect(report.summary.map(\.cases) == [results.count, results.count])
        #expect(report.summary.allSatisfy { $0.baseline != nil })
    }

    @Test func similarOptionsAreEarlierAndOfOtherContracts() async throws {
        let day = try day
        let reference = try #require(rows.first { $0.quoteDate == day && $0.impliedVolatility != nil })
        let contract = try OptionContract(parsing: reference.contract ?? "")
        let found = try await store.similar(to: contract, on: day) { $0.k = 15 }
        #expect(found.count == 15)
        #expect(Set(found.map(\.result.contract)).count == 15 && !found.contains { $0.result.contract == reference.contract })
        #expect(found.allSatisfy { $0.result.quoteDate <= day })
        let ranks = found.map { Double($0.result.similarity) - SearchEngine.distanceWeight * $0.distance }
        #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 >= $1 })
        let early = try #require(Set(rows.map(\.quoteDate)).sorted().dropFirst(2).first)
        let before = try await store.similar(to: contract, on: day) { $0.asOf = early }
        #expect(before.allSatisfy { $0.result.quoteDate <= early })
        await #expect(throws: QueryError.self) { try await store.similar(to: contract, on: #require(Day(iso: "2001-01-02"))) }
    }

    @Test func evolutionCountsTheRowsThatMatch() async throws {
        let evolution = try await store.evolution("SIMA calls with volume over 10", years: 2000...2030, k: 2)
        #expect(evolution.threshold == nil && evolution.years.map(\.year) == Set(rows.map(\.year)).sorted())
        for year in evolution.years {
            let expected = rows.count { $0.year == year.year && $0.underlying == "SIMA" && $0.kind == "call" && ($0.volume ?? 0) > 10 }
            #expect(year.matches == expected)
            #expect(year.interval.contains(year.perMillion))
            #expect(year.best.count == min(2, expected))
        }
        // As of a day, later rows neither match nor count.
        let days = Set(rows.map(\.quoteDate)).sorted()
        let middle = days[days.count / 2]
        let early = try await store.evolution("SIMA calls with volume over 10", years: 2000...2030, k: 2, asOf: middle)
        for year in early.years {
            let known = rows.filter { $0.year == year.year && $0.quoteDate <= middle }
            #expect(year.matches == known.count { $0.underlying == "SIMA" && $0.kind == "call" && ($0.volume ?? 0) > 10 })
            // Bars count too: one per name and day.
            #expect(year.rows == known.count + 3 * Set(known.map(\.quoteDate)).count)
        }
        let vague = try await store.evolution("glimmering", years: 2000...2030)
        #expect(vague.threshold != nil && vague.years.reduce(0) { $0 + $1.matches } > 0)
        await #expect(throws: QueryError.self) { try await store.evolution("calls", years: 1990...1991) }
    }

    @Test func modelsAreComparedByTheirOwnResults() async throws {
        let comparison = try await store.compareModels("SIMB puts", k: 8)
        #expect(comparison.models.map(\.model) == ["minilm", "bge-base"])
        for model in comparison.models {
            let alone = try await store.search(SearchRequest(question: "SIMB puts", k: 8, models: [model.model]))
            #expect(model.results.map(\.source.line) == alone.results.map(\.source.line))
            #expect(model.precision == 1)
        }
        let middle = try #require(Set(rows.map(\.quoteDate)).sorted().dropFirst(2).first)
        let early = try await store.compareModels("SIMB puts", k: 8, asOf: middle)
        #expect(early.models.allSatisfy { !$0.results.isEmpty && $0.results.allSatisfy { $0.quoteDate <= middle } })
        let shared = Set(comparison.models[0].results.map { "\($0.source.key) \($0.source.line)" })
            .intersection(comparison.models[1].results.map { "\($0.source.key) \($0.source.line)" })
        #expect(comparison.pairs.map(\.overlap) == [Double(shared.count) / 8])
    }

    @Test func givenContractsHaveTheOutcomesOfResults() async throws {
        let first = try #require(Set(rows.map(\.quoteDate)).min())
        let results = Array(rows.filter { $0.quoteDate == first }.prefix(20))
        let json = try JSONEncoder().encode(results)
        let contracts = try JSONDecoder().decode([ContractDay].self, from: json)
        let (one, other) = (try await store.outcomes(of: results), try await store.outcomes(of: contracts))
        #expect(one.results == other.results && one.summary == other.summary && one.results.count == 80)
    }

    @Test func thePastOfAPositionIsOverByTheDay() async throws {
        let store = try await AnalysisStore.store
        let rows = try await AnalysisStore.rows()
        let day = try #require(Day(iso: "2014-01-31"))
        let row = try #require(
            rows.first { $0.quoteDate == day && $0.underlying == "SIMA" && $0.impliedVolatility != nil && ($0.daysToExpiry ?? 0) > 5 })
        let position = Position(contract: try OptionContract(parsing: row.contract ?? ""), symbol: "SIMA", quantity: -1)
        var study = OutcomeStudy()
        study.horizons = [1, 60]
        let report = try await store.riskAnalogs(of: position, on: day, k: 10, study: study)
        #expect(report.results.count == 10 && Set(report.results.map(\.entry.contract)).count == 10)
        #expect(report.results.allSatisfy { $0.entry.quote_date < day && $0.entry.contract != position.contract })
        #expect(zip(report.results, report.results.dropFirst()).allSatisfy { $0.distance <= $1.distance })
        // Sixty sessions after 1 November are past the day: only contracts that expired before it have a return.
        #expect(report.summary[0].cases == 10 && report.summary[1].distribution.count == report.summary[1].expired)
        // The nearest of all by the position's own vector.
        let mine = try #require(try await store.risk(of: [position], on: day).positions.first?.vector)
        let best = try #require(report.results.first?.entry)
        let theirs = try #require(
            try await store.risk(of: [Position(contract: best.contract, symbol: "SIMA", quantity: 1)], on: best.quote_date).positions.first?.vector)
        #expect(abs(mine[4] - theirs[4]) < 0.1 && abs(mine[5] - theirs[5]) < 0.1)
        await #expect(throws: QueryError.self) { try await store.riskAnalogs(of: Position(symbol: "SIMA", quantity: 1), on: day) }
    }

    @Test func thePastOfFlowIsOverByTheDay() async throws {
        let store = try await AnalysisStore.store
        let day = try #require(Day(iso: "2014-01-31"))
        var detector = FlowDetector()
        detector.leastVolume = 1
        detector.leastScore = 0.5
        let report = try await store.unusualFlow(on: day, limit: 6, detector: detector)
        let past = try await store.pastFlow(like: report.results, sessions: 30, k: 5, detector: detector)
        #expect(past.count == report.results.count && past.contains { $0 != nil })
        for (event, found) in zip(report.results, past) {
            #expect((event.contract == nil) == (found == nil))
            guard let found else { continue }
            #expect(!found.results.isEmpty && found.results.allSatisfy { $0.entry.quote_date < day && $0.entry.contract != event.contract })
        }
    }

    @Test func riskNamesPositionsWithoutAPrice() async throws {
        let day = try day
        let quoted = try #require(rows.first { $0.quoteDate == day && $0.underlying == "SIMA" && $0.impliedVolatility != nil })
        let contract = try OptionContract(parsing: quoted.contract ?? "")
        let report = try await store.risk(
            of: [
                Position(contract: contract, symbol: "SIMA", quantity: 2), Position(symbol: "SIMB", quantity: -100),
                Position(symbol: "NONE", quantity: 1),
            ], on: day)
        // Shares need 20 sessions for their scenarios, and the market has eight.
        #expect(report.positions.map(\.contract) == [contract])
        #expect(report.not_priced.map(\.underlying) == ["SIMB", "NONE"])
        #expect(report.total.market_value == 200 * ((quoted.bid ?? 0) + (quoted.ask ?? 0)) / 2)
        #expect(report.scenarios.count == 21)
    }

    @Test func contractsAreComparedWithTheOnesMostLikeThem() async throws {
        let day = try day
        let engine = try await store.engine(["minilm"])
        let found = try await engine.neighbourhood(nil, on: day, count: 6, model: "minilm")
        let count = rows.count { $0.quoteDate == day }
        #expect(found.rows.key.count == count && found.neighbours.count == count)
        #expect(found.neighbours.enumerated().allSatisfy { $1.count == 6 && Set($1).count == 6 && !$1.contains($0) })
        // Neighbours share kind and tenor more often than any two rows do.
        func shares(_ pairs: [(Int, Int)]) -> Double {
            let same = pairs.count { a, b in (found.rows.key[a] ^ found.rows.key[b]) & 0xFFF == 0 }
            return Double(same) / Double(max(1, pairs.count))
        }
        let near = found.neighbours.enumerated().flatMap { row, places in places.map { (row, $0) } }
        let any = found.rows.key.indices.flatMap { a in found.rows.key.indices.filter { $0 != a }.map { (a, $0) } }
        #expect(shares(near) > shares(any))
        let value = try await store.relativeValue(on: day, symbols: ["SIMA"])
        #expect(value.candidates.allSatisfy { $0.underlying == "SIMA" && $0.edge > 0 && abs($0.residual) > $0.threshold })
        await #expect(throws: QueryError.self) { try await store.relativeValue(on: day, model: "nomic") }
    }

    @Test func vectorsTellHowFarTradingHasMoved() async throws {
        let store = try await AnalysisStore.store
        let series = try await store.states(of: "SIMA", model: "minilm")
        #expect(series.names.last == EmbeddingShift.name)
        let shifts = series.values.map { $0[$0.count - 1] }
        #expect(shifts.prefix(5).allSatisfy(\.isNaN) && shifts.dropFirst(10).contains { !$0.isNaN })
        #expect(shifts.allSatisfy { $0.isNaN || (-1e-9...2).contains($0) })
        // Later days change nothing.
        let middle = series.days[series.days.count / 2]
        let early = try await store.states(of: "SIMA", through: middle, model: "minilm")
        #expect(early.days.last == middle)
        #expect(zip(early.values, series.values).allSatisfy { zip($0, $1).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN } })
        await #expect(throws: (any Error).self) { try await store.states(of: "SIMA", model: "nomic") }
    }

    @Test func theMarketIsAllUnderlyingsTogether() async throws {
        let store = try await AnalysisStore.store
        let market = try await store.states(of: nil)
        var names: [StateSeries] = []
        for name in Set(try await AnalysisStore.rows().map(\.underlying)).sorted() { names.append(try await store.states(of: name)) }
        #expect(market.names.last == "breadth" && names.count == 3)
        func values(_ series: StateSeries, _ name: String, _ day: Day) throws -> Double {
            let row = series.days.firstIndex(of: day), column = try #require(series.names.firstIndex(of: name))
            return row.map { series.values[$0][column] } ?? .nan
        }
        for day in market.days {
            let volatilities = try names.map { try values($0, "iv30", day) }.filter { !$0.isNaN }.sorted()
            let median = volatilities.isEmpty ? .nan : (volatilities[(volatilities.count - 1) / 2] + volatilities[volatilities.count / 2]) / 2
            let found = try values(market, "iv30", day)
            #expect(found == median || found.isNaN && median.isNaN)
            let returns = try names.map { try values($0, "return", day) }.filter { !$0.isNaN }
            guard !returns.isEmpty else { continue }
            #expect(abs(try values(market, "return", day) - returns.reduce(0, +) / Double(returns.count)) < 1e-12)
            #expect(try values(market, "breadth", day) == Double(returns.count { $0 > 0 }) / Double(returns.count))
        }
        let day = try #require(market.days.dropLast(5).last)
        let analogs = try await store.analogs(of: nil, like: day, k: 3)
        #expect(!analogs.results.isEmpty && analogs.results.allSatisfy { $0.day < day })
        #expect(try await store.regimes(of: nil, through: day).as_of == day)
        await #expect(throws: QueryError.self) { try await store.regimes(of: nil, model: "minilm") }
    }

    @Test func aDaysQuotesCanBeDrawn() async throws {
        let quotes = try await store.quotes(of: "SIMA", on: day)
        #expect(quotes.underlying == "SIMA" && !quotes.quotes.isEmpty)
        #expect(quotes.skewChart().svg.contains("Implied volatility of SIMA") && quotes.termStructureChart.svg.contains("Term structure"))
    }

    @Test func daysThatAreNotStoredAreNamed() async throws {
        let sunday = try #require(Day(iso: "2013-12-29"))
        for body in [
            { _ = try await store.arbitrage(on: sunday) }, { _ = try await store.unusualFlow(on: sunday) },
            { _ = try await store.risk(of: [Position(symbol: "SIMA", quantity: 1)], on: sunday) },
        ] as [() async throws -> Void] {
            let error = await #expect(throws: QueryError.self) { try await body() }
            #expect(error?.description.contains("nearest days are 2013-12-27 and 2013-12-30") == true)
        }
        await #expect(throws: QueryError.self) { try await store.arbitrage(on: day, symbols: ["NONE"]) }
        await #expect(throws: QueryError.self) { try await store.analogs(of: "SIMA", like: sunday) }
        await #expect(throws: QueryError.self) { try await store.regimes(of: "NONE") }
    }

    /// Rows after the day do not change its answers.
    @Test func laterDaysDoNotChangeADay() async throws {
        let (folder, whole) = try await Self.shared.value
        let days = Set(rows.map(\.quoteDate)).sorted()
        let day = days[days.count / 2]
        // A store of the files up to the day.
        let market = folder.file("market-until-\(day)")
        try FileManager.default.copyItem(atPath: folder.file("market"), toPath: market)
        let files = FileManager.default.enumerator(atPath: market)?.compactMap { $0 as? String } ?? []
        for file in files {
            guard let found = file.split(separator: "/").last.flatMap({ Day(iso: String($0.prefix(10))) }), found > day else { continue }
            try FileManager.default.removeItem(atPath: market + "/" + file)
        }
        let early = try await Store.open(folder.file("store-until-\(day)"), whole.options)
        var configuration = try early.configuration(source: market)
        configuration.precision = .f32
        try await early.generate(configuration)
        func text(_ value: some Encodable) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        for body in [
            { try text(try await $0.arbitrage(on: day)) },
            { try text(try await $0.screen(StrategyScreen(.vertical), on: day, k: 10)) },
            { try text(try await $0.unusualFlow(on: day)) },
            { try text(try await $0.risk(of: [Position(symbol: "SIMA", quantity: 3)], on: day)) },
            { try text(try await $0.search("SIMA calls with volume over 3", k: 20, asOf: day).results) },
        ] as [(Store) async throws -> String] {
            #expect(try await body(early) == body(whole))
        }
    }
}
