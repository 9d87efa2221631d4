import Base
import Foundation
import HDF5
import VectorIndex
package import ObjectStore

/// An object that is not in its store yet: a temporary file, which is moved there, or deleted with this value.
package final class TemporaryObject: Sendable {
    package let key: String
    package let path: String
    /// In bytes.
    package let size: Int
    package let sha256: String

    /// - Parameter make: writes the file; if it throws, the file is removed.
    package init(_ key: String, for store: any ObjectStore, _ make: (_ path: String) async throws -> Void) async throws {
        self.key = key
        path = try await store.temporaryPath(for: key)
        do {
            try await make(path)
            size = try File(reading: path).status().size
            sha256 = try ContentDigest.sha256(ofFileAt: path)
        } catch {
            // The error that stopped the writing is the one to report.
            unlink(path)
            throw Self.named(error, key, store)
        }
    }

    /// A moved file no longer has this name, and no other file gets it.
    deinit { unlink(path) }

    /// The file's own name is temporary and would not help.
    private static func named(_ error: any Error, _ key: String, _ store: any ObjectStore) -> any Error {
        switch error {
        case let error as HDF5Error where error.code == .writeFailed || error.code == .cannotCreate:
            ArchiveError("\(key) in \(store.location.description) could not be written: \(error.message)")
        case let error as IndexError where error.code == .writeFailed:
            ArchiveError("\(key) in \(store.location.description): \(error.message)")
        default: error
        }
    }
}
