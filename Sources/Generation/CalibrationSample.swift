import Descriptions

/// Descriptions for choosing a precision: sentences from the lexicon, the same in every run.
enum CalibrationSample {
    static let count = 240

    /// Distinct sentences that cover every kind, every category of every attribute, and many names.
    static func sentences(lexicon: Lexicon, template: DescriptionTemplate, aliases: AliasTable) -> [String] {
        let symbols = aliases.symbols.sorted()
        let writer = DescriptionWriter(lexicon: lexicon, template: template) {
            aliases.words(for: Int($0) < symbols.count ? symbols[Int($0)] : "?")
        }
        var sentences: [String] = [], seen: Set<String> = []
        // A linear congruential generator (Knuth's MMIX) is good enough here.
        var state: UInt64 = 1
        func next(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(limit, 1)
        }
        // Tries many more keys than sentences, so that the loop ends even with a lexicon of very few words.
        for number in 0..<10 * count where sentences.count < count {
            let kind = InstrumentKind.allCases[number % InstrumentKind.allCases.count]
            var key = DescriptionKey(ticker: UInt32(next(below: symbols.count)), kind: kind)
            for attribute in Attribute.allCases where attribute.applies(to: kind) {
                key[attribute] = UInt8(next(below: lexicon[attribute].categories.count + 1))
            }
            let sentence = writer.sentence(key)
            if seen.insert(sentence).inserted { sentences.append(sentence) }
        }
        return sentences
    }
}
