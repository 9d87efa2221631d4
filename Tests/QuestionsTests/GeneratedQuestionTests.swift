import Foundation
import Questions
import TestSupport
import Testing

/// Questions composed from `Golden/generator.json`, a table of phrases with the condition that each means. The table is
/// independent of the parser's resources.
private struct QuestionComposer {
    struct Clause: Decodable {
        /// Clauses of one slot say the same thing twice: a question has one of each.
        var slot: String
        var tree: String
        /// Numbers as written and as they stand in the tree.
        var numbers: [[String]]
        var texts: [String]
    }

    struct Table: Decodable {
        var leads: [String]
        var heads: [String]
        var names: [[String]]
        var kinds: [[String]]
        var joins: [String]
        var tails: [String]
        var clauses: [Clause]
    }

    private let table: Table
    private var random: SplitMix

    init(seed: UInt64) throws {
        let url = try #require(Bundle.module.url(forResource: "generator", withExtension: "json", subdirectory: "Golden"))
        table = try JSONDecoder().decode(Table.self, from: Data(contentsOf: url))
        random = SplitMix(state: seed)
    }

    private mutating func pick<T>(_ list: [T]) -> T { list[random.below(list.count)] }

    /// A question and its tree.
    mutating func next() -> (text: String, tree: String) {
        let name = pick(table.names)
        let kind = pick(table.kinds)
        let head = pick(table.heads).replacingOccurrences(of: "{name}", with: name[0]).replacingOccurrences(of: "{kind}", with: kind[0])
        var conditions = ["symbol=\(name[1])", "kind=\(kind[1])"]
        var text = pick(table.leads) + head
        var slots: Set<String> = []
        for index in 0..<random.below(4) {
            let clause = pick(table.clauses)
            guard slots.insert(clause.slot).inserted else { continue }
            let number = clause.numbers.isEmpty ? ["", ""] : pick(clause.numbers)
            let phrase = pick(clause.texts)
            // A dollar sign or a unit is written once.
            let written = phrase.replacingOccurrences(of: "{n}", with: number[0])
            text += (index == 0 ? pick([" ", ", "]) : pick(table.joins)) + written
            conditions.append(clause.tree.replacingOccurrences(of: "{n}", with: number[1]))
        }
        text += pick(table.tails)
        // "AAPL or MSFT's" is not how anybody writes.
        if name[0].contains(" or ") || name[0].contains(" and "), text.contains("'s ") { return next() }
        return (text, "and(\(conditions.joined(separator: ", ")))")
    }
}

@Suite struct GeneratedQuestionTests {
    @Test func treesOfComposedQuestionsAreExact() throws {
        let reader = try SharedReader.reader.get()
        var composer = try QuestionComposer(seed: TestSeed.value)
        var wrong: [String] = []
        let count = 10_000
        for _ in 0..<count {
            let (text, tree) = composer.next()
            let reading = reader.read(text)
            let found = TreeText.normalised(reading.query.constraints.compactText)
            if found != TreeText.normalised(tree) || !reading.notUnderstood.isEmpty {
                wrong.append("\(text)\n    \(found)\n    expected \(TreeText.normalised(tree)), left \(reading.notUnderstood)")
            }
        }
        for line in wrong.prefix(60) { print(line) }
        print("composed questions: \(count - wrong.count) of \(count) exact")
        #expect(Double(wrong.count) <= 0.002 * Double(count))
    }

    /// With slips, capitals and moved words, every word is still in a condition, a known filler, or listed.
    @Test func mutatedQuestionsAccountForEveryWord() throws {
        let reader = try SharedReader.reader.get()
        var composer = try QuestionComposer(seed: TestSeed.value)
        let questions = (0..<2000).map { _ in composer.next().text }
        var mutator = QuestionMutator(seed: TestSeed.value, questions: questions)
        for _ in 0..<10_000 {
            let text = mutator.next()
            ReadingCheck.everyWordIsAccountedFor(reader.read(text), text)
        }
    }
}
