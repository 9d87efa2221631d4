public import ModelFiles

extension SentenceEncoder {
    /// Opens a model in the fastest precision that is accurate enough: its vectors of a sample of texts pass
    /// `PrecisionCalibration.Trial.passes` against those of f32. The order is int8, int8-smooth, bf16, f32.
    ///
    /// Opens the model twice (once more for each precision that fails) and encodes the sample as often, once in f32.
    /// Releases the f32 encoder before returning.
    /// - Parameter sample: distinct texts like those to be encoded; more than ten, so that there is a top 10 to compare.
    /// - Throws: as `init(model:precision:pool:)` and `encode(_:as:)`.
    public static func calibrated(
        model: LocatedModel, sample: [String], pool: WorkerPool
    ) async throws -> (encoder: SentenceEncoder, calibration: PrecisionCalibration) {
        let exact = try SentenceEncoder(model: model, precision: .f32, pool: pool)
        let reference = try await exact.encode(sample, as: .document)
        let nearest = Neighbours(of: reference, dimension: exact.dimension)
        var trials: [PrecisionCalibration.Trial] = []
        for precision in [Precision.int8, .int8Smooth, .bf16] {
            let encoder = try SentenceEncoder(model: model, precision: precision, pool: pool)
            let vectors = try await encoder.encode(sample, as: .document)
            let cosines = (0..<sample.count).map { dot(reference, vectors, text: $0, and: $0, dimension: exact.dimension) }
            let trial = PrecisionCalibration.Trial(
                precision: precision.rawValue, meanCosine: cosines.reduce(0, +) / Double(max(cosines.count, 1)),
                worstCosine: cosines.min() ?? 0,
                topTenOverlap: nearest.overlap(with: Neighbours(of: vectors, dimension: exact.dimension)))
            trials.append(trial)
            if trial.passes {
                return (encoder, PrecisionCalibration(precision: precision.rawValue, texts: sample.count, trials: trials))
            }
        }
        return (exact, PrecisionCalibration(precision: Precision.f32.rawValue, texts: sample.count, trials: trials))
    }
}

/// The ten nearest other texts of each text.
private struct Neighbours {
    private static let count = 10
    private let sets: [Set<Int>]

    init(of vectors: [Float], dimension: Int) {
        let texts = vectors.count / max(dimension, 1)
        sets = (0..<texts).map { text in
            let scores = (0..<texts).map { dot(vectors, vectors, text: text, and: $0, dimension: dimension) }
            // Ties are broken by index, so that the same vectors always give the same set.
            let order = (0..<texts).filter { $0 != text }.sorted { (scores[$1], $0) < (scores[$0], $1) }
            return Set(order.prefix(Self.count))
        }
    }

    func overlap(with other: Neighbours) -> Double {
        let shared = zip(sets, other.sets).reduce(0) { $0 + $1.0.intersection($1.1).count }
        return Double(shared) / Double(max(sets.reduce(0) { $0 + $1.count }, 1))
    }
}

/// Dot product of one vector from each list; for vectors of length 1 this is their cosine.
private func dot(_ left: [Float], _ right: [Float], text a: Int, and b: Int, dimension: Int) -> Double {
    left[a * dimension..<(a + 1) * dimension].withUnsafeBufferPointer { left in
        right[b * dimension..<(b + 1) * dimension].withUnsafeBufferPointer { right in
            var sum = 0.0
            for index in 0..<min(left.count, right.count) { sum += Double(left[index]) * Double(right[index]) }
            return sum
        }
    }
}
