/// Which rows of whole blocks satisfy some constraints. A question that visits many descriptions of a block looks at all of its
/// rows once; one that visits a few looks at theirs alone.
final class BlockMemo {
    /// Rows of a block, judged.
    struct Judged {
        var rows: RowBlock
        var chosen: [Bool]
        var distances: [Double]
    }

    private struct Place: Hashable {
        var batch: Int
        var block: Int
    }

    /// Visits after which a block is judged as a whole: then it costs less than its descriptions one by one.
    private static let visits = 6

    private var visited: [Place: Int] = [:]
    private var judged: [Place: Judged] = [:]

    /// Hands over the rows of a range with what is known of them.
    /// - Parameters:
    ///   - judge: judges rows.
    ///   - body: gets rows, the range of them that was asked for, and the position in the batch of the first of all.
    func forEachBlock(
        _ batch: LoadedBatch, number: Int, in range: Range<Int>, days: DayNumbers?, judge: (RowBlock) -> Judged,
        _ body: (Judged, Range<Int>, Int) throws -> Void
    ) throws {
        let size = LoadedBatch.blockRows
        var start = range.lowerBound
        while start < range.upperBound {
            let place = Place(batch: number, block: start / size)
            let base = place.block * size
            let end = min(range.upperBound, base + size)
            if judged[place] == nil {
                visited[place, default: 0] += 1
                if visited[place, default: 0] > Self.visits {
                    try batch.forEachBlock(in: base..<min(base + size, batch.rowCount), days: days) { rows, _ in judged[place] = judge(rows) }
                }
            }
            if let whole = judged[place] {
                try body(whole, (start - base)..<(end - base), base)
            } else {
                try batch.forEachBlock(in: start..<end, days: days) { rows, first in try body(judge(rows), 0..<rows.count, first) }
            }
            start = end
        }
    }
}
