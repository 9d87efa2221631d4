import Descriptions
import Foundation
import MarketData
import Testing
import TestSupport

@Suite struct QuestionRobustnessTests {
    /// What holds of every reading, whatever the text.
    private func checkSense(_ question: Question, _ text: String) {
        for phrase in question.notUnderstood {
            #expect(!phrase.isEmpty && text.unicodeScalars.count >= phrase.unicodeScalars.count)
        }
        let start = String(text.prefix(200))
        for constraint in question.constraints { checkSense(constraint, start) }
    }

    private func checkSense(_ constraint: Constraint, _ text: String) {
        switch constraint {
        case .underlyings(let symbols): #expect(!symbols.isEmpty && Set(symbols).count == symbols.count, "\(text)")
        case .kinds(let kinds): #expect(!kinds.isEmpty && Set(kinds).count == kinds.count, "\(text)")
        case .category(_, let codes): #expect(codes != 0 && codes & 1 == 0, "\(text)")
        case .number(_, let min, let max):
            #expect(min != nil || max != nil, "\(text)")
            if let min, let max { #expect(min <= max, "\(text)") }
        case .quoteDate(let from, let to), .expiration(let from, let to):
            #expect(from != nil || to != nil, "\(text)")
            if let from, let to { #expect(from <= to, "\(text)") }
        case .not(let inner): checkSense(inner, text)
        case .any(let choices):
            #expect(choices.count > 1, "\(text)")
            for choice in choices { checkSense(choice, text) }
        }
    }

    @Test func anyUnicodeIsAQuestion() throws {
        let parser = try testParser()
        var random = SplitMix(state: 11)
        for _ in 0..<4000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<random.below(80) {
                let limit = [0x80, 0x250, 0x3000, 0x10FFFF][random.below(4)]
                if let scalar = Unicode.Scalar(UInt32(random.below(limit))) { scalars.append(scalar) }
            }
            let text = String(scalars)
            checkSense(parser.parse(text), text)
        }
    }

    /// Words that mean something, in an order that means nothing.
    @Test func wordSaladIsReadInSomeWay() throws {
        let parser = try testParser(asOf: Day(iso: "2014-06-12"))
        let words = """
            Apple AAPL $SPY (IBM) Delta Gap S&P 500 Russell 2000 3M calls puts options contracts stock shares high low very
            no not without excluding neither nor except but and or , / - to through between from over under above below at
            least most more than less within about around exactly > < >= <= = ± + % $ 5 10 100 1,000 2014 2013 0.3 .5 -0.5 1e9
            99999999999999999999 three twenty hundred thousand k m c p dozen a an half couple days weeks months years day week
            month year to expiry expiration left out of the money in deep ITM OTM ATM weekly LEAPS volume open interest OI IV
            implied volatility delta strike strikes moneyness bid ask spread premium price June Jan 12th 2014-06-12 6/12/14
            2014-13-45 20140612 Q2 early late since before after until on during expiring expires today last past unusual
            activity tight wide regime calm turbulent fell rose sharply split gap up down trend near its 52-week high earnings
            is are was that with for of or more or less plus ? . ! ; : ( ) ' " — … 150C 90P 10k+ 30d 2x 's
            """.split(whereSeparator: \.isWhitespace).map(String.init)
        var random = SplitMix(state: 12)
        for _ in 0..<8000 {
            let text = (0..<random.below(16)).map { _ in words[random.below(words.count)] }
                .joined(separator: random.below(6) == 0 ? "" : " ")
            checkSense(parser.parse(text), text)
        }
    }

    @Test func aVeryLongQuestionIsRead() throws {
        let parser = try testParser()
        let pieces: [(String, Int)] = [
            ("high volume or not 5 to 10 days $ - (AAPL) ", 600), ("a", 40_000), ("9", 40_000), ("(", 40_000),
            ("no ", 4000), ("low or ", 4000), ("5 or ", 4000), ("volume and ", 4000), ("strike ", 4000),
            ("thousand ", 4000), ("very ", 4000), ("2014 and ", 4000), ("Apple ", 4000),
            ("not Apple or ", 2000),
        ]
        for (piece, count) in pieces {
            let text = String(repeating: piece, count: count)
            checkSense(parser.parse(text), text)
        }
    }
}

extension SplitMix {
    fileprivate mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }
}
