import CKernels

/// The loops of search over arrays: inner products, half floats, weighted sums. Sizes are checked here; a mismatch is an
/// error of the program, not of input, and stops it.
public enum ScanKernels {
    /// Inner products of queries with rows.
    /// - Parameters:
    ///   - queries: `n` x `dimensions`, row-major.
    ///   - rows: `m` x `dimensions`, row-major.
    /// - Returns: `n` x `m` scores, row-major.
    public static func dotProducts(queries: [Float], rows: [Float], dimensions: Int) -> [Float] {
        scores(queries, rows.count, dimensions) { n, m, scores in
            rows.withUnsafeBytes { rows in
                guard let rows = rows.baseAddress else { return }
                tk_scan_dot_f32(queries, n, rows, m, dimensions, scores, m)
            }
        }
    }

    /// Inner products of queries with rows of half floats, given as their bits.
    /// - Returns: as for rows of floats.
    public static func dotProducts(queries: [Float], halfRows: [UInt16], dimensions: Int) -> [Float] {
        scores(queries, halfRows.count, dimensions) { n, m, scores in
            halfRows.withUnsafeBytes { rows in
                guard let rows = rows.baseAddress else { return }
                tk_scan_dot_f16(queries, n, rows, m, dimensions, scores, m)
            }
        }
    }

    /// Inner products of all rows with each other.
    /// - Parameter rows: `n` x `dimensions`, row-major.
    /// - Returns: `n` x `n`, row-major.
    public static func gram(_ rows: [Float], dimensions: Int) -> [Float] {
        dotProducts(queries: rows, rows: rows, dimensions: dimensions)
    }

    /// Weighted sums of rows: the vectors of descriptions from those of their parts.
    /// - Parameters:
    ///   - rows: vectors of parts, row-major.
    ///   - tuples: `n` x `weights.count` numbers of rows, row-major.
    ///   - weights: of the positions in a tuple; at most 16.
    ///   - normalised: whether sums are divided by their L2 norms; a zero sum stays zero.
    /// - Returns: `n` x `dimensions`, row-major.
    public static func weightedSums(
        of rows: [Float], dimensions: Int, tuples: [UInt32], weights: [Float], normalised: Bool
    ) -> [Float] {
        let n = checkTuples(rows, dimensions, tuples, weights)
        return [Float](unsafeUninitializedCapacity: n * dimensions) { sums, count in
            guard let base = sums.baseAddress else { return }
            tk_scan_weighted_sums(
                rows, dimensions, tuples, weights.count, weights, n, normalised ? 1 : 0, base, nil)
            count = n * dimensions
        }
    }

    /// Reciprocals of the L2 norms of weighted sums of rows; 0 for a zero sum.
    /// - Parameters: as for `weightedSums`.
    /// - Returns: `n` numbers.
    public static func inverseNorms(
        of rows: [Float], dimensions: Int, tuples: [UInt32], weights: [Float]
    ) -> [Float] {
        let n = checkTuples(rows, dimensions, tuples, weights)
        return [Float](unsafeUninitializedCapacity: n) { norms, count in
            guard let base = norms.baseAddress else { return }
            tk_scan_weighted_sums(rows, dimensions, tuples, weights.count, weights, n, 0, nil, base)
            count = n
        }
    }

    /// The column in which each tuple's sum of table rows is highest, the first of equal ones.
    /// - Parameters:
    ///   - table: row-major, `columns` numbers per row.
    ///   - tuples: `n` x `width` numbers of rows, row-major.
    /// - Returns: `n` columns.
    static func bestSums(table: [Float], columns: Int, tuples: some Collection<UInt32>, width: Int) -> [UInt32] {
        let tuples = Array(tuples)
        precondition(width > 0 && columns > 0 && tuples.count.isMultiple(of: width) && table.count.isMultiple(of: columns))
        precondition(tuples.allSatisfy { Int($0) < table.count / columns }, "a tuple names a row that is not there")
        let n = tuples.count / width
        return [UInt32](unsafeUninitializedCapacity: n) { places, count in
            guard let base = places.baseAddress else { return }
            tk_scan_argmax_sums(table, columns, tuples, width, n, base)
            count = n
        }
    }

    /// The highest of some scores and their positions, best first. Equal scores: the lower index first. NaN is left out.
    public static func best(_ k: Int, of scores: [Float]) -> [(index: Int, score: Float)] {
        var best = TopScores(capacity: max(0, min(k, scores.count)))
        scores.withUnsafeBufferPointer { best.offer($0, firstKey: 0) }
        return best.takeSorted().map { (Int($0.key), $0.score) }
    }

    private static func scores(
        _ queries: [Float], _ numbers: Int, _ dimensions: Int,
        _ fill: (_ n: Int, _ m: Int, UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
        precondition(dimensions > 0 && queries.count.isMultiple(of: dimensions) && numbers.isMultiple(of: dimensions))
        let n = queries.count / dimensions
        let m = numbers / dimensions
        return [Float](unsafeUninitializedCapacity: n * m) { scores, count in
            guard let base = scores.baseAddress, n * m > 0 else { return }
            fill(n, m, base)
            count = n * m
        }
    }

    private static func checkTuples(
        _ rows: [Float], _ dimensions: Int, _ tuples: [UInt32], _ weights: [Float]
    ) -> Int {
        precondition(dimensions > 0 && rows.count.isMultiple(of: dimensions))
        precondition((1...16).contains(weights.count) && tuples.count.isMultiple(of: weights.count))
        let largest = tuples.withUnsafeBufferPointer { $0.reduce(0) { max($0, $1) } }
        precondition(tuples.isEmpty || Int(largest) < rows.count / dimensions, "a tuple names a row that is not there")
        return tuples.count / weights.count
    }
}
