import CKernels
import Testing
import TestSupport
import VectorIndex

@Suite struct PartScoresTests {
    /// A column for each way of looking up: in one, two and four registers, in memory; of every width.
    static let sizes = [1, 3, 16, 17, 32, 33, 64, 65, 200, 256, 5_000, 70_000]

    private func sample(_ count: Int) throws -> (scores: PartScores, tables: [[Float]], expected: [Float]) {
        var random = SplitMix(state: UInt64(count))
        let tables = Self.sizes.map { size in (0..<size).map { _ in Float.random(in: -1...1, using: &random) } }
        let columns = Self.sizes.map { size in (0..<count).map { _ in UInt32.random(in: 0..<UInt32(size), using: &random) } }
        let norms = (0..<count).map { _ in Float.random(in: 0.5...2, using: &random) }
        let expected = (0..<count).map { i in
            zip(tables, columns).dropFirst().reduce(tables[0][Int(columns[0][i])]) { $0 + $1.0[Int($1.1[i])] } * norms[i]
        }
        return (try PartScores(columns: columns.map(PartScores.Column.init), inverseNorms: norms), tables, expected)
    }

    @Test(arguments: [0, 1, 7, 15, 16, 17, 100, 4_095, 4_097, 10_000])
    func scoresAreSumsOfTheParts(_ count: Int) throws {
        let (scores, tables, expected) = try sample(count)
        for level in 0...tk_instruction_set_best() {
            tk_instruction_set_cap_thread(level)
            defer { tk_instruction_set_cap_thread(-1) }
            // All versions add in the same order, so equal means equal.
            #expect(try scores.scores(tables: tables) == expected, "level \(level)")
        }
    }

    @Test func theBestAreThoseOfAllScores() throws {
        let (scores, tables, expected) = try sample(20_000)
        let all = ScanKernels.best(50, of: expected)
        for threads in [1, 2, 5] {
            let best = try scores.best(50, tables: tables, threads: threads)
            #expect(best.map(\.index) == all.map(\.index))
            #expect(best.map(\.score) == all.map(\.score))
        }
        #expect(try scores.best(30_000, tables: tables).count == 20_000)
        #expect(try scores.best(0, tables: tables).isEmpty)
    }

    @Test func onlyAllowedOnesAreFound() throws {
        let (scores, tables, expected) = try sample(5_000)
        var allowed = [UInt64](repeating: 0, count: 79)
        for index in stride(from: 3, to: 5_000, by: 7) { allowed[index / 64] |= 1 << UInt64(index % 64) }
        let reference = ScanKernels.best(20, of: expected.enumerated().map { $0.offset % 7 == 3 ? $0.element : .nan })
        for level in 0...tk_instruction_set_best() {
            tk_instruction_set_cap_thread(level)
            defer { tk_instruction_set_cap_thread(-1) }
            #expect(try scores.best(20, tables: tables, allowed: allowed).map(\.index) == reference.map(\.index))
        }
        #expect(throws: IndexError.self) { try scores.best(20, tables: tables, allowed: [0]) }
    }

    @Test func equalScoresComeInOrder() throws {
        let scores = try PartScores(
            columns: [.bytes([UInt8](repeating: 0, count: 10_000))], inverseNorms: [Float](repeating: 1, count: 10_000))
        #expect(try scores.best(5, tables: [[0.5]], threads: 3).map(\.index) == [0, 1, 2, 3, 4])
    }

    @Test func tablesThatDoNotReachAreRefused() throws {
        let scores = try PartScores(columns: [.shorts([1, 300]), .bytes([0, 1])], inverseNorms: [1, 1])
        #expect(throws: IndexError.self) { try scores.scores(tables: [[Float](repeating: 0, count: 300), [0, 0]]) }
        #expect(throws: IndexError.self) { try scores.scores(tables: [[Float](repeating: 0, count: 301)]) }
        #expect(try scores.scores(tables: [[Float](repeating: 0, count: 301), [0, 2]]) == [0, 2])
        #expect(throws: IndexError.self) { try PartScores(columns: [.bytes([1, 2])], inverseNorms: [1]) }
        #expect(throws: IndexError.self) { try PartScores(columns: [], inverseNorms: []) }
    }
}
