/// What no constraint came from.
extension QuestionReading {
    /// Phrases of words that carry meaning and were not understood, in order and in their own spelling.
    func leftovers(alsoNotUnderstood spans: [Range<Int>]) -> [String] {
        var phrases: [(start: Int, text: String)] = spans.map { ($0.lowerBound, text($0)) }
        var index = 0
        while index < tokens.count {
            guard isFree(index), tokens[index].form != .mark else {
                index += 1
                continue
            }
            var end = index
            while isFree(end), !isComma(end) { end += 1 }
            if let span = contentSpan(index..<end) { phrases.append((span.lowerBound, text(span))) }
            index = end
        }
        return phrases.sorted { $0.start < $1.start }.map(\.text)
    }

    private func isContent(_ index: Int) -> Bool {
        let token = tokens[index]
        if token.form == .mark { return false }
        if token.form == .number, token.isSpelledNumber, token.text == "1" { return false }
        return !vocabulary.stopWords.contains(token.text)
    }

    /// The part of a run from its first to its last word with meaning, with the prepositions before it.
    private func contentSpan(_ run: Range<Int>) -> Range<Int>? {
        guard var first = run.first(where: isContent), let last = run.last(where: isContent) else { return nil }
        while first > run.lowerBound {
            let before = tokens[first - 1]
            if vocabulary.prepositions.contains(before.text) {
                first -= 1
            } else if ["of", "the", "its", "their", "a", "an", "to", "than"].contains(before.text),
                first - 1 > run.lowerBound,
                vocabulary.prepositions.contains(tokens[first - 2].text) || before.text == "than" || before.text == "of"
            {
                first -= 1
            } else {
                break
            }
        }
        // "last 30 days": the unit goes with its number.
        var end = last + 1
        if tokens[last].isNumber, end < run.upperBound, length(vocabulary.durations, at: end) > 0 { end += 1 }
        return first..<end
    }
}
