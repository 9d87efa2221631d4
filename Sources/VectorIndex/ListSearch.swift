import CKernels

/// Search of lists around centroids: the lists of the centroids nearest to a query are read, the others are not.
///
/// A list is scored for all its queries while it is in the cache. Codes of 8 bits are scored with the query's weights rounded
/// to 14 bits; exact scores are then computed for the best and a few more.
///
/// Sendable: the bytes are a mapped file, only read, and outlive the search.
struct ListSearch: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    let lists: FaissFile.Lists
    let dimensions: Int

    /// Number of candidates beyond `k` that are kept for exact scores.
    private static let margin = 16
    private static let rowsAtOnce = 1024

    /// A query that visits a list.
    private struct Visit {
        let query: Int
        /// The centroid's inner product with the query.
        let centroidScore: Float
    }

    /// A query prepared for scoring codes: the weights in the kernel's format, their scale, and the part of the score that does
    /// not depend on the code.
    private struct PreparedQuery {
        let weights: [UInt8]
        let scale: Float
        let base: Float
    }

    func search(_ queries: [Float], k: Int, probes: Int, threads: Int) -> [[IndexHit]] {
        let n = queries.count / dimensions
        let visits = visits(queries, probes: probes, threads: threads)
        let prepared = lists.quantiser.map { quantiser in (0..<n).map { prepare(queries, $0, quantiser) } } ?? []
        let wanted = lists.lists.indices.filter { !visits[$0].isEmpty && lists.lists[$0].count > 0 }
        let slices = wanted.indices.divided(into: threads) { visits[wanted[$0]].count * lists.lists[wanted[$0]].count }
        let capacity = prepared.isEmpty ? k : k + Self.margin
        let parts = concurrently(slices) { slice in
            scan(queries, prepared, visits, lists: wanted[slice], capacity: capacity)
        }
        return (0..<n).map { query in
            var best = TopScores(capacity: capacity)
            for part in parts { best.merge(part[query]) }
            var hits = best.takeSorted().map { place, score in
                let list = lists.lists[Int(place >> 32)]
                let row = Int(place & 0xFFFF_FFFF)
                let exact = prepared.isEmpty ? score : self.score(queries, query, list: Int(place >> 32), row: row)
                return IndexHit(id: bytes.id(at: list.ids, row), score: exact)
            }
            hits.sortBestFirst()
            return Array(hits.prefix(k))
        }
    }

    /// For every list the queries that visit it.
    private func visits(_ queries: [Float], probes: Int, threads: Int) -> [[Visit]] {
        let centroids = FlatSearch(
            bytes: bytes, vectors: lists.centroids, ids: nil, count: lists.lists.count, dimensions: dimensions)
        var visits = [[Visit]](repeating: [], count: lists.lists.count)
        for (query, nearest) in centroids.search(queries, k: probes, threads: threads).enumerated() {
            for hit in nearest { visits[Int(hit.id)].append(Visit(query: query, centroidScore: hit.score)) }
        }
        return visits
    }

    /// q·x = Σ q_j (lowest_j + (code_j + 0.5) / 255 range_j), which is a constant of the query plus Σ code_j w_j.
    private func prepare(_ queries: [Float], _ query: Int, _ quantiser: FaissFile.Quantiser) -> PreparedQuery {
        var weights = [Float](repeating: 0, count: dimensions)
        var base = 0.0
        for j in 0..<dimensions {
            let value = queries[query * dimensions + j]
            weights[j] = value * quantiser.range[j] / 255
            base += Double(value) * (Double(quantiser.lowest[j]) + 0.5 / 255 * Double(quantiser.range[j]))
        }
        var prepared = [UInt8](repeating: 0, count: tk_scan_sq8_prepared_size(dimensions))
        let scale = tk_scan_sq8_prepare(weights, dimensions, &prepared)
        return PreparedQuery(weights: prepared, scale: scale, base: Float(base))
    }

    /// The best of some lists for every query. Lists come in ascending order, and so do positions, which combine the number of
    /// the list and the row in it.
    private func scan(
        _ queries: [Float], _ prepared: [PreparedQuery], _ visits: [[Visit]], lists wanted: ArraySlice<Int>, capacity: Int
    ) -> [TopScores] {
        var best = [TopScores](repeating: TopScores(capacity: capacity), count: queries.count / dimensions)
        guard let base = bytes.baseAddress else { return best }
        let isResidual = lists.quantiser?.isResidual ?? false
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.rowsAtOnce) { scores in
            guard let scoreBase = scores.baseAddress else { return }
            for list in wanted {
                let place = lists.lists[list]
                for first in stride(from: 0, to: place.count, by: Self.rowsAtOnce) {
                    let rows = min(Self.rowsAtOnce, place.count - first)
                    for visit in visits[list] {
                        if prepared.isEmpty {
                            queries.withUnsafeBufferPointer { queries in
                                guard let queryBase = queries.baseAddress else { return }
                                tk_scan_dot_f32(
                                    queryBase + visit.query * dimensions, 1, base + place.codes + first * dimensions * 4,
                                    rows, dimensions, scoreBase, rows)
                            }
                        } else {
                            let query = prepared[visit.query]
                            tk_scan_score_sq8(
                                query.weights, base + place.codes + first * dimensions, rows, dimensions,
                                query.base + (isResidual ? visit.centroidScore : 0), query.scale, scoreBase)
                        }
                        best[visit.query].offer(
                            UnsafeBufferPointer(start: scoreBase, count: rows),
                            firstKey: Int64(list) << 32 | Int64(first))
                    }
                }
            }
        }
        return best
    }

    /// The exact inner product with a decoded vector.
    private func score(_ queries: [Float], _ query: Int, list: Int, row: Int) -> Float {
        guard let quantiser = lists.quantiser, let base = bytes.baseAddress else { return 0 }
        return queries.withUnsafeBufferPointer { queries in
            guard let queryBase = queries.baseAddress else { return 0 }
            return tk_scan_dot_decoded_sq8(
                queryBase + query * dimensions, quantiser.lowest, quantiser.range,
                quantiser.isResidual ? base + lists.centroids + list * dimensions * 4 : nil,
                base + lists.lists[list].codes + row * dimensions, dimensions)
        }
    }
}
