import Analyses
import Foundation
import MarketData
import TestSupport
import Testing

@Suite struct RiskTests {
    private let day = Day(iso: "2014-06-06") ?? Day(rawValue: 0)

    private struct Case: Decodable {
        struct Position: Decodable {
            var kind: String
            var quantity: Double
            var spot: Double
            var strike: Int
            var days: Int
            var volatility: Double
            var deviation: Double?
            var mid: Double?
        }
        struct Expected: Decodable {
            var total: [String: Double]
            var scenarios: [[Double]]
        }
        var rate: Double
        var positions: [Position]
        var expected: Expected
    }

    /// Greeks by differences of prices, and every scenario, in Python (scripts/golden/analyses_bruteforce.py).
    @Test func exposuresAreThoseOfBruteForce() throws {
        let cases = try golden("risk", as: [Case].self)
        #expect(cases.count == 200)
        for (number, one) in cases.enumerated() {
            var analysis = RiskAnalysis()
            analysis.rate = one.rate
            let positions = try one.positions.map { position in
                let contract =
                    position.kind == "S"
                    ? nil
                    : try OptionContract(
                        root: "T", expiry: day.adding(days: position.days), kind: position.kind == "C" ? .call : .put,
                        strikeThousandths: Int32(position.strike * 1000))
                return RiskPosition(
                    contract: contract, underlying: "T", quantity: position.quantity, spot: position.spot, volatility: position.volatility,
                    mid: position.mid ?? .nan, dailyDeviation: position.deviation ?? .nan)
            }
            let report = analysis.run(positions, asOf: day)
            #expect(report.not_priced.isEmpty && report.by_underlying == ["T": report.total])
            let total = report.total
            let found = [
                "market_value": total.market_value, "delta": total.delta, "gamma": total.gamma, "theta": total.theta, "vega": total.vega,
            ]
            // Differences of prices are exact to six digits or so of the largest position.
            let scale = one.positions.map { abs($0.quantity) * 100 * $0.spot }.max() ?? 1
            for (name, expected) in one.expected.total {
                #expect(abs((found[name] ?? .nan) - expected) < 2e-6 * scale, "case \(number), \(name): \(found[name] ?? .nan), not \(expected)")
            }
            #expect(report.scenarios.count == 21)
            for (scenario, row) in zip(report.scenarios, one.expected.scenarios) {
                #expect(scenario.sigmas == row[0] && scenario.volatility_change == row[1])
                #expect(abs(scenario.profit - row[2]) < 1e-9 * scale, "case \(number): \(scenario)")
            }
        }
    }

    @Test func positionsThatCannotBePricedAreNamed() throws {
        func position(_ symbol: String, spot: Double = 100, volatility: Double = 0.2) throws -> RiskPosition {
            RiskPosition(contract: try OptionContract(parsing: symbol), underlying: "T", quantity: 1, spot: spot, volatility: volatility)
        }
        let report = RiskAnalysis().run(
            [
                try position("T140711C00100000"), try position("T140606C00100000"), try position("T1140711C00100000"),
                try position("T140711C00100000", spot: .nan), try position("T140711P00100000", volatility: .nan),
                RiskPosition(contract: nil, underlying: "T", quantity: 100, spot: 100),
            ], asOf: day)
        #expect(report.positions.count == 1)
        let reasons = report.not_priced.map(\.reason)
        #expect(reasons.count == 5 && reasons[0].hasPrefix("expired") && reasons[1].hasPrefix("adjusted") && reasons[2].hasPrefix("no close"))
        #expect(reasons[3].hasPrefix("no implied volatility") && reasons[4].hasPrefix("no volatility of T"))
        let json = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(RiskReport.self, from: json).scenarios == report.scenarios)
    }

    @Test func volatilitiesComeFromTheMid() throws {
        let price = BlackScholes(kind: .put, spot: 100, strike: 105, years: 35.0 / 365, volatility: 0.31).price
        let position = RiskPosition(
            contract: try OptionContract(parsing: "T140711P00105000"), underlying: "T", quantity: -2, spot: 100, mid: price)
        let risk = try #require(RiskAnalysis().run([position], asOf: day).positions.first)
        #expect(abs((risk.implied_volatility ?? 0) - 0.31) < 1e-9 && risk.exposure.delta > 0 && risk.exposure.theta > 0)
        #expect(risk.vector.count == PositionRisk.names.count)
    }

    @Test func theNearestVectorsAreThoseOfAScan() throws {
        var random = SplitMix(printing: "theNearestVectorsAreThoseOfAScan")
        func vector() -> [Double] { (0..<4).map { Double(random.next() >> 11) * 0x1p-53 * pow(10, Double($0)) } }
        let candidates = (0..<300).map { _ in vector() }
        let reference = candidates[17]
        let found = NearestVectors.find(5, like: reference, among: candidates)
        #expect(found[0].place == 17 && found[0].distance < 1e-12 && found.count == 5)
        let deviations = (0..<4).map { component in
            let column = candidates.map { $0[component] }
            let mean = column.reduce(0, +) / 300
            return (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 299).squareRoot()
        }
        let distances = candidates.map { one in
            (zip(zip(one, reference), deviations).reduce(0) { $0 + pow(($1.0.0 - $1.0.1) / $1.1, 2) } / 4).squareRoot()
        }.sorted()
        for (one, other) in zip(found, distances) { #expect(abs(one.distance - other) < 1e-9) }
    }
}
