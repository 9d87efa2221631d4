import CKernels
import Dispatch
import Synchronization

/// Vectors that are normalised sums of a few of many rows, such as the vectors of descriptions, which are sums over their parts.
///
/// The inner product of such a vector with another is a sum of inner products of rows, up to a factor. Finding the nearest of
/// many centroids therefore takes one product per row and centroid, and a few additions per vector and centroid, instead of one
/// product per vector and centroid: a hundred times fewer products if vectors share rows.
public struct ComposedVectors: Sendable {
    public let dimensions: Int
    /// Rows of a vector.
    public let width: Int
    private let rows: [Float]
    private let tuples: [UInt32]

    /// Number of rows whose products with all centroids are kept at a time.
    private static let tableRows = 1024
    /// Vectors handled together.
    private static let blockCount = 8192

    /// - Parameters:
    ///   - rows: row-major.
    ///   - tuples: row-major, `width` row numbers per vector.
    public init(rows: [Float], dimensions: Int, tuples: [UInt32], width: Int) {
        precondition(dimensions > 0 && rows.count.isMultiple(of: dimensions))
        precondition((1...16).contains(width) && tuples.count.isMultiple(of: width))
        self.rows = rows
        self.dimensions = dimensions
        self.tuples = tuples
        self.width = width
    }

    public var count: Int { tuples.count / width }

    /// The vectors: `count` x `dimensions`, row-major, L2-normalised; a zero sum stays zero.
    public func vectors() -> [Float] { vectors(tuples) }

    /// Some of the vectors.
    func vectors(_ numbers: [Int]) -> [Float] { vectors(numbers.flatMap { tuples[$0 * width..<($0 + 1) * width] }) }

    private func vectors(_ tuples: [UInt32]) -> [Float] {
        ScanKernels.weightedSums(
            of: rows, dimensions: dimensions, tuples: tuples, weights: [Float](repeating: 1, count: width), normalised: true)
    }

    /// For each vector, the number of the centroid with the highest inner product; the first of equal ones.
    /// - Parameter centroids: row-major.
    func nearest(_ centroids: [Float]) -> [UInt32] {
        let columns = centroids.count / dimensions
        let rowCount = rows.count / dimensions
        let shared =
            rowCount <= Self.tableRows
            ? ScanKernels.dotProducts(queries: rows, rows: centroids, dimensions: dimensions) : []
        let blocks = blocks(sharingTable: !shared.isEmpty)
        let found = Mutex([[UInt32]](repeating: [], count: blocks.count))
        DispatchQueue.concurrentPerform(iterations: blocks.count) { number in
            let block = tuples[blocks[number].lowerBound * width..<blocks[number].upperBound * width]
            let best: [UInt32]
            if shared.isEmpty {
                let distinct = Array(Set(block)).sorted()
                let places = Dictionary(uniqueKeysWithValues: distinct.enumerated().map { ($1, UInt32($0)) })
                let some = distinct.flatMap { rows[Int($0) * dimensions..<(Int($0) + 1) * dimensions] }
                best = ScanKernels.bestSums(
                    table: ScanKernels.dotProducts(queries: some, rows: centroids, dimensions: dimensions), columns: columns,
                    tuples: block.map { places[$0] ?? 0 }, width: width)
            } else {
                best = ScanKernels.bestSums(table: shared, columns: columns, tuples: block, width: width)
            }
            found.withLock { $0[number] = best }
        }
        return found.withLock { $0.flatMap { $0 } }
    }

    /// Consecutive ranges of vectors, each with few enough rows for a table.
    private func blocks(sharingTable: Bool) -> [Range<Int>] {
        var blocks: [Range<Int>] = []
        var start = 0
        var met: Set<UInt32> = []
        for number in 0..<count {
            if !sharingTable { met.formUnion(tuples[number * width..<(number + 1) * width]) }
            // The vector that exceeds the limit is still included, because a table has room for it.
            if met.count >= Self.tableRows || number - start + 1 == Self.blockCount {
                blocks.append(start..<number + 1)
                start = number + 1
                met.removeAll(keepingCapacity: true)
            }
        }
        if start < count { blocks.append(start..<count) }
        return blocks
    }

    /// Centroids by deterministic spherical k-means: it begins with evenly spread vectors, and a centroid that has lost all its
    /// vectors takes half of those of the largest one.
    /// - Returns: `count` x `dimensions`, row-major, L2-normalised.
    func centroids(_ count: Int, iterations: Int) -> [Float] {
        var centroids = vectors((0..<count).map { $0 * self.count / count })
        for _ in 0..<iterations {
            let nearest = nearest(centroids)
            var sums = [Float](repeating: 0, count: centroids.count)
            var sizes = [Int](repeating: 0, count: count)
            for start in stride(from: 0, to: self.count, by: Self.blockCount) {
                let end = min(start + Self.blockCount, self.count)
                let vectors = vectors(Array(tuples[start * width..<end * width]))
                for number in start..<end {
                    let centroid = Int(nearest[number])
                    sizes[centroid] += 1
                    add(vectors, at: number - start, to: &sums, at: centroid)
                }
            }
            for empty in sizes.indices where sizes[empty] == 0 {
                guard let largest = sizes.indices.max(by: { sizes[$0] < sizes[$1] }), sizes[largest] > 1 else { break }
                split(largest, into: empty, &sums)
                sizes[empty] = sizes[largest] / 2
                sizes[largest] -= sizes[empty]
            }
            centroids = ScanKernels.weightedSums(
                of: sums, dimensions: dimensions, tuples: (0..<UInt32(count)).map { $0 }, weights: [1], normalised: true)
        }
        return centroids
    }

    private func add(_ vectors: [Float], at row: Int, to sums: inout [Float], at centroid: Int) {
        vectors.withUnsafeBufferPointer { vectors in
            sums.withUnsafeMutableBufferPointer { sums in
                for component in 0..<dimensions {
                    sums[centroid * dimensions + component] += vectors[row * dimensions + component]
                }
            }
        }
    }

    /// Two centroids a little to either side of one.
    private func split(_ old: Int, into new: Int, _ sums: inout [Float]) {
        for component in 0..<dimensions {
            let value = sums[old * dimensions + component]
            let step: Float = component.isMultiple(of: 2) ? 1.0 / 1024 : -1.0 / 1024
            sums[new * dimensions + component] = value * (1 + step)
            sums[old * dimensions + component] = value * (1 - step)
        }
    }
}
