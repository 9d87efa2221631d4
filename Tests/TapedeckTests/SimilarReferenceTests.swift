import Foundation
import Tapedeck
import TestSupport
import Testing

/// References from a file equal those in the store.
@Suite struct SimilarReferenceTests {
    private func lines(of day: Day) async throws -> [String] {
        let folder = try await AnalysisStore.folder
        let path = folder.file("market/options-complete/\(day)options.csv")
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func write(_ lines: [String], _ name: String) async throws -> String {
        let path = try await AnalysisStore.folder.file(name)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func aRowOfTheSourceIsLikeItsStoredQuote() async throws {
        let store = try await AnalysisStore.store
        let rows = try await AnalysisStore.rows()
        let day = try #require(Day(iso: "2014-01-15"))
        let source = try await lines(of: day)
        for row in rows.filter({ $0.quoteDate == day && $0.impliedVolatility != nil }).prefix(10) {
            let path = try await write([source[0], source[row.source.line - 1]], "one-reference.csv")
            let contract = try OptionContract(parsing: row.contract ?? "")
            let stored = try await store.similar(to: contract, on: day) { $0.k = 20 }
            let (references, found) = try await store.similar(toFile: path) { $0.k = 20 }
            #expect(references.day == day && references.references.map(\.contract) == [contract] && references.problems.isEmpty)
            #expect(found.map(\.option.result.contract) == stored.map(\.result.contract))
            #expect(zip(found, stored).allSatisfy { abs($0.option.distance - $1.distance) < 1e-6 })
            #expect(found.allSatisfy { $0.line == 2 && $0.option.result.quoteDate <= day })
        }
    }

    /// Of 100 references, results of the same kind, near in strike and expiry, rank above others more often than not.
    @Test func neighboursInStrikeAndExpiryRankAboveUnlikeOptions() async throws {
        let store = try await AnalysisStore.store
        var random = SplitMix(printing: "neighboursInStrikeAndExpiryRankAboveUnlikeOptions")
        let rows = try await AnalysisStore.rows().filter { ($0.bid ?? 0) > 0 && $0.impliedVolatility != nil && ($0.daysToExpiry ?? 0) > 0 }
        func place(_ row: SearchResult) -> (moneyness: Double, time: Double) {
            (log((row.underlyingClose ?? .nan) / (row.strike ?? .nan)), (Double(row.daysToExpiry ?? 0) / 365).squareRoot())
        }
        var (ordered, pairs) = (0, 0)
        for _ in 0..<100 {
            let row = try #require(rows.randomElement(using: &random))
            let found = try await store.similar(to: try OptionContract(parsing: row.contract ?? ""), on: row.quoteDate) { $0.k = 200 }
            #expect(Set(found.map(\.result.contract)).count == found.count)
            let reference = place(row)
            let isLike = found.map { one in
                let other = place(one.result)
                return one.result.kind == row.kind && abs(other.moneyness - reference.moneyness) < 0.05 && abs(other.time - reference.time) < 0.1
            }
            let alike = isLike.count { $0 }
            var above = 0
            for one in isLike {
                if one { above += 1 } else { ordered += above }
            }
            pairs += alike * (isLike.count - alike)
        }
        // Without an order it would be half of them.
        #expect(pairs > 1000 && Double(ordered) > 0.6 * Double(pairs), "\(ordered) of \(pairs)")
    }

    @Test func severalReferencesGiveOneResultAContract() async throws {
        let store = try await AnalysisStore.store
        let source = try await lines(of: try #require(Day(iso: "2014-01-15")))
        let path = try await write(
            [source[0], source[3], "not,a,row", source[20], source[40].replacing("2014-01-15", with: "2014-01-16")], "references.csv")
        let (references, found) = try await store.similar(toFile: path) { $0.k = 30 }
        #expect(references.references.map(\.line) == [2, 4] && references.problems.map(\.line) == [3, 5])
        let own = references.references.map(\.contract.description)
        let contracts = found.compactMap(\.option.result.contract)
        #expect(Set(contracts).count == 30 && Set(contracts).isDisjoint(with: own))
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.option.rank >= $1.option.rank })
        #expect(Set(found.compactMap(\.line)).isSubset(of: [2, 4]))
    }

    @Test func unreadableFilesAreReported() async throws {
        let store = try await AnalysisStore.store
        let source = try await lines(of: try #require(Day(iso: "2014-01-15")))
        let empty = try await write([source[0]], "empty.csv")
        await #expect(throws: QueryError.self) { try await store.similar(toFile: empty) }
        let other = try await write(["a,b", "1,2"], "other.csv")
        await #expect(throws: (any Error).self) { try await store.similar(toFile: other) }
        let unknown = try await write(
            [source[0], source[3].replacing("SIMA", with: "NONE").replacing("SIMB", with: "NONE").replacing("NAN", with: "NONE")], "unknown.csv")
        let error = await #expect(throws: QueryError.self) { try await store.similar(toFile: unknown) }
        #expect(error?.description.contains("no close of NONE") == true, "\(error.map { "\($0)" } ?? "")")
    }
}
