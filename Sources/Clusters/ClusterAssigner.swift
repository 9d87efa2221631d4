import Dispatch
import Foundation

/// Assigns vectors to clusters.
///
/// One matrix product finds the nearest centroids; returned distances are computed again, exactly. A vector's result depends
/// neither on other vectors nor on threads.
public final class ClusterAssigner: Sendable {
    public let model: ClusterModel
    /// Ids of the best clusters, ascending.
    public let best: [Int]
    private let isBest: [Bool]

    /// What became of one vector.
    public struct Assignment: Sendable, Equatable {
        /// The nearest cluster; of equally near ones, the one with the lower id.
        public var cluster: Int
        /// Euclidean distance to it, in the centroids' space.
        public var distance: Float
        /// Distance to the nearest of the best clusters; infinite if there are none.
        public var bestDistance: Float
        /// Whether `cluster` is one of the best.
        public var isInBest: Bool
    }

    /// - Parameter best: ids of the best clusters.
    /// - Throws: `ClusterError` for an id that no cluster has.
    public init(_ model: ClusterModel, best: [Int] = []) throws(ClusterError) {
        for id in best where id < 0 || id >= model.count {
            throw ClusterError(
                .mismatch, model.provenance.source,
                "has \(model.count) clusters, 0 to \(model.count - 1), and the best clusters name \(id): the list is of other clusters")
        }
        self.model = model
        self.best = Set(best).sorted()
        var isBest = [Bool](repeating: false, count: model.count)
        for id in best { isBest[id] = true }
        self.isBest = isBest
    }

    /// - Parameter vectors: n x the model's dimension, row-major.
    /// - Throws: `ClusterError` for vectors of another dimension.
    public func assign(_ vectors: [Float]) throws(ClusterError) -> [Assignment] {
        guard vectors.count.isMultiple(of: model.dimension) else {
            throw ClusterError(
                .mismatch, model.provenance.source,
                "clusters vectors of \(model.dimension) numbers, and \(vectors.count) numbers are not a multiple of it")
        }
        let rows = vectors.count / model.dimension
        let width = model.spaceDimension, count = model.count
        let blockRows = 256
        let blocks = (rows + blockRows - 1) / blockRows
        guard rows > 0 else { return [] }
        let table = model.centroids.withUnsafeBufferPointer { CentroidTable($0, count: count, dimension: width) }
        let assignments = UnsafeMutablePointer<Assignment>.allocate(capacity: rows)
        defer { assignments.deallocate() }
        let output = SharedOutput(pointer: assignments)
        vectors.withUnsafeBufferPointer { vectors in
            let input = SharedInput(buffer: vectors)
            DispatchQueue.concurrentPerform(iterations: blocks) { block in
                let first = block * blockRows, here = min(blockRows, rows - first)
                let part = UnsafeBufferPointer(rebasing: input.buffer[first * self.model.dimension..<(first + here) * self.model.dimension])
                self.assign(self.model.transform(part), rows: here, table, output.pointer + first)
            }
        }
        return Array(UnsafeBufferPointer(start: assignments, count: rows))
    }

    private func assign(_ points: [Float], rows: Int, _ table: CentroidTable, _ output: UnsafeMutablePointer<Assignment>) {
        let width = model.spaceDimension, count = model.count
        let padded = FloatBuffer(count: rows * table.padded), scores = FloatBuffer(count: rows * count)
        points.withUnsafeBufferPointer { points in
            for row in 0..<rows {
                for column in 0..<width { padded.pointer[row * table.padded + column] = points[row * width + column] }
            }
            table.scores(padded.pointer, rows: rows, into: scores.pointer)
            for row in 0..<rows {
                let own = scores.pointer + row * count
                var nearest = 0, nearestBest = -1
                for id in 0..<count where own[id] > own[nearest] { nearest = id }
                for id in best where nearestBest < 0 || own[id] > own[nearestBest] { nearestBest = id }
                let distance = self.distance(points, row, nearest)
                (output + row).initialize(
                    to: Assignment(
                        cluster: nearest, distance: distance,
                        bestDistance: nearestBest < 0 ? .infinity : nearestBest == nearest ? distance : self.distance(points, row, nearestBest),
                        isInBest: isBest[nearest]))
            }
        }
    }

    private func distance(_ points: UnsafeBufferPointer<Float>, _ row: Int, _ cluster: Int) -> Float {
        let width = model.spaceDimension
        return model.centroids.withUnsafeBufferPointer { centroids in
            var sum = 0.0
            for column in 0..<width {
                let gap = Double(points[row * width + column]) - Double(centroids[cluster * width + column])
                sum += gap * gap
            }
            return Float(sum.squareRoot())
        }
    }
}

private struct SharedInput: @unchecked Sendable { let buffer: UnsafeBufferPointer<Float> }

/// Every thread writes to its own elements.
private struct SharedOutput: @unchecked Sendable { let pointer: UnsafeMutablePointer<ClusterAssigner.Assignment> }
