import Descriptions
import Foundation
import Testing

@Suite struct LexiconTests {
    let lexicon: Lexicon

    init() throws { lexicon = try Lexicon.builtIn() }

    /// The table of spec and docs, at each boundary and just below it.
    @Test(
        arguments: [
            (.moneyness, 1.2, "deep in the money", "in the money"), (.moneyness, 1.05, "in the money", "at the money"),
            (.moneyness, 0.95, "at the money", "out of the money"), (.moneyness, 0.8, "out of the money", "deep out of the money"),
            (.tenor, 8, "expiring within a month", "expiring this week"),
            (.tenor, 32, "expiring in one to three months", "expiring within a month"),
            (.tenor, 93, "expiring in three to twelve months", "expiring in one to three months"),
            (.tenor, 366, "long-dated LEAPS expiring in more than a year", "expiring in three to twelve months"),
            (.impliedVolatility, 0.15, "low implied volatility", "very low implied volatility"),
            (.impliedVolatility, 0.25, "moderate implied volatility", "low implied volatility"),
            (.impliedVolatility, 0.4, "high implied volatility", "moderate implied volatility"),
            (.impliedVolatility, 0.7, "extreme implied volatility", "high implied volatility"),
            (.volume, 1, "light volume", "no volume"), (.volume, 100, "active volume", "light volume"),
            (.volume, 1000, "high volume", "active volume"), (.volume, 10_000, "very high volume", "high volume"),
            (.openInterest, 1, "low open interest", "no open interest"),
            (.openInterest, 100, "moderate open interest", "low open interest"),
            (.openInterest, 2000, "high open interest", "moderate open interest"),
            (.underlyingMove, 0.05, "underlying up sharply on the day", "underlying up on the day"),
            (.underlyingMove, 0.02, "underlying up on the day", "quiet day of the underlying"),
            (.underlyingMove, -0.02, "quiet day of the underlying", "underlying down on the day"),
            (.underlyingMove, -0.05, "underlying down on the day", "underlying down sharply on the day"),
        ] as [(Attribute, Float, String, String)])
    func boundariesBelongAbove(_ attribute: Attribute, _ boundary: Float, _ above: String, _ below: String) {
        #expect(lexicon.words(attribute, code: lexicon.code(of: boundary, in: attribute)) == above)
        #expect(lexicon.words(attribute, code: lexicon.code(of: boundary.nextDown, in: attribute)) == below)
    }

    /// The one attribute whose boundaries belong below: tight is up to and including 2 %.
    @Test(arguments: [(0.02, "tight", "normal"), (0.1, "normal", "wide")] as [(Float, String, String)])
    func spreadsBoundariesBelongBelow(_ boundary: Float, _ at: String, _ above: String) {
        #expect(lexicon.words(.spread, code: lexicon.code(of: boundary, in: .spread)) == at + " bid-ask spread")
        #expect(lexicon.words(.spread, code: lexicon.code(of: boundary.nextUp, in: .spread)) == above + " bid-ask spread")
    }

    @Test func extremesAndUnknowns() {
        for attribute in Attribute.allCases {
            #expect(lexicon.code(of: .nan, in: attribute) == 0)
            #expect(lexicon.code(of: -.infinity, in: attribute) == 1)
            #expect(Int(lexicon.code(of: .infinity, in: attribute)) == lexicon[attribute].boundaries.count + 1)
            #expect(lexicon.words(attribute, code: 0) == nil)
            #expect(lexicon.words(attribute, code: 1) != nil)
            #expect(lexicon.words(attribute, code: UInt8(lexicon[attribute].categories.count + 1)) == nil)
            #expect(lexicon.words(attribute, code: 255) == nil)
        }
    }

    @Test func theCanonicalTextHasAllSettingsOfTheStore() throws {
        #expect(try lexicon.canonicalText == Lexicon.builtIn().canonicalText)
        var other = lexicon
        other.attributes[0].boundaries[0] = 0.81
        #expect(lexicon.canonicalText != other.canonicalText)
        other = lexicon
        other.attributes[0].categories[0].words = "far away"
        #expect(lexicon.canonicalText != other.canonicalText)
        // A new way to ask changes nothing that is stored.
        other = lexicon
        other.attributes[0].categories[0].synonyms = ["far away"]
        #expect(lexicon.canonicalText == other.canonicalText)
    }

    // MARK: - Bad files

    /// The built-in lexicon as JSON, changed.
    private func changed(_ change: (inout Lexicon) -> Void) throws -> Data {
        var copy = lexicon
        change(&copy)
        return (try? JSONEncoder().encode(copy)) ?? Data()
    }

    private func refusal(_ json: Data) -> String {
        let error = #expect(throws: DescriptionError.self) { try Lexicon(json: json) }
        return error?.description ?? ""
    }

    @Test func badLexiconsAreRefusedByName() throws {
        #expect(refusal(Data("{".utf8)).contains("not readable"))
        #expect(refusal(Data(#"{"version":"1","attributes":[],"kinds":{}}"#.utf8)).contains("moneyness"))
        #expect(try refusal(changed { $0.attributes.removeAll { $0.name == .tenor } }).contains("tenor"))
        #expect(try refusal(changed { $0.attributes.append($0.attributes[0]) }).contains("moneyness exactly once"))
        #expect(try refusal(changed { $0.attributes[0].boundaries = [2, 1, 3, 4] }).contains("ascending"))
        #expect(try refusal(changed { $0.attributes[0].boundaries[1] = $0.attributes[0].boundaries[0] }).contains("ascending"))
        #expect(try refusal(changed { $0.attributes[0].categories.removeLast() }).contains("moneyness"))
        #expect(try refusal(changed { $0.kinds["put"] = nil }).contains("put"))
        // Without its last category "no bid" would be called a wide spread.
        #expect(
            try refusal(
                changed { lexicon in
                    for index in lexicon.attributes.indices where lexicon.attributes[index].name == .spread {
                        lexicon.attributes[index].categories.removeLast()
                    }
                }
            ).contains("spread"))
        #expect(
            try refusal(
                changed { lexicon in
                    lexicon.attributes[0].boundaries = (0..<7).map(Float.init)
                    lexicon.attributes[0].categories += lexicon.attributes[0].categories.prefix(3)
                }
            ).contains("at most 7"))
        #expect(throws: Never.self) { try Lexicon(json: changed { _ in }) }
    }
}
