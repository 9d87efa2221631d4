/// Positions in descending order of score, sorted in instalments: most callers need only the first few.
struct TopSelection {
    private var remaining: [(score: Float, position: Int)]
    private var sorted: ArraySlice<(score: Float, position: Int)> = []
    private var instalment = 512

    init(_ scored: [(score: Float, position: Int)]) { remaining = scored }

    private static func before(_ a: (score: Float, position: Int), _ b: (score: Float, position: Int)) -> Bool {
        a.score != b.score ? a.score > b.score : a.position < b.position
    }

    /// All positions of the next best score.
    mutating func nextGroup() -> (score: Float, positions: [Int])? {
        guard let first = pop() else { return nil }
        var positions = [first.position]
        while let next = peek(), next.score == first.score {
            positions.append(next.position)
            _ = pop()
        }
        return (first.score, positions)
    }

    private mutating func peek() -> (score: Float, position: Int)? {
        if sorted.isEmpty { refill() }
        return sorted.first
    }

    private mutating func pop() -> (score: Float, position: Int)? {
        if sorted.isEmpty { refill() }
        return sorted.popFirst()
    }

    private mutating func refill() {
        guard !remaining.isEmpty else { return }
        if remaining.count <= 4 * instalment {
            remaining.sort(by: TopSelection.before)
            sorted = remaining[...]
            remaining = []
            return
        }
        // A threshold from a sorted sample lets through some `instalment` positions without sorting the rest.
        let step = remaining.count / 1024 + 1
        let sample = stride(from: 0, to: remaining.count, by: step).map { remaining[$0].score }.sorted(by: >)
        let cut = sample[min(sample.count - 1, max(1, instalment * sample.count / remaining.count))]
        var kept: [(score: Float, position: Int)] = []
        var rest: [(score: Float, position: Int)] = []
        rest.reserveCapacity(remaining.count)
        for item in remaining {
            if item.score >= cut { kept.append(item) } else { rest.append(item) }
        }
        kept.sort(by: TopSelection.before)
        sorted = kept[...]
        remaining = rest
        instalment *= 4
    }
}
