import Descriptions
import MarketData
import Questions
import Testing

/// Names of companies, however they are written.
@Suite struct CompanyNameTests {
    @Test(arguments: [
        ("news corp", "NWSA"), ("News Corporation", "NWSA"), ("twenty-first century fox", "FOXA"),
        ("21ST CENTURY FOX", "FOXA"), ("Apple's", "AAPL"), ("mcdonalds", "MCD"), ("AT&T", "T"), ("Estee Lauder", "EL"),
        ("S&P 500", "SPY"), ("U.S. Steel", "X"), ("us steel", "X"), ("Coca-Cola", "KO"), ("coca cola", "KO"),
    ])
    func aNameIsItsTicker(_ name: String, _ symbol: String) throws {
        let reader = try QuestionReader(context: QuestionContext(symbols: [symbol], aliases: .builtIn()))
        #expect(reader.read("\(name) calls").query.constraints.compactText == "and(kind=call, symbol=\(symbol))")
    }

    @Test func aUsersNamesAreKnown() throws {
        let aliases = try AliasTable(builtInPlus: Array("QZX,\"Quartz, Zinc & Co\",Quartz Zinc\n".utf8))
        let reader = try QuestionReader(context: QuestionContext(symbols: ["QZX"], aliases: aliases))
        #expect(reader.read("Quartz Zinc's calls").query.constraints.compactText == "and(kind=call, symbol=QZX)")
    }
}
