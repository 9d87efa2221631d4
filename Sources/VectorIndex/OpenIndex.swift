import Base
import CKernels
import ObjectStore

/// A vector that a search found.
public struct IndexHit: Sendable, Hashable {
    /// The vector's id.
    public let id: Int64
    /// Its inner product with the query; for vectors of norm 1 the cosine, -1 to 1.
    public let score: Float

    public init(id: Int64, score: Float) {
        self.id = id
        self.score = score
    }
}

/// A FAISS index file, mapped into memory and searched in place. Opening reads only sizes; the file is checked first, so damage
/// cannot lead outside it.
public final class OpenIndex: Sendable {
    let mapping: MemoryMap
    let contents: FaissFile
    /// The file.
    public let path: String

    /// Opens an index.
    /// - Throws: `.cannotOpen`, `.unsupported`, `.damaged`.
    public init(path: String) throws(IndexError) {
        self.path = path
        do throws(FileError) {
            mapping = try MemoryMap(path: path)
        } catch {
            throw IndexError(.cannotOpen, file: path, "\(error.action): \(error.reason.text); \(error.remedy)")
        }
        contents = try mapping.withBytes { (bytes) throws(IndexError) in try FaissFile(bytes, file: path) }
    }

    /// Components of a vector.
    public var dimensions: Int { contents.dimensions }
    /// The number of vectors.
    public var count: Int { contents.count }
    /// The number of lists; nil for an exact index.
    public var listCount: Int? {
        if case .lists(let lists) = contents.content { lists.lists.count } else { nil }
    }
    /// Default number of lists that a search visits; nil for an exact index.
    public var defaultProbes: Int? {
        if case .lists(let lists) = contents.content { lists.probes } else { nil }
    }

    /// Finds the stored vectors of the highest inner product with each query.
    /// - Parameters:
    ///   - queries: row-major, `n` x `dimensions`.
    ///   - k: number of results; fewer if the index, or the visited lists, hold fewer.
    ///   - probes: lists to visit, from 1 up to all; nil for the file's own number. No effect on an exact index.
    ///   - threads: number of threads that share the work.
    /// - Returns: `n` lists, best first, equal scores in the order of ids. For lists of 8-bit codes, scores are those of the
    ///   decoded vectors.
    /// - Throws: `.wrongShape` if the queries are not rows of `dimensions`; `.invalidValue` when a number is not finite, or
    ///   `k`, `probes` or `threads` is not positive.
    public func search(
        _ queries: [Float], k: Int, probes: Int? = nil, threads: Int = 1
    ) throws(IndexError) -> [[IndexHit]] {
        guard queries.count.isMultiple(of: dimensions) else {
            throw IndexError(
                .wrongShape, file: path,
                "\(queries.count) values are not queries for vectors of \(dimensions) dimensions; "
                    + "check that the index was made with this model")
        }
        guard k > 0, (probes ?? 1) > 0, threads > 0 else {
            throw IndexError(
                .invalidValue, file: path, "k \(k), probes \(probes ?? 1), threads \(threads): each must be positive")
        }
        guard queries.allSatisfy(\.isFinite) else {
            throw IndexError(.invalidValue, file: path, "a query holds a number that is not finite")
        }
        guard !queries.isEmpty, count > 0 else { return Array(repeating: [], count: queries.count / dimensions) }
        let k = min(k, count)
        return mapping.withBytes { bytes in
            switch contents.content {
            case .flat(let vectors, let ids):
                FlatSearch(
                    bytes: bytes, vectors: vectors, ids: ids, count: count, dimensions: dimensions
                ).search(queries, k: k, threads: threads)
            case .lists(let lists):
                ListSearch(bytes: bytes, lists: lists, dimensions: dimensions)
                    .search(queries, k: k, probes: min(probes ?? lists.probes, lists.lists.count), threads: threads)
            }
        }
    }

    /// All ids, in the order of the file.
    public func ids() -> [Int64] {
        mapping.withBytes { bytes in
            switch contents.content {
            case .flat(_, nil): (0..<count).map(Int64.init)
            case .flat(_, let ids?): (0..<count).map { bytes.id(at: ids, $0) }
            case .lists(let lists):
                lists.lists.flatMap { list in (0..<list.count).map { bytes.id(at: list.ids, $0) } }
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Entry `index` of a list of ids that begins at `offset`.
    func id(at offset: Int, _ index: Int) -> Int64 {
        Int64(littleEndian: loadUnaligned(fromByteOffset: offset + 8 * index, as: Int64.self))
    }
}

extension [IndexHit] {
    /// Best first, equal scores in the order of ids.
    mutating func sortBestFirst() {
        sort { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
    }
}
