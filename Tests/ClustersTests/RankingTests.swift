import Clusters
import Foundation
import MarketData
import Testing

/// Rankings of clusters by the returns of their members.
@Suite("Rankings")
struct RankingTests {
    /// Closes on the days from 2024-01-01 on.
    struct Closes: RankingPrices {
        let closes: [String: [Float]]
        static let first = Day(rawValue: 19_723)

        func series(of ticker: String) -> (days: [Day], prices: [Float])? {
            closes[ticker].map { closes in (closes.indices.map { Self.first.adding(days: $0) }, closes) }
        }
    }

    private func model(_ members: [(ticker: String, day: Int, cluster: Int)], through: Int) throws -> ClusterModel {
        var provenance = ClusterModel.Provenance(source: "test")
        provenance.fitted_through = Closes.first.adding(days: through)
        return try ClusterModel(
            centroids: [0, 1, 2], count: 3,
            members: members.map { ClusterModel.Member(ticker: $0.ticker, day: Closes.first.adding(days: $0.day), cluster: $0.cluster) },
            provenance: provenance)
    }

    private func rank(_ ranking: ClusterRanking, _ model: ClusterModel, _ prices: Closes) throws -> [ClusterRanking.Table] {
        try ranking.rank(model, prices: prices, tail: { t, _ in t > 0 ? 0.1 : 0.9 }, correction: { $0 })
    }

    @Test func membersEarnFromTheirOwnDayOn() throws {
        let prices = Closes(closes: ["A": [1, 2, 4, 8, 16, 32, 64, 128], "B": [8, 4, 2, 1, 1, 1, 1, 1]])
        var ranking = ClusterRanking()
        (ranking.horizons, ranking.leastMembers, ranking.leastDays, ranking.winsorised, ranking.coverage) = ([1, 2], 1, 1, 0, 0.5)
        let model = try model([("A", 0, 0), ("A", 1, 0), ("B", 0, 1), ("B", 3, 1), ("NOPE", 1, 2)], through: 5)
        let tables = try rank(ranking, model, prices)
        // Bought a session later: A doubles each session; B halves once and then stays.
        #expect(tables[0].scores.map(\.cluster_id) == [0, 1])
        #expect(tables[0].scores[0].mean_return == 1 && tables[0].scores[1].mean_return == -0.25)
        #expect(tables[1].scores[0].mean_return == 3)
        #expect(tables[0].best == [0] && tables[0].unknown == 1)
        // Nothing after the cut is read.
        ranking.through = Closes.first.adding(days: 2)
        let cut = try rank(ranking, model, prices)
        #expect(cut[0].scores[0].num_samples == 1 && cut[0].scores[1].num_samples == 1 && cut[1].scores.isEmpty && cut[1].best.isEmpty)
        // Too small, or not significant.
        ranking.through = nil
        ranking.leastMembers = 3
        #expect(try rank(ranking, model, prices).allSatisfy { $0.best.isEmpty })
        (ranking.leastMembers, ranking.largestQ) = (1, 0.05)
        #expect(try rank(ranking, model, prices).allSatisfy { $0.best.isEmpty })
    }

    @Test func membersWithoutDaysAreRefused() throws {
        let model = try ClusterModel(
            centroids: [0], count: 1, members: [ClusterModel.Member(ticker: "A", day: nil, row: 3, cluster: 0)], provenance: .init(source: "npz"))
        #expect(throws: ClusterError.self) { try rank(ClusterRanking(), model, Closes(closes: ["A": [1, 2, 3]])) }
        #expect(try ClusterRanking().rankAsOriginal(model, prices: Closes(closes: ["A": [1, 2, 4]]))[0].scores[0].mean_return == 1)
    }

    @Test func oneOutlierDoesNotLead() throws {
        var closes: [String: [Float]] = [:]
        var members: [(ticker: String, day: Int, cluster: Int)] = []
        for number in 0..<100 {
            closes["T\(number)"] = [1, 1, number % 2 == 0 ? 1.02 : 0.99]
            members.append(("T\(number)", 0, number % 2))
        }
        // A corrupt price in the cluster that loses.
        closes["T1"] = [1, 1, 5000]
        var ranking = ClusterRanking()
        (ranking.horizons, ranking.leastDays) = ([1], 1)
        let model = try model(members, through: 10)
        #expect(try rank(ranking, model, Closes(closes: closes))[0].scores[0].cluster_id == 0)
        #expect(try ranking.rankAsOriginal(model, prices: Closes(closes: closes))[0].scores[0].cluster_id == 1)
    }
}
