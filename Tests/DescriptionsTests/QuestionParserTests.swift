import Descriptions
import Foundation
import MarketData
import Testing

@Suite struct QuestionParserTests {
    private func check(_ reading: Reading, asOf: Day? = nil) throws {
        let question = try testParser(asOf: asOf).parse(reading.text)
        let lexicon = try Lexicon.builtIn()
        #expect(
            Set(question.constraints) == reading.constraints,
            "\(reading.text): \(question.constraints.map { $0.words(in: lexicon) })")
        #expect(question.constraints.count == reading.constraints.count)
        #expect(question.notUnderstood == reading.notUnderstood)
    }

    @Test(arguments: QuestionTables.evaluation) func evaluationQuestions(_ reading: Reading) throws {
        try check(reading)
    }
    @Test(arguments: QuestionTables.names) func names(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.kinds) func kinds(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.categories) func categories(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.negations) func negations(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.numbers) func numbers(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.tenors) func tenors(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.dates) func dates(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.stocks) func stocks(_ reading: Reading) throws { try check(reading) }
    @Test(arguments: QuestionTables.leftovers) func leftovers(_ reading: Reading) throws { try check(reading) }

    @Test func daysCountFromTheDayAskedAbout() throws {
        let day = try #require(Day(iso: "2014-06-12"))
        try check(Reading("Apple calls today", on("AAPL"), calls, dated("2014-06-12", "2014-06-12")), asOf: day)
        try check(
            Reading("Apple calls in the last 30 days", on("AAPL"), calls, dated("2014-05-13", "2014-06-12")), asOf: day)
    }

    @Test func namesOfSeveralTickersMeanThoseOfTheStore() throws {
        #expect(try testParser(symbols: ["GOOG"]).parse("Google").constraints == [on("GOOG")])
        #expect(try testParser(symbols: ["GOOG", "GOOGL"]).parse("Google").constraints == [on("GOOG", "GOOGL")])
        #expect(try testParser(symbols: ["FB"]).parse("Facebook puts").constraints == [on("FB"), puts])
        #expect(
            try testParser(symbols: ["GOOG", "GOOGL"]).parse("Google (GOOGL) puts").constraints == [on("GOOGL"), puts])
    }

    @Test func tickersOnlyTheStoreKnowsCountInLowerCase() throws {
        #expect(try testParser(symbols: ["QZX"]).parse("qzx calls").constraints == [on("QZX"), calls])
        #expect(try testParser(symbols: []).parse("qzx calls").notUnderstood == ["qzx"])
    }

    @Test func constraintsStandInTheOrderOfTheQuestion() throws {
        let question = try testParser().parse("high volume puts on Apple in 2014")
        #expect(question.constraints == [highVolume, puts, on("AAPL"), dated("2014-01-01", "2014-12-31")])
    }

    @Test func wordsOfConstraints() throws {
        let lexicon = try Lexicon.builtIn()
        let table: [(Constraint, String)] = [
            (on("NWSA", "FOXA"), "underlying NWSA or FOXA"), (puts, "put"), (options, "call or put"),
            (category(.moneyness, 1, 2), "moneyness deep out of the money or out of the money"),
            (between(.daysToExpiry, 30, 45), "days to expiry 30 to 45"), (above(.volume, 5000), "volume > 5000"),
            (atLeast(.volume, 5000), "volume ≥ 5000"), (above(.impliedVolatility, 0.6), "implied volatility > 60%"),
            (dated(nil, "2014-06-05"), "quote date before 2014-06-06"),
            (dated("2014-06-06", nil), "quote date from 2014-06-06"),
            (dated("2014-06-06", "2014-06-06"), "quote date on 2014-06-06"),
            (.not(on("AAPL")), "not underlying AAPL"),
            (.any([exactly(.strike, 90), exactly(.strike, 92.14)]), "strike 90 or strike 92.14"),
            (.number(.strike, min: 100.0.nextUp, max: 120.0.nextDown), "strike > 100 and < 120"),
        ]
        for (constraint, words) in table { #expect(constraint.words(in: lexicon) == words) }
    }
}
