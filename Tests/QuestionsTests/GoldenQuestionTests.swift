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
