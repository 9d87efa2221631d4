import CFaiss
import Foundation

/// An index of libfaiss, used to build indices and to test our own search.
///
/// Not Sendable: libfaiss allows several readers but says nothing while an index grows.
package final class FaissIndex {
    private let handle: OpaquePointer

    /// An exact index.
    package convenience init(flat dimensions: Int) throws(IndexError) {
        try self.init { tk_faiss_create_flat(dimensions, $0, $1) }
    }

    /// An index of lists around `listCount` centroids, with 8-bit codes; for writing, not for search.
    /// - Parameter memoryLimit: bytes of codes after which they are moved to the folder for temporary files (`TMPDIR`).
    package convenience init(dimensions: Int, listCount: Int, memoryLimit: Int) throws(IndexError) {
        let folder = FileManager.default.temporaryDirectory.path
        try self.init { tk_faiss_create_ivf_sq8(dimensions, listCount, memoryLimit, folder, $0, $1) }
    }

    /// Reads a file. libfaiss trusts it, so check it with `FaissFile` first.
    package convenience init(reading path: String) throws(IndexError) {
        try self.init { tk_faiss_read(path, $0, $1) }
    }

    private init(
        _ create: (UnsafeMutablePointer<OpaquePointer?>, tk_faiss_message) -> Int32
    ) throws(IndexError) {
        var created: OpaquePointer?
        try Self.check { create(&created, $0) }
        guard let created else { throw IndexError(.buildFailed, "libfaiss gave no index") }
        handle = created
    }

    deinit { tk_faiss_free(handle) }

    package var count: Int { tk_faiss_count(handle) }
    package var dimensions: Int { tk_faiss_dimensions(handle) }

    /// Trains on vectors, row-major.
    func train(_ vectors: UnsafeBufferPointer<Float>, iterations: Int32, seed: Int32) throws(IndexError) {
        guard let base = vectors.baseAddress, vectors.count.isMultiple(of: dimensions) else {
            throw IndexError(.wrongShape, "\(vectors.count) values are not a multiple of dimension \(dimensions)")
        }
        try Self.check {
            tk_faiss_train(handle, base, vectors.count / dimensions, iterations, seed, $0)
        }
    }

    /// Gives an index of lists its centroids and trains its quantiser on vectors, all row-major.
    func setCentroids(_ centroids: [Float], sample: [Float]) throws(IndexError) {
        try Self.check { tk_faiss_set_centroids(handle, centroids, sample, sample.count / dimensions, $0) }
    }

    /// Adds vectors, row-major, each with an id and a list number.
    func add(_ vectors: [Float], ids: [Int64], lists: [Int64]) throws(IndexError) {
        try Self.checkWriting { tk_faiss_add_to_lists(handle, vectors, ids, lists, ids.count, $0, $1) }
    }

    /// Adds vectors, row-major, each with an id.
    func add(_ vectors: UnsafeBufferPointer<Float>, ids: UnsafeBufferPointer<Int64>) throws(IndexError) {
        guard vectors.count == ids.count * dimensions else {
            throw IndexError(
                .wrongShape, "\(ids.count) ids and \(vectors.count) numbers do not fit \(dimensions) dimensions")
        }
        guard let base = vectors.baseAddress, let idBase = ids.baseAddress else { return }
        try Self.checkWriting { tk_faiss_add(handle, base, idBase, ids.count, $0, $1) }
    }

    func setProbes(_ probes: Int) { tk_faiss_set_probes(handle, probes) }

    package func write(to path: String) throws(IndexError) {
        do throws(IndexError) {
            try Self.checkWriting { tk_faiss_write(handle, path, $0, $1) }
        } catch {
            throw IndexError(.writeFailed, file: path, error.message)
        }
    }

    /// - Parameter call: gets a pointer for errno.
    private static func checkWriting(
        _ call: (UnsafeMutablePointer<Int32>, tk_faiss_message) -> Int32
    ) throws(IndexError) {
        var cause: Int32 = 0
        do throws(IndexError) {
            try check { call(&cause, $0) }
        } catch {
            let isFull = cause == ENOSPC || cause == EDQUOT
            throw IndexError(
                cause == 0 ? error.code : .writeFailed,
                "the index could not be written: \(error.message)\(isFull ? "; free some space and run again" : "")")
        }
    }

    /// The `k` best results of libfaiss for every query: `n` x `k` scores and ids, padded with id -1.
    package func search(
        _ queries: [Float], k: Int, probes: Int, threads: Int
    ) throws(IndexError) -> (scores: [Float], ids: [Int64]) {
        guard queries.count.isMultiple(of: dimensions), k > 0, probes > 0, threads > 0 else {
            throw IndexError(.wrongShape, "\(queries.count) values are not queries of dimension \(dimensions)")
        }
        let n = queries.count / dimensions
        var scores = [Float](repeating: 0, count: n * k)
        var ids = [Int64](repeating: -1, count: n * k)
        try Self.check { tk_faiss_search(handle, queries, n, k, probes, Int32(threads), &scores, &ids, $0) }
        return (scores, ids)
    }

    private static func check(_ call: (tk_faiss_message) -> Int32) throws(IndexError) {
        let reason: String? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
            text.initialize(repeating: 0)
            guard let base = text.baseAddress else { return "" }
            let status = call(tk_faiss_message(text: base, capacity: text.count))
            return status == 0 ? nil : String(cString: base)
        }
        if let reason { throw IndexError(.buildFailed, "libfaiss: \(reason)") }
    }
}
