/// The best division of a question into top-level parts: most words covered, then fewest parts, then rule priority.
struct Cover {
    /// Index of the chart's edge, from left to right; gaps between them are words that nothing covers.
    private(set) var edges: [Int32] = []

    private static let costOfPart = 30
    private static let worthOfSoft = 999

    /// - Parameters:
    ///   - isWord: whether a token counts as a word.
    ///   - banned: edges without a meaning.
    ///   - isSoft: tokens that need no part of their own: articles and the like.
    init(_ chart: Chart, grammar: Grammar, isWord: [Bool], isSoft: [Bool], banned: Set<Int32>) {
        let count = isWord.count
        var words = [Int32](repeating: 0, count: count + 1)
        for index in 0..<count { words[index + 1] = words[index] + (isWord[index] ? 1 : 0) }
        var best = [Int](repeating: 0, count: count + 1)
        var choice = [Int32](repeating: -1, count: count + 1)
        for end in 1...max(1, count) where end <= count {
            best[end] = best[end - 1] + (isSoft[end - 1] && isWord[end - 1] ? Self.worthOfSoft : 0)
            for index in banned.isEmpty ? chart.edgesEnding[end] : chart.edgesEnding[end] + chart.alternativesEnding[end] {
                let edge = chart.edges[Int(index)]
                let worth = grammar.worth[Int(edge.symbol)]
                guard worth > 0, banned.isEmpty || !banned.contains(index) else { continue }
                let start = Int(edge.start)
                let covered = Int(words[end] - words[start])
                let score = best[start] + covered * worth - Self.costOfPart + Int(edge.score)
                if score > best[end] {
                    best[end] = score
                    choice[end] = index
                }
            }
        }
        var position = count
        while position > 0 {
            let index = choice[position]
            if index < 0 {
                position -= 1
            } else {
                edges.append(index)
                position = Int(chart.edges[Int(index)].start)
            }
        }
        edges.reverse()
    }
}
