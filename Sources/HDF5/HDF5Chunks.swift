internal import CDeflate
internal import CHDF5

/// The rows of a dataset, compressed outside the library, which does one thing at a time: several threads can each make
/// some, and storing them then costs little more than a copy.
///
/// The chunks are those that the library's own filters (shuffle, deflate) would read and write.
public struct HDF5Chunks: Sendable {
    /// The type of an element.
    public let type: HDF5Type
    /// Elements of a row; `nil` for a list.
    public let columns: Int?
    /// Rows, the padding of the last chunk not counted.
    public let rows: Int
    public let storage: HDF5Storage
    let chunks: [[UInt8]]

    /// Compresses rows.
    /// - Parameters:
    ///   - values: whole rows, row-major.
    ///   - columns: elements of a row; `nil` makes a list.
    ///   - storage: with a deflate level of at least 1, shuffled, without a checksum.
    /// - Throws: `.wrongShape` when the values do not fill whole rows or the storage is another.
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
            // What stands beyond the last row is never read; zeros are what the library would put there.
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

    /// Puts bytes of equal significance side by side: byte `b` of element `i` goes to `b * stride + i`.
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
    /// Makes a dataset of rows that are compressed already.
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
