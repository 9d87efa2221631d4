import Foundation

/// Rewrites questions by rule without changing their meaning: a typing error, clauses in another order, synonyms, capitals. The
/// same seed gives the same rewritings.
public struct QuestionRewriter: Sendable {
    private var random: QuestionRandom
    private let synonyms: [String: [String]]

    /// - Parameter synonyms: phrases of the same meaning, by phrase.
    public init(synonyms: [String: [String]], seed: UInt64) {
        self.synonyms = synonyms
        random = QuestionRandom(state: seed)
    }

    /// - Throws: `QueryError` if the file is not a JSON object of lists of phrases.
    public init(file: String, seed: UInt64) throws {
        do {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            self.init(synonyms: try JSONDecoder().decode([String: [String]].self, from: bytes), seed: seed)
        } catch {
            throw QueryError("cannot read the synonyms in \(file): \(error.localizedDescription)")
        }
    }

    /// One of ten questions in other words; its id ends in `-rewritten` and the name of the rule.
    public mutating func rewritten(_ questions: [QuestionExample]) -> [QuestionExample] {
        questions.compactMap { question in
            guard random.below(10) == 0 else { return nil }
            let rules = [("slip", slip), ("order", reordered), ("synonym", synonym), ("capitals", capitals)]
            let start = random.below(rules.count)
            for step in rules.indices {
                let (name, rule) = rules[(start + step) % rules.count]
                guard let text = rule(question, &random), text != question.text else { continue }
                var result = question
                result.id += "-rewritten-\(name)"
                result.text = text
                return result
            }
            return nil
        }
    }

    private func slip(_ question: QuestionExample, _ random: inout QuestionRandom) -> String? {
        var words = question.text.components(separatedBy: " ")
        let places = words.indices.filter { words[$0].count >= 6 && words[$0].allSatisfy { $0.isLetter && $0.isLowercase } }
        guard !places.isEmpty else { return nil }
        let place = random.pick(places)
        var letters = Array(words[place])
        let index = 1 + random.below(letters.count - 3)
        if random.below(2) == 0 { letters.swapAt(index, index + 1) } else { letters.remove(at: index) }
        words[place] = String(letters)
        return words.joined(separator: " ")
    }

    /// Only if every clause must hold and none refers to the previous one.
    private func reordered(_ question: QuestionExample, _ random: inout QuestionRandom) -> String? {
        let clauses = question.text.components(separatedBy: ", ")
        guard clauses.count == 2, let tree = question.reading?.tree, !tree.contains("or("), !tree.contains("not("), !question.text.contains(" or ")
        else { return nil }
        return clauses.reversed().joined(separator: ", ")
    }

    private func synonym(_ question: QuestionExample, _ random: inout QuestionRandom) -> String? {
        let padded = " \(question.text) "
        let known = synonyms.keys.sorted().filter { padded.contains(" \($0) ") }
        guard !known.isEmpty else { return nil }
        let phrase = random.pick(known)
        guard let others = synonyms[phrase], !others.isEmpty else { return nil }
        let text = padded.replacing(" \(phrase) ", with: " \(random.pick(others)) ", maxReplacements: 1)
        return String(text.dropFirst().dropLast())
    }

    private func capitals(_ question: QuestionExample, _ random: inout QuestionRandom) -> String? {
        random.below(2) == 0 ? question.text.uppercased() : question.text.components(separatedBy: " ").map(capitalised).joined(separator: " ")
    }

    private func capitalised(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}
