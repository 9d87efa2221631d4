import CCrypto

/// A cryptographic digest: 32 bytes of SHA-256 or 20 of SHA-1.
public struct Digest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)
    private let byteCount: Int

    fileprivate init(_ write: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Int>) -> Int32) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0), count = 0
        let status = withUnsafeMutableBytes(of: &words) { bytes in
            bytes.withMemoryRebound(to: UInt8.self) { write($0.baseAddress!, &count) }
        }
        precondition(status == 1, "OpenSSL ran out of memory")
        (self.words, byteCount) = (words, count)
    }

    /// The digest's bytes, valid during the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words) { try body(UnsafeRawBufferPointer(rebasing: $0[..<byteCount])) }
    }

    /// The digest's bytes.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// Lower-case hexadecimal digits, two per byte.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return withUnsafeBytes { bytes in
            String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        }
    }

    public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words && left.byteCount == right.byteCount }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    /// The SHA-256 of `bytes`.
    public static func sha256(of bytes: UnsafeRawBufferPointer) -> Digest {
        Digest { tk_digest_once(TAPEDECK_SHA256, bytes.baseAddress, bytes.count, $0, $1) }
    }

    /// The SHA-256 of `bytes`.
    public static func sha256(of bytes: [UInt8]) -> Digest { bytes.withUnsafeBytes { sha256(of: $0) } }

    /// The SHA-256 of a text's UTF-8.
    public static func sha256(of text: String) -> Digest {
        var text = text
        return text.withUTF8 { sha256(of: UnsafeRawBufferPointer($0)) }
    }

    /// The HMAC of `message` with SHA-256 (RFC 2104).
    public static func hmacSHA256(of message: [UInt8], key: [UInt8]) -> Digest {
        Digest { out, count in
            count.pointee = 32
            return tk_hmac_sha256(key, key.count, message, message.count, out)
        }
    }
}

/// Computes a digest of bytes that arrive in pieces.
public struct DigestBuilder: Sendable {
    public enum Algorithm: Sendable { case sha256, sha1 }

    private var state: State

    public init(_ algorithm: Algorithm = .sha256) {
        state = State(tk_digest_new(algorithm == .sha1 ? TAPEDECK_SHA1 : TAPEDECK_SHA256))
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        if !isKnownUniquelyReferenced(&state) { state = State(tk_digest_copy(state.handle)) }
        let status = tk_digest_update(state.handle, bytes.baseAddress, bytes.count)
        precondition(status == 1, "OpenSSL ran out of memory")
    }

    /// Adds the bytes of an array's elements, as they lie in memory.
    public mutating func update<Element: BitwiseCopyable>(_ elements: [Element]) {
        elements.withUnsafeBytes { update($0) }
    }

    /// Adds a text's UTF-8.
    public mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The digest of everything added so far. More may be added afterwards.
    public func finish() -> Digest {
        Digest { tk_digest_finish(state.handle, $0, $1) }
    }

    // One owner changes it at a time: `update` copies a state that is shared.
    private final class State: @unchecked Sendable {
        let handle: OpaquePointer

        init(_ handle: OpaquePointer?) {
            guard let handle else { preconditionFailure("OpenSSL ran out of memory") }
            self.handle = handle
        }

        deinit { tk_digest_free(handle) }
    }
}
