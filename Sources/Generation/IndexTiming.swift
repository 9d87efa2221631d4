import Foundation
import ObjectStore
import VectorIndex

/// Estimates how long FAISS indices take to build on this machine, by building two small ones.
struct IndexTiming {
    private let dimension: Int
    /// Seconds per vector to write and digest it.
    private let secondsAVector: Double
    /// Seconds to train, as a function of the number of lists; zero if no index has lists.
    private let training: Growth
    /// Seconds to assign a vector to a list, as a function of the number of lists; zero if no index has lists.
    private let placing: Growth

    /// a x lists + b x lists², fitted to two numbers of lists.
    private struct Growth {
        var linear = 0.0
        var quadratic = 0.0

        init() {}

        init(_ small: (lists: Double, seconds: Double), _ large: (lists: Double, seconds: Double)) {
            let rates = (small.seconds / small.lists, large.seconds / large.lists)
            // Measurement noise must not make a coefficient negative.
            quadratic = max(0, (rates.1 - rates.0) / (large.lists - small.lists))
            linear = max(0, rates.1 - quadratic * large.lists)
        }

        func seconds(_ lists: Double) -> Double { linear * lists + quadratic * lists * lists }
    }

    private static let lists = (small: 256, large: 1024)
    /// Vectors per list used for training.
    private static let vectorsAList = 40
    private static let flatVectors = 10_240

    /// - Parameters:
    ///   - parts: parts per description; with one part, every description is a text of its own.
    ///   - largest: number of vectors of the largest planned index.
    ///   - path: path of a temporary index, which is removed.
    init(dimension: Int, parts: Int, largest: Int, path: String) throws {
        self.dimension = dimension
        var random = SystemRandomNumberGenerator()
        func vectors(_ count: Int) -> ComposedVectors {
            let rows = parts == 1 ? count : 256
            return ComposedVectors(
                rows: (0..<rows * dimension).map { _ in Float.random(in: -1...1, using: &random) }, dimensions: dimension,
                tuples: (0..<count * parts).map { parts == 1 ? UInt32($0) : UInt32.random(in: 0..<256, using: &random) },
                width: parts)
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        let clock = ContinuousClock()
        func seconds(_ work: () throws -> Void) rethrows -> Double { try clock.measure(work) / .seconds(1) }

        let few = vectors(Self.flatVectors)
        let flat = try seconds {
            try IndexBuilder.build(vectors: few.vectors(), ids: (0..<Self.flatVectors).map(Int64.init), dimensions: dimension, kind: .flat, to: path)
            _ = try ContentDigest.sha256(ofFileAt: path)
        }
        secondsAVector = flat / Double(Self.flatVectors)
        guard largest > IndexBuilder.flatLimit else {
            (training, placing) = (Growth(), Growth())
            return
        }
        func measure(lists: Int) throws -> (training: (Double, Double), placing: (Double, Double)) {
            let count = lists * Self.vectorsAList, sample = vectors(count), ids = (0..<count).map(Int64.init)
            let builder = try IndexBuilder(dimensions: dimension, kind: .lists(count: lists), expectedCount: count)
            var centroids: [Float] = []
            let training = try seconds { centroids = try builder.train(sample) }
            let placing = try seconds { try builder.add(sample, ids: ids, centroids: centroids) }
            return ((Double(lists), training), (Double(lists), placing / Double(count)))
        }
        let small = try measure(lists: Self.lists.small), large = try measure(lists: Self.lists.large)
        training = Growth(small.training, large.training)
        placing = Growth(small.placing, large.placing)
    }

    /// Seconds to build an index of `count` vectors.
    func seconds(_ count: Int) -> Double {
        let plain = Double(count) * secondsAVector
        guard count > IndexBuilder.flatLimit else { return plain }
        let lists = Self.lists(count)
        return plain / 4 + training.seconds(lists) + placing.seconds(lists) * Double(count)
    }

    /// Size in bytes of an index of `count` vectors.
    static func bytes(_ count: Int, dimension: Int) -> Int {
        count > IndexBuilder.flatLimit
            ? count * (dimension + 8) + Int(lists(count)) * (dimension * 4 + 8) : count * (dimension * 4 + 8)
    }

    private static func lists(_ count: Int) -> Double { (4 * Double(count).squareRoot()).rounded() }
}
