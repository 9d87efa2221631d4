import Foundation
import ObjectStore

/// JSON that carries its own checksum, so that a flipped byte is noticed on reading: the last entry of the object is
/// `"sha256"`, the digest of all bytes before the comma that precedes it.
///
/// No other object names the manifest's digest. Ledgers and the summary are replaced before the manifest that names their new
/// content; their seal distinguishes a new one from a damaged one.
enum ChecksummedJSON {
    private static let opening = Array(",\n  \"sha256\" : \"".utf8)
    private static let closing = Array("\"\n}\n".utf8)
    private static let digits = 64

    /// - Parameter value: encodes as an object that is not empty and has no `sha256` of its own.
    static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        // Sorted keys, so that the same state gives the same bytes.
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Without the end, "\n}".
        let body = Array(try encoder.encode(value).dropLast(2))
        return body + opening + Array(ContentDigest.sha256(of: body).utf8) + closing
    }

    /// Whether the bytes end in a valid seal.
    static func isIntact(_ bytes: [UInt8]) -> Bool {
        let length = opening.count + digits + closing.count
        guard bytes.count > length else { return false }
        let body = Array(bytes.dropLast(length))
        return Array(bytes.suffix(length)) == opening + Array(ContentDigest.sha256(of: body).utf8) + closing
    }
}
