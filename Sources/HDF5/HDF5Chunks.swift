import CDeflate
import CHDF5

/// Rows of a dataset, compressed outside the library. The library runs one call at a time; with this type several threads
/// can compress rows, and storing them costs little more than a copy.
///
/// The chunks are those that the library's own filters (shuffle, deflate) would read and write.
public struct HDF5Chunks: Sendable {
    /// Type of the elements.
    public let type: HDF5Type
    /// Elements per row; `nil` for a list.
    public let columns: Int?
    /// Number of rows, without the padding of the last chunk.
    public let rows: Int
    /// Chunking and compression.
    public let storage: HDF5Storage
    let chunks: [[UInt8]]

    /// Compresses rows.
    /// - Parameters:
    ///   - values: whole rows, row-major.
    ///   - columns: elements per row; `nil` makes a list.
    ///   - storage: must use shuffle, a deflate level of at least 1, and no checksum.
    /// - Throws: `.wrongShape` when the values do not fill whole rows, or for any other storage.
    public init<Element: HDF5Element>(
        _ values: [Element], columns: Int? = nil, storage: HDF5Storage
    ) throws(HDF5Error) {
        let width = columns ?? 1
        let (chunkElements, overflow) = storage.chunkRows.multipliedReportingOverflow(by: width)
        guard width > 0, storage.chunkRows > 0, !overflow, values.count.isMultiple(of: width), storage.shuffle,
            !storage.checksum, (1...9).contains(storage.deflateLevel),
            let compressor = libdeflate_alloc_compressor(Int32(storage.deflateLevel))
        else {
            throw HDF5Error(
                .wrongShape, file: "", "\(values.count) values do not fill rows of \(width), or chunks as asked for cannot be made")
        }
        defer { libdeflate_free_compressor(compressor) }
        type = Element.hdf5Type
        self.columns = columns
        rows = values.count / width
        self.storage = storage
        let size = MemoryLayout<Element>.size
        let chunkBytes = chunkElements * size
        var shuffled = [UInt8](repeating: 0, count: chunkBytes)
        let bound = libdeflate_zlib_compress_bound(compressor, chunkBytes)
        chunks = stride(from: 0, to: values.count, by: chunkElements).map { start in
            let count = min(chunkElements, values.count - start)
            // Elements after the last row are never read. The library would fill them with zeros.
            if count < chunkElements { for index in shuffled.indices { shuffled[index] = 0 } }
            values.withUnsafeBytes { bytes in
                shuffled.withUnsafeMutableBytes { target in
                    Self.shuffle(
                        UnsafeRawBufferPointer(rebasing: bytes[start * size..<(start + count) * size]), size: size,
                        stride: chunkElements, into: target)
                }
            }
            return [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
                filled = libdeflate_zlib_compress(compressor, shuffled, chunkBytes, buffer.baseAddress, bound)
            }
        }
    }

    /// Groups bytes of equal significance: byte `b` of element `i` goes to `b * stride + i`.
    private static func shuffle(
        _ bytes: UnsafeRawBufferPointer, size: Int, stride: Int, into target: UnsafeMutableRawBufferPointer
    ) {
        let count = bytes.count / size
        func planes<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ word: Word.Type) {
            for byte in 0..<size {
                let plane = UnsafeMutableRawBufferPointer(rebasing: target[byte * stride..<byte * stride + count])
                let shift = Word(byte * 8)
                for index in 0..<count {
                    plane[index] = UInt8(
                        truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: index * size, as: Word.self) &>> shift)
                }
            }
        }
        switch size {
        case 1: target.copyMemory(from: bytes)
        case 2: planes(UInt16.self)
        case 4: planes(UInt32.self)
        default: planes(UInt64.self)
        }
    }
}

extension HDF5Group {
    /// Creates a dataset from compressed rows.
    /// - Throws: as `createDataset`; `.writeFailed`.
    public func store(_ rows: HDF5Chunks, as name: String) throws(HDF5Error) {
        let dataset = try createDataset(name, type: rows.type, columns: rows.columns, storage: rows.storage)
        try file.whileOpen(dataset.path) { () throws(HDF5Error) in
            guard rows.rows > 0 else { return }
            _ = try dataset.extend(by: rows.rows)
            for (number, chunk) in rows.chunks.enumerated() {
                var offset: [hsize_t] = [hsize_t(number * rows.storage.chunkRows), 0]
                guard
                    H5Dwrite_chunk(dataset.handle.id, tk_h5_default(), 0, &offset, chunk.count, chunk) >= 0
                else { throw file.failure(.writeFailed, dataset.path, "a chunk could not be written") }
            }
        }
    }
}
