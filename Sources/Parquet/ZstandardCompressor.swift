import Base
import CZstd

/// Compresses pages, each as a frame of Zstandard. One value serves one thread.
final class ZstandardCompressor {
    /// The fastest of the regular levels: dictionaries and runs have already removed most repetition.
    private static let level: Int32 = 1
    private let context: OpaquePointer

    /// - Throws: `ParquetError` without memory.
    init() throws(ParquetError) {
        guard let context = ZSTD_createCCtx() else { throw ParquetError("out of memory while compressing", kind: .outOfSpace) }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    func compress(_ bytes: [UInt8]) throws(ParquetError) -> [UInt8] {
        var failure: String?
        let capacity = ZSTD_compressBound(bytes.count)
        let result = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            let size = bytes.withUnsafeBytes {
                ZSTD_compressCCtx(context, buffer.baseAddress, capacity, $0.baseAddress, $0.count, Self.level)
            }
            if ZSTD_isError(size) != 0 { failure = String(cString: ZSTD_getErrorName(size)) } else { count = size }
        }
        if let failure { throw ParquetError("a page could not be compressed: \(failure)", kind: .outOfSpace) }
        return result
    }
}
