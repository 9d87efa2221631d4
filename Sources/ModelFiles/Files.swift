internal import Base
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import Digests

/// Whether an ordinary file, or a link to one, is at `path`.
package func isFile(_ path: String) -> Bool { FileSystem.isFile(path) }

/// Length of the ordinary file at `path`; `nil` when there is none.
package func fileByteCount(_ path: String) -> Int? {
    File.Status(of: path).flatMap { $0.isRegular ? $0.size : nil }
}

/// Whether a folder, or a link to one, is at `path`.
package func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// SHA-256 of a file's bytes in lower-case hexadecimal.
/// - Throws: `ModelFileError` with code `.notFound` or `.unreadable`.
package func fileDigest(_ path: String) throws(ModelFileError) -> String {
    let file = try MemoryMap.modelFile(path)
    return Digest.sha256(of: file.bytes).hexadecimal
}

/// SHA-256 of a text's UTF-8 in lower-case hexadecimal.
package func textDigest(_ text: String) -> String { Digest.sha256(of: text).hexadecimal }

/// Bytes as lower-case hexadecimal digits.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
