import Generation
import MarketData
import Testing
import TestSupport

/// The division of inputs into units, and the detection of stragglers.
@Suite struct WorkUnitTests {
    /// Every input is in exactly one unit, in order, for any sizes.
    @Test(arguments: 0..<40)
    func everyInputIsInOneUnit(_ seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        let years = (2010..<2010 + Int.random(in: 1...5, using: &random)).flatMap { year in
            [RowKind.stocks, .options].map { kind in
                (
                    year: year, kind: kind,
                    inputs: (0..<Int.random(in: 0...80, using: &random)).map {
                        (key: "\(year) \(kind) \($0)", bytes: Int.random(in: 0...5_000, using: &random))
                    }
                )
            }
        }
        let unitSize = Int.random(in: 1...40_000, using: &random)
        let units = WorkPlan.units(of: years, unitSize: unitSize)
        #expect(units.flatMap(\.keys) == years.flatMap { $0.inputs.map(\.key) })
        #expect(units.map(\.number) == Array(units.indices))
        for unit in units {
            let inputs = years.first { $0.year == unit.year && $0.kind == unit.kind }?.inputs ?? []
            let sizes = Dictionary(uniqueKeysWithValues: inputs.map { ($0.key, $0.bytes) })
            #expect(unit.keys.allSatisfy { sizes[$0] != nil })
            #expect(unit.bytes == unit.keys.reduce(0) { $0 + (sizes[$1] ?? 0) })
            // At most half an input beyond the limit.
            #expect(unit.keys.count == 1 || unit.bytes <= unitSize + (unit.keys.last.flatMap { sizes[$0] } ?? 0))
        }
    }

    @Test func theLastUnitsAreShort() throws {
        let days = (0..<1_000).map { (key: "\($0)", bytes: 1_000) }
        let units = WorkPlan.units(of: [(year: 2014, kind: .options, inputs: days)], unitSize: 16_000)
        #expect(units.first?.bytes == 16_000)
        #expect(units.dropLast(8).allSatisfy { $0.bytes >= 2_000 })
        #expect(units.suffix(4).allSatisfy { $0.bytes <= 2_000 })
    }

    @Test func aStragglerIsSlowerThanAFreshStart() {
        // As fast as this worker, and halfway.
        #expect(!Claim.isStraggler(elapsed: 5, bytesDone: 500, bytes: 1_000, own: 10))
        // A tenth as fast.
        #expect(Claim.isStraggler(elapsed: 20, bytesDone: 200, bytes: 1_000, own: 10))
        // Slow, and nearly done.
        #expect(!Claim.isStraggler(elapsed: 90, bytesDone: 950, bytes: 1_000, own: 10))
        // No news of its progress for a long time.
        #expect(Claim.isStraggler(elapsed: 60, bytesDone: 0, bytes: 1_000, own: 10))
        #expect(!Claim.isStraggler(elapsed: 1, bytesDone: 0, bytes: 1_000, own: 0.1))
    }
}
