import Base
import Digests

/// Incremental SHA-256.
public struct ContentDigest: Sendable {
    private var builder = DigestBuilder()

    /// Starts a digest of no bytes.
    public init() {}

    /// Adds bytes.
    public mutating func update(_ bytes: [UInt8]) {
        builder.update(bytes)
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        builder.update(bytes)
    }

    /// The digest of all bytes added, as 64 hexadecimal digits.
    public func finish() -> String {
        builder.finish().hexadecimal
    }

    /// The first 128 bits of a digest, big-endian: enough to distinguish all texts of a store.
    package struct Prefix: Hashable, Sendable {
        private let high: UInt64
        private let low: UInt64

        /// Of a text's digest.
        package init(of text: String) {
            (high, low) = Digest.sha256(of: text).withUnsafeBytes { digest in
                (
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        }

        /// Of a digest in 64 hexadecimal digits; `nil` for any other text.
        package init?(hexadecimal text: String) {
            guard text.utf8.count == 64, let high = UInt64(text.prefix(16), radix: 16),
                let low = UInt64(text.dropFirst(16).prefix(16), radix: 16)
            else { return nil }
            (self.high, self.low) = (high, low)
        }
    }

    /// The digest of a byte array, as 64 hexadecimal digits.
    public static func sha256(of bytes: [UInt8]) -> String {
        Digest.sha256(of: bytes).hexadecimal
    }

    /// The digest of a file, as 64 hexadecimal digits. Reads the file in pieces of 1 MiB.
    /// - Throws: `StoreError` with code `.notFound`, `.permissionDenied` or `.unavailable`.
    public static func sha256(ofFileAt path: String) throws(StoreError) -> String {
        let file = try ObjectFile(path, location: path)
        var digest = ContentDigest()
        var position = 0
        let size = file.size
        while position < size {
            let piece = try file.read(position..<min(position + (1 << 20), size))
            digest.update(piece)
            position += piece.count
        }
        return digest.finish()
    }
}
