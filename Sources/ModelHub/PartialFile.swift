import Base
import Digests
import ModelFiles

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The beginning of a file that is being fetched, and its checksum so far.
///
/// It always contains the file's first bytes without a gap, so that its length is the position at which to resume, in this
/// process or in a later one. Other tools of the hub use the same form and name (`blobs/{checksum}.incomplete`).
final class PartialFile {
    /// The checksum that a whole file must have, lower-case hexadecimal.
    enum Checksum {
        case sha256(String)
        /// Git's SHA-1 of the file as an object, which names small files on the hub; requires its length.
        case gitBlob(String, byteCount: Int)

        var expected: String {
            switch self {
            case .sha256(let text), .gitBlob(let text, _): text
            }
        }
    }

    let path: String
    /// Bytes that it holds.
    private(set) var byteCount = 0
    private let checksum: Checksum
    private var writer: FileWriter
    private var digest: DigestBuilder

    /// Opens the file if it exists, and digests its content.
    /// - Throws: `ModelHubError` with code `.unwritable`, `ModelFileError` with code `.unreadable`.
    init(path: String, checksum: Checksum) throws {
        self.path = path
        self.checksum = checksum
        writer = try FileWriter(path: path, keepsContent: true)
        digest = Self.emptyDigest(checksum)
        let content = try MemoryMap.modelFile(path)
        digest.update(content.bytes)
        byteCount = content.bytes.count
    }

    private static func emptyDigest(_ checksum: Checksum) -> DigestBuilder {
        guard case .gitBlob(_, let byteCount) = checksum else { return DigestBuilder() }
        var digest = DigestBuilder(.sha1)
        digest.update("blob \(byteCount)\0")
        return digest
    }

    /// Appends bytes.
    /// - Throws: `ModelHubError` with code `.diskFull` or `.unwritable`.
    func append(_ bytes: UnsafeRawBufferPointer) throws(ModelHubError) {
        try writer.write(bytes)
        digest.update(bytes)
        byteCount += bytes.count
    }

    /// Empties the file.
    /// - Throws: `ModelHubError` with code `.unwritable`.
    func empty() throws(ModelHubError) {
        writer = try FileWriter(path: path)
        digest = Self.emptyDigest(checksum)
        byteCount = 0
    }

    /// Checks the whole file, and waits until it is on disk.
    /// - Parameter subject: its origin, for the error.
    /// - Throws: `ModelHubError` with code `.checksum`.
    func finish(subject: String) throws(ModelHubError) {
        let found = digest.finish().hexadecimal
        guard found == checksum.expected else {
            throw ModelHubError(
                .checksum, subject,
                "the download is corrupt: its checksum is \(found) instead of \(checksum.expected); it was removed. "
                    + "A proxy may have altered it; try again, or elsewhere")
        }
        try writer.synchronize()
    }
}
