/// Phrases to look for in a question, each with what it means; the longest that fits wins.
struct QuestionPhraseTable<Meaning: Sendable>: Sendable {
    private struct Entry {
        var rest: [String]
        var meanings: [Meaning]
    }

    private var entries: [String: [Entry]] = [:]

    /// Adds a meaning to a phrase; a phrase may have several.
    mutating func insert(_ phrase: String, _ meaning: Meaning) {
        insert(QuestionTokenizer.words(of: phrase), meaning)
    }

    mutating func insert(_ words: [String], _ meaning: Meaning) {
        guard let first = words.first else { return }
        let rest = Array(words.dropFirst())
        var list = entries[first] ?? []
        if let index = list.firstIndex(where: { $0.rest == rest }) {
            list[index].meanings.append(meaning)
        } else {
            let index = list.firstIndex { $0.rest.count < rest.count } ?? list.count
            list.insert(Entry(rest: rest, meanings: [meaning]), at: index)
        }
        entries[first] = list
    }

    init() {}

    init(_ phrases: [String], _ meaning: Meaning) {
        for phrase in phrases { insert(phrase, meaning) }
    }

    /// The meanings of exactly this phrase.
    func meanings(of words: [String]) -> [Meaning] {
        guard let first = words.first else { return [] }
        return entries[first]?.first { $0.rest.elementsEqual(words.dropFirst()) }?.meanings ?? []
    }

    /// The longest phrase that starts at a token and whose tokens are all free.
    func longest(
        at index: Int, in tokens: [QuestionToken], isFree: (Int) -> Bool
    ) -> (length: Int, meanings: [Meaning])? {
        guard index < tokens.count, isFree(index), let candidates = entries[tokens[index].text] else { return nil }
        search: for entry in candidates where index + entry.rest.count < tokens.count {
            for (offset, word) in entry.rest.enumerated() {
                let position = index + 1 + offset
                guard tokens[position].text == word, isFree(position) else { continue search }
            }
            return (entry.rest.count + 1, entry.meanings)
        }
        return nil
    }
}
