/// The grammar in the form of its resource.
struct GrammarFile: Sendable {
    struct RuleEntry: Sendable {
        /// The symbol that the rule produces.
        var gives: String
        /// Symbols in order; `a|b` is either, `a?` is optional.
        var from: String
        var does: Action
        var priority: Int?
        /// Text that the rule reads, with the reading it must have: "text -> tree".
        var examples: [String]?
    }

    /// Top-level symbols of a question, with their weight per covered word.
    var top: [String: Int]
    var rules: [RuleEntry]
}

/// A rule without options or alternatives.
struct Rule: Sendable {
    var result: Int
    var pattern: [Int]
    var action: Action
    var priority: Int
}

/// Rules compiled for the chart: symbols are numbers, and patterns with the same start share their states.
struct Grammar: Sendable {
    private(set) var symbolNumbers: [String: Int] = [:]
    private(set) var symbolNames: [String] = []
    private(set) var rules: [Rule] = []
    /// State × symbol → next state, 0 when there is none; state 0 is the start of every pattern.
    private(set) var transitions: [Int16] = []
    /// Rules that are complete in a state: from its position up to the next state's.
    private(set) var completed: [Int32] = []
    private(set) var completedStart: [Int32] = []
    /// Whether a pattern continues from a state.
    private(set) var continues: [Bool] = []
    /// Weight per word of a top-level symbol; 0 for the others.
    private(set) var worth: [Int] = []
    var symbolCount: Int { symbolNames.count }

    init(_ file: GrammarFile, terminals: [String]) throws(VocabularyError) {
        for name in terminals { _ = number(name) }
        for entry in file.rules { _ = number(entry.gives) }
        for name in file.top.keys.sorted() where symbolNumbers[name] == nil {
            throw VocabularyError("grammar.json: the top-level symbol \"\(name)\" is neither a terminal nor a result")
        }
        for entry in file.rules {
            for pattern in try Self.expanded(entry.from) {
                var numbers: [Int] = []
                for name in pattern {
                    guard let symbol = symbolNumbers[name] else {
                        throw VocabularyError("grammar.json: unknown symbol \"\(name)\" in \"\(entry.from)\"")
                    }
                    numbers.append(symbol)
                }
                guard !numbers.isEmpty else { throw VocabularyError("grammar.json: empty pattern \"\(entry.from)\"") }
                rules.append(
                    Rule(result: symbolNumbers[entry.gives] ?? 0, pattern: numbers, action: entry.does, priority: entry.priority ?? 0))
            }
        }
        worth = symbolNames.map { file.top[$0] ?? 0 }
        compile()
    }

    func symbol(_ name: String) -> Int { symbolNumbers[name] ?? -1 }

    func next(_ state: Int, _ symbol: Int) -> Int { Int(transitions[state * symbolNames.count + symbol]) }

    private mutating func number(_ name: String) -> Int {
        if let known = symbolNumbers[name] { return known }
        symbolNumbers[name] = symbolNames.count
        symbolNames.append(name)
        return symbolNames.count - 1
    }

    private mutating func compile() {
        let width = symbolNames.count
        transitions = [Int16](repeating: 0, count: width)
        var finished: [[Int32]] = [[]]
        continues = [true]
        for (index, rule) in rules.enumerated() {
            var state = 0
            for symbol in rule.pattern {
                let place = state * width + symbol
                if transitions[place] == 0 {
                    transitions[place] = Int16(finished.count)
                    finished.append([])
                    continues[state] = true
                    continues.append(false)
                    transitions += [Int16](repeating: 0, count: width)
                }
                state = Int(transitions[place])
            }
            finished[state].append(Int32(index))
        }
        for rules in finished {
            completedStart.append(Int32(completed.count))
            completed += rules
        }
        completedStart.append(Int32(completed.count))
    }

    /// The patterns without `?` and `|`.
    private static func expanded(_ pattern: String) throws(VocabularyError) -> [[String]] {
        var results: [[String]] = [[]]
        for item in pattern.split(separator: " ") {
            let isOptional = item.hasSuffix("?")
            let choices = (isOptional ? item.dropLast() : item).split(separator: "|").map(String.init)
            var longer: [[String]] = isOptional ? results : []
            for result in results {
                for choice in choices { longer.append(result + [choice]) }
            }
            results = longer
            guard results.count <= 4096 else { throw VocabularyError("grammar.json: too many alternatives in \"\(pattern)\"") }
        }
        return results
    }
}
