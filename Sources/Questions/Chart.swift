/// A bottom-up chart over the tokens of one question.
///
/// Edges are finished symbols over spans; items are partly matched rules. Edges are made from left to right by their end, so
/// every item that an edge can extend exists before it. Meanings are computed later, for the edges of the best cover only.
struct Chart {
    /// A symbol over the tokens `start..<end`.
    struct Edge {
        var symbol: Int32
        var start: Int32
        var end: Int32
        /// −1 for a terminal.
        var rule: Int32
        /// The last item of the rule's derivation, or the number of the terminal's value.
        var source: Int32
        var score: Int32
    }

    /// The start of a rule, matched over `start..<end`.
    private struct Item {
        var state: Int32
        var start: Int32
        var end: Int32
        /// The previous item, −1 for none, and the edge that was added to it.
        var previous: Int32
        var edge: Int32
        var score: Int32
    }

    /// Maximum span of a rule, which keeps the work linear in the question's length.
    private static let longestSpan = 24
    private static let mostItems = 320
    private static let mostAlternatives = 24

    private let grammar: Grammar
    private(set) var edges: [Edge] = []
    private var items: [Item] = []
    /// Items by the position at which they can continue.
    private var waiting: [[Int32]]
    /// Edges by their end.
    private(set) var edgesEnding: [[Int32]]
    /// Other rules' edges of a top-level symbol over the same span, by their end, in case the best one has no meaning.
    private(set) var alternativesEnding: [[Int32]]
    private(set) var terminals: [Value] = []
    private let isSoft: [Bool]

    init(grammar: Grammar, tokenCount: Int, isSoft: [Bool]) {
        self.grammar = grammar
        self.isSoft = isSoft
        waiting = Array(repeating: [], count: tokenCount + 1)
        edgesEnding = Array(repeating: [], count: tokenCount + 1)
        alternativesEnding = Array(repeating: [], count: tokenCount + 1)
        edges.reserveCapacity(tokenCount * 24)
        items.reserveCapacity(tokenCount * 48)
        terminals.reserveCapacity(tokenCount * 4)
    }

    /// Adds a terminal. All terminals are added before `run`.
    mutating func add(_ symbol: Int, _ start: Int, _ end: Int, _ value: Value, score: Int = 0) {
        guard symbol >= 0 else { return }
        terminals.append(value)
        insert(
            Edge(
                symbol: Int32(symbol), start: Int32(start), end: Int32(end), rule: -1, source: Int32(terminals.count - 1),
                score: Int32(score)))
    }

    mutating func run() {
        for end in edgesEnding.indices {
            var next = 0
            while next < edgesEnding[end].count {
                extend(with: edgesEnding[end][next])
                next += 1
            }
        }
    }

    /// The edges of a rule's pattern, in order; empty for a terminal.
    func children(of edge: Edge) -> [Edge] {
        guard edge.rule >= 0 else { return [] }
        var result: [Edge] = []
        var item = edge.source
        while item >= 0 {
            result.append(edges[Int(items[Int(item)].edge)])
            item = items[Int(item)].previous
        }
        return result.reversed()
    }

    @discardableResult
    private mutating func insert(_ edge: Edge) -> Bool {
        let end = Int(edge.end)
        for index in edgesEnding[end] {
            let known = edges[Int(index)]
            guard known.symbol == edge.symbol, known.start == edge.start else { continue }
            var other = edge
            if edge.score > known.score {
                edges[Int(index)] = edge
                other = known
            }
            if other.rule != edges[Int(index)].rule, grammar.worth[Int(edge.symbol)] > 0, alternativesEnding[end].count < Self.mostAlternatives {
                edges.append(other)
                alternativesEnding[end].append(Int32(edges.count - 1))
            }
            return false
        }
        edges.append(edge)
        edgesEnding[end].append(Int32(edges.count - 1))
        return true
    }

    private mutating func extend(with index: Int32) {
        let edge = edges[Int(index)]
        let symbol = Int(edge.symbol)
        let first = grammar.next(0, symbol)
        if first > 0 { advance(Item(state: Int32(first), start: edge.start, end: edge.end, previous: -1, edge: index, score: edge.score)) }
        let list = waiting[Int(edge.start)]
        for number in list {
            let item = items[Int(number)]
            let state = grammar.next(Int(item.state), symbol)
            guard state > 0, Int(edge.end - item.start) <= Self.longestSpan else { continue }
            advance(
                Item(
                    state: Int32(state), start: item.start, end: edge.end, previous: number, edge: index,
                    score: item.score + edge.score))
        }
    }

    private mutating func advance(_ item: Item) {
        guard waiting[Int(item.end)].count < Self.mostItems else { return }
        items.append(item)
        let number = Int32(items.count - 1)
        if grammar.continues[Int(item.state)] {
            // Articles and the like may stand between the parts of a pattern.
            var position = Int(item.end)
            waiting[position].append(number)
            var steps = 0
            while position < isSoft.count, isSoft[position], steps < 4 {
                position += 1
                steps += 1
                waiting[position].append(number)
            }
        }
        for place in grammar.completedStart[Int(item.state)]..<grammar.completedStart[Int(item.state) + 1] {
            let rule = grammar.completed[Int(place)]
            insert(
                Edge(
                    symbol: Int32(grammar.rules[Int(rule)].result), start: item.start, end: item.end, rule: rule, source: number,
                    score: item.score + Int32(grammar.rules[Int(rule)].priority)))
        }
    }
}
