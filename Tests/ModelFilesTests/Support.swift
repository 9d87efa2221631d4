import Foundation

/// The bytes of a safetensors file with that header and that many bytes of tensors, 0, 1, 2 and so on.
func safetensors(_ header: String, dataByteCount: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: header.utf8)
    bytes.append(contentsOf: (0..<dataByteCount).map { UInt8(truncatingIfNeeded: $0) })
    return bytes
}
