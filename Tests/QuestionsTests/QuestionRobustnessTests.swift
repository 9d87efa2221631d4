import Foundation
import MarketData
import Questions
import Testing
import TestSupport

/// What holds of every reading, whatever the text.
@Suite struct QuestionRobustnessTests {
    @Test func everyWordIsUsedAFillerOrListed() throws {
        let reader = try SharedReader.reader.get()
        print("seed \(TestSeed.value)")
        var mutator = QuestionMutator(seed: TestSeed.value, questions: try GoldenQuestion.all().map(\.question))
        // TAPEDECK_FUZZ=1000000 is the full run.
        for _ in 0..<(ProcessInfo.processInfo.environment["TAPEDECK_FUZZ"].flatMap(Int.init) ?? 10_000) {
            let text = mutator.next()
            ReadingCheck.everyWordIsAccountedFor(reader.read(text), text)
        }
    }

    @Test func anyUnicodeIsAQuestion() throws {
        let reader = try SharedReader.reader.get()
        print("seed \(TestSeed.value)")
        var random = SplitMix(state: TestSeed.value &+ 1)
        for _ in 0..<4000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<random.below(80) {
                let limit = [0x80, 0x250, 0x3000, 0x10FFFF][random.below(4)]
                if let scalar = Unicode.Scalar(UInt32(random.below(limit))) { scalars.append(scalar) }
            }
            let text = String(scalars)
            ReadingCheck.everyWordIsAccountedFor(reader.read(text), text)
        }
    }

    @Test func aLongQuestionTakesLinearTime() throws {
        let reader = try SharedReader.reader.get()
        let pieces = [
            "high volume or not 5 to 10 days $ - (AAPL) ", "strike over 100 and ", "low or ", "a", "9", "no ", "between 1 and 2 days or ",
            "2014 and ", "Apple ", "not Apple or ", "very ", "first week of ",
        ]
        let clock = ContinuousClock()
        for piece in pieces {
            let text = String(String(repeating: piece, count: 10_000 / piece.count + 1).prefix(10_000))
            let time = clock.measure { _ = reader.read(text) }
            print("10,000 characters of \"\(piece)\": \(time)")
            // The bar is 20 ms; a shared machine gets room.
            #expect(time < .milliseconds(200))
        }
    }

    @Test func aQuestionTakesAFractionOfAMillisecond() throws {
        let reader = try SharedReader.reader.get()
        let questions =
            try GoldenQuestion.all().map(\.question) + [
                "Apple calls out of the money expiring in one to three months with delta between .3 and .5 and volume over 5,000 in June 2014",
                "the ten most traded SPY or QQQ puts with open interest above 10000 and implied volatility under 30% before 2014-06-06 please",
            ]
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<5 { for question in questions { times.append(clock.measure { _ = reader.read(question) }) } }
        times.sort()
        print("parse p50 \(times[times.count / 2]), p95 \(times[times.count * 95 / 100])")
        #expect(times[times.count * 95 / 100] < .milliseconds(3))
    }
}
