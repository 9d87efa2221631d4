import Base
import Dispatch
import Foundation

/// K-means: Lloyd's iterations from k-means++ starts, the best of several.
///
/// Distances come from one matrix product per block of points. Points whose nearest centroid cannot have changed are skipped
/// (Hamerly's bounds), which changes no result. The result depends only on the points, the settings and the seed, not on
/// threads.
///
/// Sources: Lloyd 1982; Arthur and Vassilvitskii, k-means++, 2007, with scikit-learn's greedy draws; Hamerly, Making k-means Even
/// Faster, 2010.
public struct KMeans: Sendable {
    public var clusters: Int
    public var starts = 10
    public var mostIterations = 300
    /// Iterations end when centroids move less than this share of the points' mean variance, in squares.
    public var tolerance = 1e-4
    public var seed = 42

    public init(clusters: Int) { self.clusters = clusters }

    /// What was found.
    public struct Fit: Sendable {
        /// Clusters x dimension, row-major.
        public let centroids: [Float]
        /// The cluster of each point.
        public let labels: [Int32]
        /// Sum of squared distances.
        public let inertia: Double
        public let iterations: Int
    }

    /// - Parameter points: n x `dimension`, row-major, finite.
    /// - Throws: `ClusterError` if there are fewer points than clusters.
    public func fit(_ points: [Float], dimension: Int) throws(ClusterError) -> Fit {
        let count = dimension > 0 ? points.count / dimension : 0
        guard clusters > 0, count >= clusters else {
            throw ClusterError(.invalidInput, "", "\(count) vectors cannot make \(clusters) clusters; sample more, or ask for fewer clusters")
        }
        guard points.allSatisfy(\.isFinite) else { throw ClusterError(.invalidInput, "", "some of the vectors to cluster are not finite") }
        let data = KMeansData(points, count: count, dimension: dimension)
        var best: Fit?
        for start in 0..<max(1, starts) {
            var random = SplitMix64(state: SplitMix64.mix(UInt64(bitPattern: Int64(seed))) ^ SplitMix64.mix(UInt64(start)))
            let fit = KMeansRun(data, clusters: clusters, mostIterations: mostIterations, tolerance: tolerance, random: &random).fit()
            if best.map({ fit.inertia < $0.inertia }) ?? true { best = fit }
        }
        guard let best else { throw ClusterError(.invalidInput, "", "k-means needs at least one start") }
        // Centred points were clustered.
        var centroids = best.centroids
        for place in centroids.indices { centroids[place] += data.mean[place % dimension] }
        return Fit(centroids: centroids, labels: best.labels, inertia: best.inertia, iterations: best.iterations)
    }
}

/// Centred points, in the kernels' row layout.
private final class KMeansData: @unchecked Sendable {
    // Filled here and only read afterwards.
    let count: Int
    let dimension: Int
    let padded: Int
    let rows: FloatBuffer
    let norms: [Float]
    let mean: [Float]
    /// Mean variance of a component.
    let variance: Double

    init(_ points: [Float], count: Int, dimension: Int) {
        self.count = count
        self.dimension = dimension
        let padded = (dimension + 15) / 16 * 16
        self.padded = padded
        var sums = [Double](repeating: 0, count: dimension)
        for row in 0..<count { for column in 0..<dimension { sums[column] += Double(points[row * dimension + column]) } }
        let mean = sums.map { Float($0 / Double(count)) }
        self.mean = mean
        let rows = FloatBuffer(count: count * padded)
        self.rows = rows
        var norms = [Float](repeating: 0, count: count)
        var total = 0.0
        points.withUnsafeBufferPointer { points in
            for row in 0..<count {
                var norm = 0.0
                for column in 0..<dimension {
                    let value = points[row * dimension + column] - mean[column]
                    rows.pointer[row * padded + column] = value
                    norm += Double(value) * Double(value)
                }
                norms[row] = Float(norm)
                total += norm
            }
        }
        self.norms = norms
        variance = total / Double(count) / Double(dimension)
    }

    func squared(_ row: Int, _ centroid: UnsafePointer<Float>) -> Float {
        let point = rows.pointer + row * padded
        var sums = SIMD16<Float>()
        var column = 0
        // `padded` is a multiple of 16, and centroids are padded too.
        while column < padded {
            let gap =
                UnsafeRawPointer(point + column).loadUnaligned(as: SIMD16<Float>.self)
                - UnsafeRawPointer(centroid + column).loadUnaligned(as: SIMD16<Float>.self)
            sums += gap * gap
            column += 16
        }
        return sums.sum()
    }
}

/// One start.
private final class KMeansRun: @unchecked Sendable {
    // Each thread writes to its own points.
    private let data: KMeansData
    private let clusters: Int
    private let mostIterations: Int
    private let limit: Double
    /// Clusters x padded.
    private let centroids: FloatBuffer
    private let upper: FloatBuffer
    private let lower: FloatBuffer
    private let labels: UnsafeMutablePointer<Int32>
    private static let blockRows = 192

    init(_ data: KMeansData, clusters: Int, mostIterations: Int, tolerance: Double, random: inout SplitMix64) {
        self.data = data
        self.clusters = clusters
        self.mostIterations = mostIterations
        limit = tolerance * data.variance
        centroids = FloatBuffer(count: clusters * data.padded)
        upper = FloatBuffer(count: data.count)
        lower = FloatBuffer(count: data.count)
        labels = .allocate(capacity: data.count)
        labels.initialize(repeating: 0, count: data.count)
        seed(&random)
    }

    deinit { labels.deallocate() }

    /// k-means++: each centroid is the best of a few points drawn by their squared distance to the nearest so far.
    private func seed(_ random: inout SplitMix64) {
        let count = data.count, padded = data.padded
        func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }
        func take(_ row: Int, _ cluster: Int) {
            (centroids.pointer + cluster * padded).update(from: data.rows.pointer + row * padded, count: padded)
        }
        let tries = 2 + Int(log(Double(clusters)))
        let nearest = FloatBuffer(count: count)
        for row in 0..<count { nearest.pointer[row] = .infinity }
        let trial = FloatBuffer(count: tries * count)
        func measure(_ rows: [Int]) {
            // Distances of all points to a few rows, by one small product.
            let chosen = FloatBuffer(count: rows.count * padded)
            for (index, row) in rows.enumerated() {
                (chosen.pointer + index * padded).update(from: data.rows.pointer + row * padded, count: padded)
            }
            let table = CentroidTable(UnsafeBufferPointer(start: chosen.pointer, count: rows.count * padded), count: rows.count, dimension: padded)
            let blocks = (count + 1023) / 1024
            DispatchQueue.concurrentPerform(iterations: blocks) { [data] block in
                let first = block * 1024, here = min(1024, count - first)
                let scores = FloatBuffer(count: here * rows.count)
                table.scores(data.rows.pointer + first * padded, rows: here, into: scores.pointer)
                for row in 0..<here {
                    for index in 0..<rows.count {
                        let distance = max(0, data.norms[first + row] - 2 * scores.pointer[row * rows.count + index])
                        trial.pointer[index * count + first + row] = min(distance, nearest.pointer[first + row])
                    }
                }
            }
        }
        let first = Int(random.next() % UInt64(count))
        take(first, 0)
        measure([first])
        nearest.pointer.update(from: trial.pointer, count: count)
        var cumulative = [Double](repeating: 0, count: count)
        for cluster in 1..<max(clusters, 1) where cluster < clusters {
            var total = 0.0
            for row in 0..<count {
                total += Double(nearest.pointer[row])
                cumulative[row] = total
            }
            let rows = (0..<tries).map { _ -> Int in
                let mark = unit() * total
                var (low, high) = (0, count - 1)
                while low < high {
                    let middle = (low + high) / 2
                    if cumulative[middle] > mark { high = middle } else { low = middle + 1 }
                }
                return low
            }
            measure(rows)
            var best = 0, least = Double.infinity
            for index in rows.indices {
                var sum = 0.0
                for row in 0..<count { sum += Double(trial.pointer[index * count + row]) }
                if sum < least { (best, least) = (index, sum) }
            }
            take(rows[best], cluster)
            nearest.pointer.update(from: trial.pointer + best * count, count: count)
        }
    }

    func fit() -> KMeans.Fit {
        var iterations = 0
        assignAll()
        var order = [Int32](repeating: 0, count: data.count)
        while iterations < mostIterations {
            iterations += 1
            let moves = update(&order)
            let shift = moves.reduce(0) { $0 + Double($1) * Double($1) }
            if shift == 0 || shift <= limit { break }
            assign(moved: moves)
        }
        // Labels of the last centroids.
        assignAll()
        var inertia = 0.0
        for row in 0..<data.count { inertia += Double(data.squared(row, centroids.pointer + Int(labels[row]) * data.padded)) }
        var result: [Float] = []
        result.reserveCapacity(clusters * data.dimension)
        for cluster in 0..<clusters {
            result += UnsafeBufferPointer(start: centroids.pointer + cluster * data.padded, count: data.dimension)
        }
        return KMeans.Fit(
            centroids: result, labels: Array(UnsafeBufferPointer(start: labels, count: data.count)), inertia: inertia, iterations: iterations)
    }

    private func assignAll() {
        let table = CentroidTable(
            UnsafeBufferPointer(start: centroids.pointer, count: clusters * data.padded), count: clusters, dimension: data.padded)
        let blocks = (data.count + Self.blockRows - 1) / Self.blockRows
        DispatchQueue.concurrentPerform(iterations: blocks) { block in
            let first = block * Self.blockRows, here = min(Self.blockRows, self.data.count - first)
            let scores = FloatBuffer(count: here * self.clusters)
            table.scores(self.data.rows.pointer + first * self.data.padded, rows: here, into: scores.pointer)
            for row in 0..<here { self.settle(first + row, scores.pointer + row * self.clusters) }
        }
    }

    /// Takes the nearest of all centroids and both bounds from a point's scores.
    @inline(__always)
    private func settle(_ row: Int, _ scores: UnsafePointer<Float>) {
        var best = -Float.infinity, second = -Float.infinity, place: Int32 = 0
        for cluster in 0..<clusters {
            let score = scores[cluster]
            if score > best {
                second = best
                best = score
                place = Int32(cluster)
            } else if score > second {
                second = score
            }
        }
        labels[row] = place
        let norm = data.norms[row]
        // Margin for rounding of the product's sums, in proportion to the norm.
        let slack = 4e-6 * (norm + 2 * abs(best))
        upper.pointer[row] = max(0, norm - 2 * best + slack).squareRoot()
        lower.pointer[row] = max(0, norm - 2 * second - slack).squareRoot()
    }

    /// Moves centroids to the means of their points.
    /// - Returns: the distance that each moved.
    private func update(_ order: inout [Int32]) -> [Float] {
        var starts = [Int](repeating: 0, count: clusters + 1)
        for row in 0..<data.count { starts[Int(labels[row]) + 1] += 1 }
        fillEmpty(&starts)
        for cluster in 0..<clusters { starts[cluster + 1] += starts[cluster] }
        var next = starts
        for row in 0..<data.count {
            let cluster = Int(labels[row])
            order[next[cluster]] = Int32(row)
            next[cluster] += 1
        }
        let moves = FloatBuffer(count: clusters)
        order.withUnsafeBufferPointer { order in
            let rows = SharedOrder(buffer: order)
            DispatchQueue.concurrentPerform(iterations: clusters) { [starts] cluster in
                let padded = self.data.padded
                let centroid = self.centroids.pointer + cluster * padded
                let members = starts[cluster]..<starts[cluster + 1]
                guard !members.isEmpty else { return }
                withUnsafeTemporaryAllocation(of: SIMD16<Double>.self, capacity: padded / 16) { sums in
                    sums.initialize(repeating: SIMD16<Double>())
                    for place in members {
                        let point = self.data.rows.pointer + Int(rows.buffer[place]) * padded
                        for lane in 0..<padded / 16 {
                            sums[lane] += SIMD16<Double>(UnsafeRawPointer(point + lane * 16).loadUnaligned(as: SIMD16<Float>.self))
                        }
                    }
                    var moved: Double = 0
                    for column in 0..<padded {
                        let value = Float(sums[column / 16][column % 16] / Double(members.count))
                        let gap = Double(value) - Double(centroid[column])
                        moved += gap * gap
                        centroid[column] = value
                    }
                    moves.pointer[cluster] = Float(moved.squareRoot()) * (1 + 1e-6)
                }
            }
        }
        return Array(UnsafeBufferPointer(start: moves.pointer, count: clusters))
    }

    /// Gives each empty cluster the point that is farthest from its own centroid.
    private func fillEmpty(_ counts: inout [Int]) {
        let empty = (0..<clusters).filter { counts[$0 + 1] == 0 }
        guard !empty.isEmpty else { return }
        let far = (0..<data.count).map { (row: $0, distance: data.squared($0, centroids.pointer + Int(labels[$0]) * data.padded)) }
            .sorted { $0.distance != $1.distance ? $0.distance > $1.distance : $0.row < $1.row }
        var candidates = far.makeIterator()
        for cluster in empty {
            while let next = candidates.next() {
                let old = Int(labels[next.row])
                guard counts[old + 1] > 1 else { continue }
                counts[old + 1] -= 1
                counts[cluster + 1] += 1
                labels[next.row] = Int32(cluster)
                // Its bounds belong to another centroid.
                (upper.pointer[next.row], lower.pointer[next.row]) = (.infinity, 0)
                break
            }
        }
    }

    /// Assigns again the points whose nearest centroid may have changed.
    private func assign(moved: [Float]) {
        var farthest: Float = 0, runnerUp: Float = 0, mover = 0
        for (cluster, move) in moved.enumerated() {
            if move > farthest { (runnerUp, farthest, mover) = (farthest, move, cluster) } else if move > runnerUp { runnerUp = move }
        }
        let table = CentroidTable(
            UnsafeBufferPointer(start: centroids.pointer, count: clusters * data.padded), count: clusters, dimension: data.padded)
        let halves = halfGaps(table)
        let padded = data.padded, chunk = 4096
        let chunks = (data.count + chunk - 1) / chunk
        DispatchQueue.concurrentPerform(iterations: chunks) { [farthest, runnerUp, mover] index in
            var active: [Int] = []
            let end = min(self.data.count, (index + 1) * chunk)
            for row in index * chunk..<end {
                let label = Int(self.labels[row])
                self.upper.pointer[row] += moved[label]
                self.lower.pointer[row] = max(0, self.lower.pointer[row] - (label == mover ? runnerUp : farthest))
                let bound = max(self.lower.pointer[row], halves[label])
                guard self.upper.pointer[row] > bound else { continue }
                let exact = self.data.squared(row, self.centroids.pointer + label * padded).squareRoot() * (1 + 1e-6)
                self.upper.pointer[row] = exact
                if exact > bound { active.append(row) }
            }
            guard !active.isEmpty else { return }
            let gathered = FloatBuffer(count: Self.blockRows * padded), scores = FloatBuffer(count: Self.blockRows * self.clusters)
            for first in stride(from: 0, to: active.count, by: Self.blockRows) {
                let rows = active[first..<min(first + Self.blockRows, active.count)]
                for (place, row) in rows.enumerated() {
                    (gathered.pointer + place * padded).update(from: self.data.rows.pointer + row * padded, count: padded)
                }
                table.scores(gathered.pointer, rows: rows.count, into: scores.pointer)
                for (place, row) in rows.enumerated() { self.settle(row, scores.pointer + place * self.clusters) }
            }
        }
    }

    /// Half the distance from each centroid to the nearest other one, a little less for rounding.
    private func halfGaps(_ table: CentroidTable) -> [Float] {
        let scores = FloatBuffer(count: clusters * clusters)
        table.scores(centroids.pointer, rows: clusters, into: scores.pointer)
        return (0..<clusters).map { cluster in
            let own = scores.pointer + cluster * clusters
            var norm: Float = 0
            for column in 0..<data.padded {
                let value = centroids.pointer[cluster * data.padded + column]
                norm += value * value
            }
            var best = -Float.infinity
            for other in 0..<clusters where other != cluster { best = max(best, own[other]) }
            let squared = norm - 2 * best - 4e-6 * (norm + 2 * abs(best))
            return squared > 0 && squared.isFinite ? squared.squareRoot() / 2 * (1 - 1e-6) : 0
        }
    }
}

private struct SharedOrder: @unchecked Sendable { let buffer: UnsafeBufferPointer<Int32> }
