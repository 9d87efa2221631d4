import Foundation
import ObjectStore
import VectorIndex

/// How long FAISS indices take to build on this machine, told from two small ones.
struct IndexTiming {
    private let dimension: Int
    /// Seconds to write a vector and to digest it.
    private let secondsAVector: Double
    /// Seconds of training by lists squared, and of placing a vector by lists; 0 where no index has lists.
    private let trainingSeconds: Double
    private let placingSeconds: Double

    private static let vectors = 10_240
    private static let lists = 256

    /// - Parameters:
    ///   - parts: of a description; with one, every description is a text of its own.
    ///   - largest: vectors of the largest index that is planned.
    ///   - path: for an index, which goes away.
    init(dimension: Int, parts: Int, largest: Int, path: String) throws {
        self.dimension = dimension
        var random = SystemRandomNumberGenerator()
        let rows = parts == 1 ? Self.vectors : 256
        let vectors = ComposedVectors(
            rows: (0..<rows * dimension).map { _ in Float.random(in: -1...1, using: &random) }, dimensions: dimension,
            tuples: (0..<Self.vectors * parts).map { parts == 1 ? UInt32($0) : UInt32.random(in: 0..<256, using: &random) },
            width: parts)
        let ids = (0..<Self.vectors).map(Int64.init)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let clock = ContinuousClock()
        func seconds(_ work: () throws -> Void) rethrows -> Double { try clock.measure(work) / .seconds(1) }

        let flat = try seconds {
            try IndexBuilder.build(vectors: vectors.vectors(), ids: ids, dimensions: dimension, kind: .flat, to: path)
            _ = try ContentDigest.sha256(ofFileAt: path)
        }
        secondsAVector = flat / Double(Self.vectors)
        guard largest > IndexBuilder.flatLimit else {
            (trainingSeconds, placingSeconds) = (0, 0)
            return
        }
        let builder = try IndexBuilder(dimensions: dimension, kind: .lists(count: Self.lists), expectedCount: Self.vectors)
        var centroids: [Float] = []
        let training = try seconds { centroids = try builder.train(vectors) }
        let placing = try seconds { try builder.add(vectors, ids: ids, centroids: centroids) }
        trainingSeconds = training / Double(Self.lists * Self.lists)
        placingSeconds = placing / Double(Self.vectors * Self.lists)
    }

    /// Seconds for an index of so many vectors.
    func seconds(_ count: Int) -> Double {
        let plain = Double(count) * secondsAVector
        guard count > IndexBuilder.flatLimit else { return plain }
        let lists = Self.lists(count)
        // Training looks at 40 vectors a list, against each list.
        return plain / 4 + trainingSeconds * lists * lists + placingSeconds * Double(count) * lists
    }

    /// Bytes of an index of so many vectors.
    static func bytes(_ count: Int, dimension: Int) -> Int {
        count > IndexBuilder.flatLimit
            ? count * (dimension + 8) + Int(lists(count)) * (dimension * 4 + 8) : count * (dimension * 4 + 8)
    }

    private static func lists(_ count: Int) -> Double { (4 * Double(count).squareRoot()).rounded() }
}
