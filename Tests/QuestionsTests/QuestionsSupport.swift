import Descriptions
import Foundation
import MarketData
import Questions
import Testing

/// The store that the tests ask about.
func testContext(asOf: Day? = nil, calendarEvents: Set<String> = []) throws -> QuestionContext {
    let first = try #require(Day(iso: "2013-01-02"))
    let last = try #require(Day(iso: "2014-06-16"))
    let split = try #require(Day(iso: "2014-06-09"))
    return QuestionContext(
        symbols: ["AAPL", "NWSA", "FOXA", "SPY", "IWM", "IBM", "QQQ", "BAC", "MSFT", "GOOG", "ALL", "ON", "DE", "GE"],
        aliases: try AliasTable.builtIn(), days: first...last, asOf: asOf, splits: ["AAPL": [split]], calendarEvents: calendarEvents)
}

/// One reader for all tests: building it takes longer than reading a thousand questions.
enum SharedReader {
    static let reader = Result { try QuestionReader(context: testContext()) }
}

/// The seed of everything random in these tests: TAPEDECK_SEED changes it.
enum TestSeed {
    static let value: UInt64 = ProcessInfo.processInfo.environment["TAPEDECK_SEED"].flatMap(UInt64.init) ?? 20_140_609
}

/// What holds of every reading, whatever the text.
enum ReadingCheck {
    /// Every letter and digit is in exactly one step, and what is not understood is listed.
    static func everyWordIsAccountedFor(_ reading: Reading, _ text: String) {
        if let fault = fault(reading, text) { Issue.record("\(fault): \(text)") }
    }

    private static func fault(_ reading: Reading, _ text: String) -> String? {
        let bytes = Array(text.utf8)
        var isOwned = [Bool](repeating: false, count: bytes.count)
        for step in reading.steps {
            guard step.range.lowerBound >= 0, step.range.upperBound <= bytes.count else { return "a step ends outside the text" }
            for place in step.range {
                if isOwned[place] { return "byte \(place) is in two steps" }
                isOwned[place] = true
            }
        }
        for (place, byte) in bytes.enumerated() where !isOwned[place] {
            if (byte >= 48 && byte <= 57) || (byte | 0x20 >= 97 && byte | 0x20 <= 122) { return "byte \(place) is in no step" }
        }
        let listed = reading.notUnderstood.joined(separator: "\n")
        for step in reading.steps where step.use == .notUnderstood && step.text.contains(where: { $0.isLetter || $0.isNumber }) {
            if !holds(listed, step.text) { return "\"\(step.text)\" is not listed" }
        }
        for phrase in reading.notUnderstood where phrase.isEmpty || !holds(text, phrase) { return "\"\(phrase)\" is not in the text" }
        return nil
    }

    /// By bytes: marks of any script may combine with what stands before them.
    private static func holds(_ text: String, _ part: String) -> Bool { Data(text.utf8).range(of: Data(part.utf8)) != nil }
}

/// A question with the reading it must have, from `Golden/questions.json`.
struct GoldenQuestion: Decodable, CustomTestStringConvertible, Sendable {
    var kind: String
    var question: String
    /// The tree in text form; the order of parts does not matter.
    var tree: String
    /// Another tree that means the same.
    var altTree: String?
    var order: String?
    var limit: Int?
    var group: String?
    var measures: String?
    var intent: String?
    var rest: [String]?
    var restAny: Bool?
    /// The case of a diagnostic that the reading must give.
    var says: String?

    var testDescription: String { question }

    static func all() throws -> [GoldenQuestion] {
        let url = try #require(Bundle.module.url(forResource: "questions", withExtension: "json", subdirectory: "Golden"))
        return try JSONDecoder().decode([GoldenQuestion].self, from: Data(contentsOf: url))
    }

    /// The differences between a reading and the required one.
    func faults(_ reading: Reading) -> [String] {
        var faults: [String] = []
        let tree = TreeText.normalised(reading.query.constraints.compactText)
        if tree != TreeText.normalised(self.tree), altTree.map({ TreeText.normalised($0) != tree }) ?? true {
            faults.append("tree \(tree), expected \(self.tree)")
        }
        func check(_ name: String, _ found: String, _ expected: String?) {
            if found != expected ?? "" { faults.append("\(name) \(found), expected \(expected ?? "none")") }
        }
        check("order", reading.query.order.map(\.compactText).joined(separator: ", "), order)
        check("limit", reading.query.limit.map(String.init) ?? "", limit.map(String.init))
        check("group", reading.query.group.map(\.rawValue).joined(separator: ", "), group)
        check("measures", reading.query.measures.map(\.compactText).joined(separator: ", "), measures)
        if let intent { check("intent", reading.query.intent.rawValue, intent) }
        if restAny == true ? reading.notUnderstood.isEmpty : reading.notUnderstood != rest ?? [] {
            faults.append("not understood \(reading.notUnderstood), expected \(rest ?? [])")
        }
        if let says, !reading.diagnostics.contains(where: { $0.caseName == says }) {
            faults.append("says \(reading.diagnostics), expected \(says)")
        }
        return faults
    }
}

extension Diagnostic {
    var caseName: String { Mirror(reflecting: self).children.first?.label ?? "" }
}

/// Trees as text, with parts in a fixed order.
enum TreeText {
    static func normalised(_ text: String) -> String {
        var rest = Substring(text)
        return parse(&rest)
    }

    private static func parse(_ rest: inout Substring) -> String {
        let end = rest.firstIndex { "(),".contains($0) } ?? rest.endIndex
        let name = rest[..<end].trimmingCharacters(in: .whitespaces)
        rest = rest[end...]
        guard rest.first == "(" else { return sortedValues(name) }
        var parts: [String] = []
        repeat {
            rest = rest.dropFirst()
            parts.append(parse(&rest))
        } while rest.first == ","
        rest = rest.dropFirst()
        return "\(name)(\(parts.sorted().joined(separator: ", ")))"
    }

    private static func sortedValues(_ leaf: String) -> String {
        guard leaf.contains("|"), let equals = leaf.firstIndex(of: "=") else { return leaf }
        return leaf[...equals] + leaf[leaf.index(after: equals)...].split(separator: "|").sorted().joined(separator: "|")
    }
}
