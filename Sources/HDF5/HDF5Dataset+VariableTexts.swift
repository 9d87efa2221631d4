import CDeflate
import CHDF5
import Foundation

/// Reads variable-length texts without trusting the file.
///
/// libhdf5 1.10 reads the heaps that hold such texts without checks. This code checks every offset against the file (HDF5
/// File Format Specification 3.0, III.E "Global Heap" and "Variable-length" in IV.A.2.d). A dataset holds references of 16
/// bytes: a length (4), the address of a collection (8) and the index of an object in it (4).
extension HDF5Dataset {
    private static let referenceBytes = 16

    /// Calls `body` with each text of a list, in order.
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - body: receives the row and the text; the text is valid only during the call.
    /// - Throws: `.wrongType`, `.tooLarge`, `.readFailed`; what `body` throws.
    package func readVariableTexts(
        in bytes: UnsafeRawBufferPointer, _ body: (Int, UnsafeRawBufferPointer) throws(HDF5Error) -> Void
    ) throws(HDF5Error) {
        guard type == .variableText, columns == nil else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not a list of texts of variable length")
        }
        let base = try heapBase()
        let (references, count) = try readReferences(in: bytes)
        var heap = GlobalHeap(bytes: bytes, base: base)
        for row in 0..<count {
            let start = row * Self.referenceBytes
            let (length, address, index) = references.withUnsafeBytes {
                (
                    $0.loadUnaligned(fromByteOffset: start, as: UInt32.self), $0.loadUnaligned(fromByteOffset: start + 4, as: UInt64.self),
                    $0.loadUnaligned(fromByteOffset: start + 12, as: UInt32.self)
                )
            }
            guard let text = heap.object(length: Int(length), address: address, index: Int(index)) else {
                throw HDF5Error(.readFailed, file: file.path, object: path, "text \(row) lies outside the file's heaps; the file is damaged")
            }
            try body(row, text)
        }
    }

    /// File offset that addresses are relative to. Requires addresses of eight bytes.
    private func heapBase() throws(HDF5Error) -> Int {
        try file.whileOpen(path) { () throws(HDF5Error) -> Int in
            let creation = HDF5Handle(H5Fget_create_plist(file.id), close: { H5Pclose($0) })
            var (addressBytes, lengthBytes) = (0, 0)
            var block: hsize_t = 0
            guard creation.id >= 0, H5Pget_sizes(creation.id, &addressBytes, &lengthBytes) >= 0, H5Pget_userblock(creation.id, &block) >= 0
            else { throw file.failure(.readFailed, path, "the file's settings could not be read") }
            guard addressBytes == 8, lengthBytes == 8, let base = Int(exactly: block) else {
                throw HDF5Error(
                    .wrongType, file: file.path, object: path, "texts of variable length in files of \(addressBytes * 8) bits are not read")
            }
            return base
        }
    }

    /// The stored references and their number.
    private func readReferences(in bytes: UnsafeRawBufferPointer) throws(HDF5Error) -> (bytes: [UInt8], count: Int) {
        try file.whileOpen(path) { () throws(HDF5Error) -> (bytes: [UInt8], count: Int) in
            let part = try checkReading(rows: nil, columns: nil, bytesPerElement: Self.referenceBytes)
            let size = part.count * Self.referenceBytes
            let creation = HDF5Handle(H5Dget_create_plist(handle.id), close: { H5Pclose($0) })
            switch H5Pget_layout(creation.id) {
            case H5D_CONTIGUOUS:
                let offset = H5Dget_offset(handle.id)
                _ = H5Eclear2(tk_h5_error_stack())
                guard part.count > 0 else { return ([], 0) }
                guard let start = Int(exactly: offset), start <= bytes.count, size <= bytes.count - start else {
                    throw HDF5Error(.readFailed, file: file.path, object: path, "its texts were never written, or lie outside the file")
                }
                return (Array(bytes[start..<start + size]), part.count)
            case H5D_CHUNKED:
                return (try readChunks(size, creation), part.count)
            default:
                throw HDF5Error(
                    .wrongType, file: file.path, object: path, "keeps its texts in a layout that is not read; write them as np.array(dates, 'S10')")
            }
        }
    }

    private func readChunks(_ size: Int, _ creation: HDF5Handle) throws(HDF5Error) -> [UInt8] {
        var rows: hsize_t = 0
        guard H5Pget_chunk(creation.id, 1, &rows) == 1, rows > 0, let chunkBytes = Int(exactly: rows).map({ $0 * Self.referenceBytes }),
            chunkBytes <= file.maximumReadBytes
        else { throw file.failure(.readFailed, path, "its chunks are damaged") }
        let filters = try filters(creation)
        var result: [UInt8] = []
        result.reserveCapacity(size)
        while result.count < size {
            var start = hsize_t(result.count / Self.referenceBytes)
            var stored: hsize_t = 0
            guard H5Dget_chunk_storage_size(handle.id, &start, &stored) >= 0, stored > 0, stored <= UInt64(2 * chunkBytes + 4096) else {
                throw file.failure(.readFailed, path, "row \(start) was never written, or is damaged")
            }
            var chunk = [UInt8](repeating: 0, count: Int(stored))
            var skipped: UInt32 = 0
            guard H5Dread_chunk(handle.id, tk_h5_default(), &start, &skipped, &chunk) >= 0 else {
                throw file.failure(.readFailed, path, "row \(start) could not be read; the file is damaged")
            }
            for (place, filter) in filters.enumerated().reversed() where skipped & 1 << UInt32(place) == 0 {
                guard let restored = Self.restore(chunk, filter, chunkBytes) else {
                    throw HDF5Error(.readFailed, file: file.path, object: path, "the chunk of row \(start) cannot be restored; the file is damaged")
                }
                chunk = restored
            }
            guard chunk.count == chunkBytes else {
                throw HDF5Error(.readFailed, file: file.path, object: path, "the chunk of row \(start) has another size; the file is damaged")
            }
            result += chunk.prefix(size - result.count)
        }
        return result
    }

    /// Filter numbers, in the order they were applied.
    private func filters(_ creation: HDF5Handle) throws(HDF5Error) -> [H5Z_filter_t] {
        let filters = HDF5Filters.numbers(of: creation.id)
        let known = [H5Z_filter_t(H5Z_FILTER_DEFLATE), H5Z_filter_t(H5Z_FILTER_SHUFFLE), LZFFilter.number]
        guard let other = filters.first(where: { !known.contains($0) }) else { return filters }
        throw HDF5Error(
            .missingFilter, file: file.path, object: path,
            "its texts of variable length are stored with filter \(HDF5Filters.title(other)); "
                + "gzip, LZF and shuffle are read; \(HDF5Filters.remedy)")
    }

    /// Reverses a filter.
    /// - Returns: nil for damaged input.
    private static func restore(_ bytes: [UInt8], _ filter: H5Z_filter_t, _ size: Int) -> [UInt8]? {
        if filter == H5Z_filter_t(H5Z_FILTER_SHUFFLE) {
            guard bytes.count == size else { return nil }
            let rows = size / referenceBytes
            return (0..<size).map { bytes[$0 % referenceBytes * rows + $0 / referenceBytes] }
        }
        var found = -1
        let restored = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            bytes.withUnsafeBytes { bytes in
                if filter == LZFFilter.number {
                    found = LZFFilter.decompress(bytes, into: UnsafeMutableRawBufferPointer(buffer)) ?? -1
                    return
                }
                guard let decompressor = libdeflate_alloc_decompressor() else { return }
                defer { libdeflate_free_decompressor(decompressor) }
                var count = 0
                let status = libdeflate_zlib_decompress(decompressor, bytes.baseAddress, bytes.count, buffer.baseAddress, size, &count)
                if status == LIBDEFLATE_SUCCESS { found = count }
            }
            filled = max(0, found)
        }
        return found == size ? restored : nil
    }
}

/// Reads objects of a file's global heaps without leaving the file.
private struct GlobalHeap {
    let bytes: UnsafeRawBufferPointer
    /// File offset that addresses are relative to.
    let base: Int
    /// Byte ranges of the objects of each collection, by collection address.
    private var collections: [UInt64: [Int: Range<Int>]] = [:]
    /// Bytes of the collections read so far. If they exceed the file size, collections must overlap.
    private var visited = 0

    init(bytes: UnsafeRawBufferPointer, base: Int) {
        (self.bytes, self.base) = (bytes, base)
    }

    /// - Parameter length: bytes to return, at most the object's size; trailing zeros are removed.
    /// - Returns: nil when the file has no such object.
    mutating func object(length: Int, address: UInt64, index: Int) -> UnsafeRawBufferPointer? {
        // An empty text has no object.
        if length == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let objects: [Int: Range<Int>]
        if let known = collections[address] {
            objects = known
        } else {
            guard let found = read(address) else { return nil }
            objects = found
            collections[address] = found
        }
        guard let place = objects[index], length <= place.count else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: bytes[place.lowerBound..<place.lowerBound + length])
        return UnsafeRawBufferPointer(rebasing: text.prefix { $0 != 0 })
    }

    /// A collection consists of "GCOL", version 1, three bytes and its size (8). Then come objects: index (2), reference
    /// count (2), four bytes, size (8) and that many bytes, padded to a multiple of eight. Object 0 is free space.
    private mutating func read(_ address: UInt64) -> [Int: Range<Int>]? {
        guard let offset = Int(exactly: address), offset <= bytes.count - base - 16, offset >= 0 else { return nil }
        let start = base + offset
        guard bytes[start..<start + 4].elementsEqual("GCOL".utf8), bytes[start + 4] == 1,
            let size = Int(exactly: bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self)), size >= 16, size <= bytes.count - start
        else { return nil }
        visited += size
        guard visited <= bytes.count else { return nil }
        var objects: [Int: Range<Int>] = [:]
        var place = start + 16
        while start + size - place >= 16 {
            let index = Int(bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
            guard let count = Int(exactly: bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)) else { return nil }
            if index == 0 { break }
            guard count <= start + size - place - 16 else { return nil }
            objects[index] = place + 16..<place + 16 + count
            place += 16 + (count + 7) / 8 * 8
        }
        return objects
    }
}
