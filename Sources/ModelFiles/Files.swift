import Base
import Digests

/// Length of the regular file at `path`, in bytes; `nil` if there is none.
package func fileByteCount(_ path: String) -> Int? {
    File.Status(of: path).flatMap { $0.isRegular ? $0.size : nil }
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
