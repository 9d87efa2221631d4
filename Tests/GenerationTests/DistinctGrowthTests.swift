import Generation
import Testing

@Suite struct DistinctGrowthTests {
    /// Items by file: item `i` is in a file with its own probability.
    private func population(files: Int, things: Int) -> [Set<UInt64>] {
        var state: UInt64 = 9
        func random() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        let chances = (0..<things).map { _ in 0.3 * random() * random() * random() }
        return (0..<files).map { _ in Set(chances.indices.filter { random() < chances[$0] }.map(UInt64.init)) }
    }

    private func growth(_ files: some Collection<Set<UInt64>>) -> DistinctGrowth {
        var growth = DistinctGrowth()
        growth.add(units: files.count)
        for file in files { for thing in file { growth.add(thing, metIn: 1) } }
        return growth
    }

    @Test func theSampleItselfIsExact() {
        let files = population(files: 40, things: 500)
        let growth = growth(files)
        let all = files.reduce(into: Set()) { $0.formUnion($1) }
        #expect(growth.observed == all.count)
        #expect(abs(growth.expected(in: 40) - Double(all.count)) < 1e-6)
        #expect(growth.expected(in: 0) == 0)
    }

    /// The expected number in one or two files is the mean over all of them, and over all pairs.
    @Test func fewerFilesAreTheMeanOverAllChoices() {
        let files = population(files: 12, things: 200)
        let growth = growth(files)
        let one = files.reduce(0) { $0 + $1.count }
        #expect(abs(growth.expected(in: 1) - Double(one) / 12) < 1e-6)
        var two = 0
        for left in 0..<12 { for right in 0..<left { two += files[left].union(files[right]).count } }
        #expect(abs(growth.expected(in: 2) - Double(two) / 66) < 1e-6)
    }

    /// The estimate is cautious, and far better than the sample's own number.
    @Test func aFifthPredictsTheWhole() {
        let files = population(files: 200, things: 3000)
        let all = files.reduce(into: Set()) { $0.formUnion($1) }
        let growth = growth(files.prefix(40))
        let share = growth.expected(in: 200) / Double(all.count)
        #expect(Double(growth.observed) / Double(all.count) < 0.75 && (0.8...1.1).contains(share), "\(share)")
    }

    @Test func itOnlyGrows() {
        let growth = growth(population(files: 10, things: 300))
        let counts = (0...100).map { growth.expected(in: $0) }
        #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 + 1e-9 })
    }

    /// Numbers for files that share nothing grow in proportion; a single file is assumed to share nothing.
    @Test func thingsOfOneFileOnlyGrowInProportion() {
        for files in [1, 20] {
            var growth = DistinctGrowth()
            growth.add(units: files)
            for thing in 0..<UInt64(100 * files) { growth.add(thing, metIn: 1) }
            let expected = growth.expected(in: 2 * files)
            #expect(abs(expected / Double(200 * files) - 1) < 0.05, "\(expected)")
        }
    }
}
