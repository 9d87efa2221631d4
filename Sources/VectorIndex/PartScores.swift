internal import CKernels

/// Descriptions as tuples of parts, for search over parts: the score of a description is the sum of its parts' scores
/// over its norm, exactly the inner product of the query with the composed vector.
public struct PartScores: Sendable {
    /// The numbers of one part of every description, as narrow as they fit.
    public enum Column: Sendable {
        case bytes([UInt8])
        case shorts([UInt16])
        case words([UInt32])

        /// Keeps numbers as narrow as they fit.
        public init(_ numbers: [UInt32]) {
            switch numbers.max() ?? 0 {
            case ...255: self = .bytes(numbers.map { UInt8(truncatingIfNeeded: $0) })
            case ...65_535: self = .shorts(numbers.map { UInt16(truncatingIfNeeded: $0) })
            default: self = .words(numbers)
            }
        }

        var count: Int {
            switch self {
            case .bytes(let numbers): numbers.count
            case .shorts(let numbers): numbers.count
            case .words(let numbers): numbers.count
            }
        }

        func withBytes<Result>(_ body: (UnsafeRawBufferPointer, _ width: UInt32) -> Result) -> Result {
            switch self {
            case .bytes(let numbers): numbers.withUnsafeBytes { body($0, 1) }
            case .shorts(let numbers): numbers.withUnsafeBytes { body($0, 2) }
            case .words(let numbers): numbers.withUnsafeBytes { body($0, 4) }
            }
        }
    }

    /// The number of descriptions.
    public let count: Int
    private let columns: [Column]
    /// The largest number in each column, so that tables can be checked.
    private let largest: [UInt32]
    private let inverseNorms: [Float]

    /// - Parameters:
    ///   - columns: one for each part, up to 16, all of the same length.
    ///   - inverseNorms: one over the norm of each description's weighted sum.
    /// - Throws: `IndexError` with code `.wrongShape`.
    public init(columns: [Column], inverseNorms: [Float]) throws(IndexError) {
        guard (1...16).contains(columns.count), columns.allSatisfy({ $0.count == inverseNorms.count }) else {
            throw IndexError(
                .wrongShape,
                "\(columns.count) columns of \(columns.map(\.count)) parts do not fit \(inverseNorms.count) norms")
        }
        self.columns = columns
        self.inverseNorms = inverseNorms
        count = inverseNorms.count
        largest = columns.map { column in
            column.withBytes { bytes, width in
                bytes.baseAddress.map { tk_scan_maximum($0, width, bytes.count / Int(width)) } ?? 0
            }
        }
    }

    /// The scores of all descriptions.
    /// - Parameter tables: for each column the score of every part: its weight times its inner product with the query.
    /// - Throws: `IndexError` with code `.wrongShape` when a table does not reach the largest number of its column.
    public func scores(tables: [[Float]]) throws(IndexError) -> [Float] {
        try check(tables)
        return [Float](unsafeUninitializedCapacity: count) { scores, filled in
            guard let base = scores.baseAddress else { return }
            withColumns(tables) { columns, norms in
                tk_scan_tuple_scores(columns.baseAddress, columns.count, norms.baseAddress, 0, count, base)
            }
            filled = count
        }
    }

    /// The descriptions of the highest scores, best first; equal scores: the lower index first.
    /// - Parameters:
    ///   - tables: as for `scores(tables:)`.
    ///   - allowed: a bit a description, lowest bit first, for those that may be found; nil for all.
    ///   - threads: how many threads share the work.
    /// - Throws: `IndexError` with code `.wrongShape`.
    public func best(
        _ k: Int, tables: [[Float]], allowed: [UInt64]? = nil, threads: Int = 1
    ) throws(IndexError) -> [(index: Int, score: Float)] {
        try check(tables)
        guard (allowed?.count ?? .max) >= (count + 63) / 64, threads > 0 else {
            throw IndexError(.wrongShape, "\(allowed?.count ?? 0) words of 64 bits for \(count) descriptions")
        }
        guard k > 0, count > 0 else { return [] }
        let blockCount = (count + Self.block - 1) / Self.block
        let slices = (0..<blockCount).divided(into: threads, weight: { _ in 1 })
        var parts = concurrently(slices) { blocks in scan(blocks, k: min(k, count), tables, allowed) }
        var best = parts.removeFirst()
        for part in parts { best.merge(part) }
        return best.takeSorted().map { (Int($0.key), $0.score) }
    }

    /// Descriptions scored before the best are picked: their scores stay in the cache.
    private static let block = 4096

    private func scan(_ blocks: Range<Int>, k: Int, _ tables: [[Float]], _ allowed: [UInt64]?) -> TopScores {
        var best = TopScores(capacity: k)
        withColumns(tables) { columns, norms in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.block) { scores in
                guard let base = scores.baseAddress else { return }
                func scan(_ allowed: UnsafePointer<UInt64>?) {
                    for block in blocks {
                        let first = block * Self.block
                        let n = min(Self.block, count - first)
                        tk_scan_tuple_scores(columns.baseAddress, columns.count, norms.baseAddress, first, n, base)
                        best.offer(UnsafeBufferPointer(start: base, count: n), firstKey: Int64(first), allowed: allowed)
                    }
                }
                if let allowed { allowed.withUnsafeBufferPointer { scan($0.baseAddress) } } else { scan(nil) }
            }
        }
        return best
    }

    private func check(_ tables: [[Float]]) throws(IndexError) {
        guard tables.count == columns.count, zip(tables, largest).allSatisfy({ $0.count > Int($1) || $0.count > 0 && count == 0 })
        else {
            throw IndexError(
                .wrongShape,
                "tables of \(tables.map(\.count)) parts do not fit columns whose largest numbers are \(largest)")
        }
    }

    /// Runs `body` on the columns with their tables, as the kernel wants them.
    private func withColumns(
        _ tables: [[Float]], _ body: (UnsafeBufferPointer<tk_scan_column>, UnsafeBufferPointer<Float>) -> Void
    ) {
        func gather(_ gathered: [tk_scan_column]) {
            guard gathered.count < columns.count else {
                gathered.withUnsafeBufferPointer { gathered in inverseNorms.withUnsafeBufferPointer { body(gathered, $0) } }
                return
            }
            let table = tables[gathered.count]
            columns[gathered.count].withBytes { numbers, width in
                table.withUnsafeBufferPointer { table in
                    gather(
                        gathered + [
                            tk_scan_column(
                                numbers: numbers.baseAddress, table: table.baseAddress, width: width,
                                table_count: UInt32(truncatingIfNeeded: table.count))
                        ])
                }
            }
        }
        gather([])
    }
}
