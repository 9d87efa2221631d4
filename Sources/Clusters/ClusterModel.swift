import Digests
import Foundation
public import MarketData

/// Centroids, and the transformation of vectors into their space: scaling, then projection.
public struct ClusterModel: Sendable {
    /// Standardisation by component: (x - mean) / scale.
    public struct Scaler: Sendable, Equatable {
        public var mean: [Double]
        public var scale: [Double]

        public init(mean: [Double], scale: [Double]) { (self.mean, self.scale) = (mean, scale) }
    }

    /// Projection on principal components: components (x - mean).
    public struct Projection: Sendable, Equatable {
        public var mean: [Double]
        /// Components x vector's dimension, row-major.
        public var components: [Float]

        public init(mean: [Double], components: [Float]) { (self.mean, self.components) = (mean, components) }
    }

    /// A sampled vector that the clusters were fitted on.
    public struct Member: Sendable, Equatable {
        public var ticker: String
        /// `nil` if only the row is known, as in clusters of the original system.
        public var day: Day?
        /// The row of the feature file; -1 if the day is known.
        public var row: Int
        public var cluster: Int

        public init(ticker: String, day: Day?, row: Int = -1, cluster: Int) {
            (self.ticker, self.day, self.row, self.cluster) = (ticker, day, row, cluster)
        }
    }

    /// How clusters were made.
    public struct Provenance: Sendable, Equatable, Codable {
        /// Fingerprint of the vectors, as in the embeddings cache (JSON); `nil` if unknown.
        public var fingerprint: String?
        /// The last day of the vectors; `nil` if unknown.
        public var fitted_through: Day?
        /// Name of the feature file, or of the file that the clusters were imported from.
        public var source: String
        public var seed: Int?
        public var starts: Int?
        public var iterations: Int?
        /// Sum of squared distances to the nearest centroid, in the space of the centroids.
        public var inertia: Double?
        public var samples: Int?

        public init(source: String) { self.source = source }
    }

    /// Numbers of a vector.
    public let dimension: Int
    /// Clusters x `spaceDimension`, row-major.
    public let centroids: [Float]
    /// How many clusters there are.
    public let count: Int
    public let scaler: Scaler?
    public let projection: Projection?
    public let members: [Member]
    public let provenance: Provenance

    /// Numbers of a centroid.
    public var spaceDimension: Int { centroids.count / count }

    /// - Parameter count: clusters.
    /// - Throws: `ClusterError` of code `.mismatch` if the parts do not match or are not finite.
    public init(
        centroids: [Float], count: Int, scaler: Scaler? = nil, projection: Projection? = nil, members: [Member] = [],
        provenance: Provenance
    ) throws(ClusterError) {
        func flaw(_ text: String) -> ClusterError { ClusterError(.mismatch, provenance.source, text) }
        guard count > 0, !centroids.isEmpty, centroids.count.isMultiple(of: count) else { throw flaw("it has no centroids") }
        let width = centroids.count / count
        if let projection {
            let size = projection.mean.count
            guard size > 0, projection.components.count == size * width else {
                throw flaw("its PCA has \(projection.components.count) numbers for \(width) components of \(size)")
            }
        }
        dimension = projection?.mean.count ?? width
        if let scaler {
            guard scaler.mean.count == dimension, scaler.scale.count == dimension else {
                throw flaw("its scaler has \(scaler.mean.count) components, and its vectors \(dimension)")
            }
            guard scaler.scale.allSatisfy({ $0 > 0 && $0.isFinite }), scaler.mean.allSatisfy(\.isFinite) else {
                throw flaw("its scaler has a scale that is not above 0")
            }
        }
        guard centroids.allSatisfy(\.isFinite), projection?.components.allSatisfy(\.isFinite) ?? true else {
            throw flaw("its centroids are not finite")
        }
        if let wrong = members.first(where: { $0.cluster < 0 || $0.cluster >= count }) {
            throw flaw("its member \(wrong.ticker) is in cluster \(wrong.cluster) of \(count)")
        }
        self.centroids = centroids
        self.count = count
        self.scaler = scaler
        self.projection = projection
        self.members = members
        self.provenance = provenance
    }

    /// SHA-256, hexadecimal, of the parts that assign vectors: centroids, scaler and projection.
    public var digest: String {
        var digest = DigestBuilder()
        digest.update("\(count) \(dimension)\n")
        digest.update(centroids)
        if let scaler {
            digest.update(scaler.mean)
            digest.update(scaler.scale)
        }
        if let projection {
            digest.update(projection.mean)
            digest.update(projection.components)
        }
        return digest.finish().hexadecimal
    }

    /// Transforms vectors into the space of the centroids.
    /// - Parameter vectors: n x `dimension`, row-major.
    /// - Returns: n x `spaceDimension`.
    public func transform(_ vectors: UnsafeBufferPointer<Float>) -> [Float] {
        let rows = vectors.count / dimension
        var scaled = [Float](unsafeUninitializedCapacity: rows * dimension) { buffer, filled in
            for row in 0..<rows {
                let first = row * dimension
                if let scaler {
                    scaler.mean.withUnsafeBufferPointer { mean in
                        scaler.scale.withUnsafeBufferPointer { scale in
                            for column in 0..<dimension {
                                buffer[first + column] = Float((Double(vectors[first + column]) - mean[column]) / scale[column])
                            }
                        }
                    }
                } else {
                    for column in 0..<dimension { buffer[first + column] = vectors[first + column] }
                }
            }
            filled = rows * dimension
        }
        guard let projection else { return scaled }
        let width = spaceDimension
        var projected = [Float](repeating: 0, count: rows * width)
        projection.components.withUnsafeBufferPointer { components in
            scaled.withUnsafeMutableBufferPointer { scaled in
                for row in 0..<rows {
                    for component in 0..<width {
                        var sum = 0.0
                        for column in 0..<dimension {
                            sum +=
                                (Double(scaled[row * dimension + column]) - projection.mean[column])
                                * Double(components[component * dimension + column])
                        }
                        projected[row * width + component] = Float(sum)
                    }
                }
            }
        }
        return projected
    }

    /// The same for an array.
    public func transform(_ vectors: [Float]) -> [Float] { vectors.withUnsafeBufferPointer { transform($0) } }
}
