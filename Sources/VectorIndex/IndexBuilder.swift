import Base

/// How an index keeps its vectors.
public enum IndexKind: Sendable, Hashable {
    /// All vectors unchanged: exact, and every search reads all of them.
    case flat
    /// Lists around centroids, 8 bits per component: a search reads the nearest lists.
    case lists(count: Int)
    /// `flat` for up to `IndexBuilder.flatLimit` vectors, else about four lists for the square root of their number.
    case automatic
}

/// Makes an index of vectors by inner product, in FAISS's file format.
///
/// The same vectors in the same order give the same bytes on the same kind of processor: seeds are fixed, and one thread works.
/// (On other processors, the matrix library sums in another order.)
public final class IndexBuilder {
    /// Maximum number of vectors that `.automatic` keeps exact.
    public static let flatLimit = 50_000
    /// Default number of lists visited by a search; stored in the file for other tools.
    public static let defaultProbes = 32

    /// Components of a vector.
    public let dimensions: Int
    /// What `.automatic` came to.
    public let kind: IndexKind
    private let index: FaissIndex
    private var isTrained: Bool
    private var ids: [Int64] = []
    /// Of those that ascend.
    private var lastID: Int64?

    /// Begins an index.
    /// - Parameters:
    ///   - dimensions: components of a vector, up to 65,536.
    ///   - kind: how vectors are kept.
    ///   - expectedCount: approximate number of vectors, for `.automatic`.
    ///   - memoryLimit: bytes of codes after which an index of lists is moved to disk, in the folder for temporary files
    ///     (`TMPDIR`), until it is written. It does not affect the result.
    /// - Throws: `.invalidValue`.
    public init(
        dimensions: Int, kind: IndexKind = .automatic, expectedCount: Int, memoryLimit: Int = 64 << 20
    ) throws(IndexError) {
        guard (1...65_536).contains(dimensions), expectedCount >= 0 else {
            throw IndexError(.invalidValue, "\(dimensions) dimensions, \(expectedCount) vectors: out of range")
        }
        self.dimensions = dimensions
        switch kind {
        case .automatic where expectedCount > Self.flatLimit:
            self.kind = .lists(count: Int((4 * Double(expectedCount).squareRoot()).rounded()))
        case .automatic: self.kind = .flat
        default: self.kind = kind
        }
        switch self.kind {
        case .lists(let count):
            guard (1...1_000_000).contains(count) else { throw IndexError(.invalidValue, "\(count) lists: out of range") }
            index = try FaissIndex(dimensions: dimensions, listCount: count, memoryLimit: max(0, memoryLimit))
            index.setProbes(min(Self.defaultProbes, count))
            isTrained = false
        default:
            index = try FaissIndex(flat: dimensions)
            isTrained = true
        }
    }

    /// How many vectors `train` wants, chosen evenly; 0 for an exact index. FAISS advises at least 39 per list.
    public var trainingCount: Int {
        if case .lists(let count) = kind { count * 40 } else { 0 }
    }

    /// Finds the centroids, before anything is added. Does nothing for an exact index.
    /// - Parameter vectors: row-major, of L2 norm 1; at least as many as lists.
    /// - Throws: `.wrongShape`, `.invalidValue` when a number is not finite.
    public func train(_ vectors: [Float]) throws(IndexError) {
        guard case .lists(let count) = kind else { return }
        try check(vectors)
        guard vectors.count >= count * dimensions else {
            throw IndexError(
                .wrongShape, "\(vectors.count / dimensions) vectors are too few to train \(count) lists; use fewer lists")
        }
        try vectors.withBuffer { (vectors) throws(IndexError) in
            try index.train(vectors, iterations: 10, seed: 1234)
        }
        isTrained = true
    }

    /// Trains on vectors that are sums of few rows: the same centroids as `train(_:)`, found much faster. Does nothing for an
    /// exact index.
    /// - Parameter sample: at least as many as lists.
    /// - Returns: the centroids, for `add(_:ids:centroids:)`; empty for an exact index.
    /// - Throws: `.wrongShape`, `.invalidValue` when a number is not finite.
    public func train(_ sample: ComposedVectors) throws(IndexError) -> [Float] {
        guard case .lists(let count) = kind else { return [] }
        guard sample.count >= count, sample.dimensions == dimensions else {
            throw IndexError(
                .wrongShape, "\(sample.count) vectors are too few to train \(count) lists; use fewer lists")
        }
        let centroids = sample.centroids(count, iterations: 10)
        // The ranges of the components need fewer vectors than the lists.
        let step = max(1, sample.count / 16_384)
        let some = sample.vectors(Array(stride(from: 0, to: sample.count, by: step)))
        try check(centroids)
        try check(some)
        try index.setCentroids(centroids, sample: some)
        isTrained = true
        return centroids
    }

    /// Adds vectors that are sums of few rows.
    /// - Parameters:
    ///   - ids: ascending, also from call to call, so that uniqueness can be checked without storing them; not -1.
    ///   - centroids: the result of `train`.
    /// - Throws: `IndexError` when FAISS fails or the disk is full.
    public func add(_ composed: ComposedVectors, ids new: [Int64], centroids: [Float]) throws(IndexError) {
        let vectors = composed.vectors()
        guard case .lists = kind else { return try add(vectors, ids: new) }
        guard isTrained else { throw IndexError(.buildFailed, "an index of lists is trained before vectors are added") }
        try check(vectors)
        guard composed.count == new.count, composed.dimensions == dimensions else {
            throw IndexError(.wrongShape, "\(new.count) ids for \(composed.count) vectors of \(composed.dimensions) dimensions")
        }
        var last = lastID
        for id in new {
            guard id != -1, last.map({ id > $0 }) ?? true else {
                throw IndexError(.invalidValue, id == -1 ? "-1 cannot be an id" : "the id \(id) comes after \(last ?? 0): ids ascend here")
            }
            last = id
        }
        lastID = last
        try index.add(vectors, ids: new, lists: composed.nearest(centroids).map(Int64.init))
    }

    /// Adds vectors.
    /// - Parameters:
    ///   - vectors: row-major, of L2 norm 1.
    ///   - ids: one per vector, unique; not -1, which FAISS returns for "nothing".
    /// - Throws: `.wrongShape`; `.invalidValue` when a number is not finite or an id is -1.
    public func add(_ vectors: [Float], ids new: [Int64]) throws(IndexError) {
        guard isTrained else { throw IndexError(.buildFailed, "an index of lists is trained before vectors are added") }
        try check(vectors)
        guard vectors.count == new.count * dimensions else {
            throw IndexError(
                .wrongShape, "\(new.count) ids and \(vectors.count) numbers do not fit \(dimensions) dimensions")
        }
        guard !new.contains(-1) else { throw IndexError(.invalidValue, "-1 cannot be an id") }
        ids += new
        try vectors.withBuffer { (vectors) throws(IndexError) in
            try new.withBuffer { (ids) throws(IndexError) in try index.add(vectors, ids: ids) }
        }
    }

    /// Writes the index to a new file, and waits until it is on the disk.
    /// - Throws: `.writeFailed`; `.invalidValue` when an id was used twice. No file is left then.
    public func write(to path: String) throws(IndexError) {
        ids.sort()
        for (id, next) in zip(ids, ids.dropFirst()) where id == next {
            throw IndexError(.invalidValue, file: path, "the id \(id) is used twice")
        }
        try index.write(to: path)
    }

    /// Makes an index and writes it to a new file.
    /// - Parameters: as for `init`, `add` and `write(to:)`; `vectors` are `ids.count` x `dimensions`.
    /// - Returns: the kind of the index.
    /// - Throws: `IndexError` when FAISS fails or the disk is full.
    @discardableResult
    public static func build(
        vectors: [Float], ids: [Int64], dimensions: Int, kind: IndexKind = .automatic, to path: String
    ) throws(IndexError) -> IndexKind {
        let builder = try IndexBuilder(dimensions: dimensions, kind: kind, expectedCount: ids.count)
        guard vectors.count == ids.count * dimensions else {
            throw IndexError(
                .wrongShape, "\(ids.count) ids and \(vectors.count) numbers do not fit \(dimensions) dimensions")
        }
        if builder.trainingCount > 0 {
            try builder.train(sample(builder.trainingCount, of: vectors, dimensions: dimensions))
        }
        try builder.add(vectors, ids: ids)
        try builder.write(to: path)
        return builder.kind
    }

    /// `count` of the vectors, one from each of `count` equal stretches, the same ones every time.
    static func sample(_ count: Int, of vectors: [Float], dimensions: Int) -> [Float] {
        let total = vectors.count / dimensions
        guard count < total else { return vectors }
        var random = SplitMix64(state: 42)
        var sample: [Float] = []
        sample.reserveCapacity(count * dimensions)
        for stretch in 0..<count {
            let row = Int.random(in: stretch * total / count..<(stretch + 1) * total / count, using: &random)
            sample += vectors[row * dimensions..<(row + 1) * dimensions]
        }
        return sample
    }

    private func check(_ vectors: [Float]) throws(IndexError) {
        guard vectors.count.isMultiple(of: dimensions) else {
            throw IndexError(.wrongShape, "\(vectors.count) values are not a multiple of dimension \(dimensions)")
        }
        // A sum is finite if all its terms are, except for overflow, which is checked separately.
        let sum = vectors.reduce(0) { $0 + $1.magnitude }
        guard sum.isFinite || vectors.allSatisfy(\.isFinite) else {
            throw IndexError(.invalidValue, "a vector holds a number that is not finite")
        }
    }
}

extension Array {
    /// `withUnsafeBufferPointer` for bodies with errors of this module.
    func withBuffer<Result>(
        _ body: (UnsafeBufferPointer<Element>) throws(IndexError) -> Result
    ) throws(IndexError) -> Result {
        let result: Swift.Result<Result, IndexError> = withUnsafeBufferPointer { buffer in
            do throws(IndexError) {
                return .success(try body(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
