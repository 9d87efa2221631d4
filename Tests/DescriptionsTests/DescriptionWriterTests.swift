import Descriptions
import Testing

@Suite struct DescriptionWriterTests {
    private func writer(_ template: String) throws -> DescriptionWriter {
        try DescriptionWriter(lexicon: .builtIn(), template: .builtIn(template)) { $0 == 0 ? "Apple (AAPL)" : "QZX" }
    }

    private var option: DescriptionKey {
        var key = DescriptionKey(ticker: 0, kind: .call)
        key[.moneyness] = 5
        key[.tenor] = 1
        key[.volume] = 3
        key[.openInterest] = 2
        key[.unusualActivity] = 1
        return key
    }

    @Test func jointIsTheSentence() throws {
        let writer = try writer("joint")
        #expect(
            writer.text(of: writer.template.optionParts[0], key: option)
                == "Apple (AAPL) deep in the money call option expiring this week, active volume, low open interest, "
                + "unusual options activity, volume far above open interest")
    }

    @Test func partsAreTextsOfTheirOwn() throws {
        let writer = try writer("parts")
        #expect(
            writer.template.optionParts.map { writer.text(of: $0, key: option) } == [
                "Apple (AAPL)", "deep in the money call option", "expiring this week", "active volume", "low open interest",
                "unusual options activity, volume far above open interest",
            ])
    }

    @Test func unknownValuesAreOmitted() throws {
        let parts = try writer("parts")
        let bare = DescriptionKey(ticker: 1, kind: .put)
        #expect(
            parts.template.optionParts.map { parts.text(of: $0, key: bare) } == ["QZX", "put option", nil, nil, nil, nil])
        let joint = try writer("joint")
        #expect(joint.text(of: joint.template.optionParts[0], key: bare) == "QZX put option")
        #expect(parts.sentence(bare) == "QZX put option")
        #expect(parts.sentence(DescriptionKey(ticker: 1, kind: .stock)) == "QZX stock")
        #expect(parts.sentence(DescriptionKey(rawValue: 0)) == "")
    }

    /// The sentence that people read has every attribute, including those that the template leaves out.
    @Test func theSentenceNamesEveryCode() throws {
        let writer = try writer("parts")
        let lexicon = writer.lexicon
        for kind in InstrumentKind.allCases {
            var key = DescriptionKey(ticker: 0, kind: kind)
            let own = Attribute.allCases.filter { $0.applies(to: kind) }
            for attribute in own { key[attribute] = 1 }
            let sentence = writer.sentence(key)
            #expect(sentence.hasPrefix("Apple (AAPL)"))
            for attribute in own {
                let words = try #require(lexicon.words(attribute, code: 1))
                #expect(sentence.contains(words), "\(attribute)")
            }
        }
    }

    /// Codes that no lexicon has, as a damaged store may hold them.
    @Test func unknownCodesSayNothing() throws {
        let writer = try writer("parts")
        var key = DescriptionKey(ticker: 0, kind: .call)
        for attribute in Attribute.allCases where attribute.applies(to: .call) { key[attribute] = 7 }
        #expect(writer.sentence(key) == "Apple (AAPL) call option")
    }
}
