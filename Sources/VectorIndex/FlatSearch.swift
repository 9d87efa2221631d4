import CKernels

/// Search of an exact index: every vector is compared with every query.
///
/// Sendable: the bytes are a mapped file, only read, and outlive the search.
struct FlatSearch: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    let vectors: Int
    let ids: Int?
    let count: Int
    let dimensions: Int

    /// Number of rows scored before the best are selected, so that their scores for a few queries stay in the cache.
    private static let rowsAtOnce = 1024
    private static let queriesAtOnce = 16

    func search(_ queries: [Float], k: Int, threads: Int) -> [[IndexHit]] {
        let n = queries.count / dimensions
        let slices = (0..<count).divided(into: min(threads, (count + 4095) / 4096), weight: { _ in 1 })
        var parts = concurrently(slices) { rows in scan(queries, k: k, rows: rows) }
        var best = parts.removeFirst()
        for part in parts {
            for query in 0..<n { best[query].merge(part[query]) }
        }
        return best.indices.map { query in
            var hits = best[query].takeSorted().map { row, score in
                IndexHit(id: ids.map { bytes.id(at: $0, Int(row)) } ?? row, score: score)
            }
            hits.sortBestFirst()
            return hits
        }
    }

    private func scan(_ queries: [Float], k: Int, rows: Range<Int>) -> [TopScores] {
        let n = queries.count / dimensions
        var best = [TopScores](repeating: TopScores(capacity: k), count: n)
        guard let base = bytes.baseAddress else { return best }
        queries.withUnsafeBufferPointer { queries in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.rowsAtOnce * Self.queriesAtOnce) { scores in
                for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.rowsAtOnce) {
                    let rowCount = min(Self.rowsAtOnce, rows.upperBound - first)
                    for query in stride(from: 0, to: n, by: Self.queriesAtOnce) {
                        let queryCount = min(Self.queriesAtOnce, n - query)
                        guard let queryBase = queries.baseAddress, let scoreBase = scores.baseAddress else { return }
                        tk_scan_dot_f32(
                            queryBase + query * dimensions, queryCount, base + vectors + first * dimensions * 4, rowCount,
                            dimensions, scoreBase, Self.rowsAtOnce)
                        for offset in 0..<queryCount {
                            best[query + offset].offer(
                                UnsafeBufferPointer(start: scoreBase + offset * Self.rowsAtOnce, count: rowCount),
                                firstKey: Int64(first))
                        }
                    }
                }
            }
        }
        return best
    }
}
