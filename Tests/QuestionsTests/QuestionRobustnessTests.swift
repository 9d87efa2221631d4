import Foundation
import MarketData
import Questions
import Testing
import TestSupport

/// Invariants of every reading, whatever the text.
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

    /// Long questions are read to the end; `tapedeck bench questions` says how long reading takes.
    @Test func everyWordOfALongQuestionIsAccountedFor() throws {
        let reader = try SharedReader.reader.get()
        let pieces = [
            "high volume or not 5 to 10 days $ - (AAPL) ", "strike over 100 and ", "low or ", "a", "9", "no ", "between 1 and 2 days or ",
            "2014 and ", "Apple ", "not Apple or ", "very ", "first week of ",
        ]
        for piece in pieces {
            let text = String(String(repeating: piece, count: 10_000 / piece.count + 1).prefix(10_000))
            ReadingCheck.everyWordIsAccountedFor(reader.read(text), text)
        }
    }
}
