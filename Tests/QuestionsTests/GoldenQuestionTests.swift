import Foundation
import Questions
import Testing

@Suite struct GoldenQuestionTests {
    @Test func readingsAreExact() throws {
        let reader = try SharedReader.reader.get()
        let questions = try GoldenQuestion.all()
        var wrong = 0
        for question in questions {
            let faults = question.faults(reader.read(question.question))
            if !faults.isEmpty {
                wrong += 1
                print("[\(question.kind)] \(question.question)\n    \(faults.joined(separator: "\n    "))")
            }
        }
        print("golden questions: \(questions.count - wrong) of \(questions.count) exact")
        #expect(questions.count >= 300)
        #expect(Double(wrong) <= 0.02 * Double(questions.count))
    }

    /// Readings do not depend on what was read before, nor on hashing.
    @Test func readingsAreDeterministic() throws {
        let first = try QuestionReader(context: testContext())
        let second = try QuestionReader(context: testContext())
        for question in try GoldenQuestion.all() {
            #expect(first.read(question.question) == second.read(question.question))
        }
    }

    /// The output of `--explain` is a valid question: "and(symbol=AAPL, kind=call, strike>90)".
    @Test func typedFormsAreReadBack() throws {
        let reader = try SharedReader.reader.get()
        let trees = try Set(GoldenQuestion.all().map(\.tree))
        let wrong = trees.filter { TreeText.normalised(reader.read($0).query.constraints.compactText) != TreeText.normalised($0) }
        print("typed forms: \(trees.count - wrong.count) of \(trees.count) read back")
        #expect(Double(wrong.count) <= 0.06 * Double(trees.count))
    }

    /// Contradictions are reported in words.
    @Test func contradictionsAreInWords() throws {
        let reader = try SharedReader.reader.get()
        func said(_ question: String) -> [Diagnostic] { reader.read(question).diagnostics.filter { $0.caseName == "contradiction" } }
        #expect(said("IBM strike over 200 and under 100") == [.contradiction("both strike above $200 and strike below $100")])
        #expect(said("calls that are puts") == [.contradiction("both call and put")])
        #expect(said("calls and not calls on IBM") == [.contradiction("both call and not call")])
    }

    @Test func queriesSurviveJSON() throws {
        let reader = try SharedReader.reader.get()
        for question in try GoldenQuestion.all() {
            let query = reader.read(question.question).query
            #expect(try JSONDecoder().decode(Query.self, from: JSONEncoder().encode(query)) == query)
        }
    }
}

@Suite struct RuleExampleTests {
    @Test func examplesOfRulesHaveTheirReading() throws {
        let reader = try SharedReader.reader.get()
        #expect(reader.ruleExamples.count > 50)
        for example in reader.ruleExamples {
            let halves = example.components(separatedBy: " -> ")
            try #require(halves.count == 2)
            let tree = reader.read(halves[0]).query.constraints.compactText
            #expect(TreeText.normalised(tree) == TreeText.normalised(halves[1]), "\(example)")
        }
    }
}
