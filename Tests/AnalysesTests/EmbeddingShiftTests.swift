import Analyses
import Foundation
import MarketData
import Testing

/// The shift of mean embeddings, computed by hand.
@Suite struct EmbeddingShiftTests {
    private func day(_ number: Int) -> Day { Day(rawValue: Int32(16000 + number)) }

    @Test func aTurnOfTradingIsAShift() {
        let means = (0..<30).map { number in (day: day(number), vector: number < 25 ? [Float(1), 0] : [0, 1]) }
        let shifts = EmbeddingShift.shifts(means)
        #expect(shifts[day(4)] == nil)
        #expect(abs(shifts[day(5)] ?? 9) < 1e-12 && abs(shifts[day(24)] ?? 9) < 1e-12)
        #expect(abs((shifts[day(25)] ?? 0) - 1) < 1e-12)
        // One of the 20 sessions before points the new way: cosine 1 / √(19² + 1).
        #expect(abs((shifts[day(26)] ?? 0) - (1 - 1 / 362.0.squareRoot())) < 1e-12)
    }
}
