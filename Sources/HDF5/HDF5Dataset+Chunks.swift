import CDeflate
import CHDF5

extension HDF5Dataset {
    /// Rows of a chunk; `nil` for a dataset that is not in chunks, or in chunks that other filters than shuffle and deflate made.
    public func chunkRows() throws(HDF5Error) -> Int? {
        try file.whileOpen(path) { () throws(HDF5Error) -> Int? in
            let creation = HDF5Handle(H5Dget_create_plist(handle.id), close: { H5Pclose($0) })
            guard creation.id >= 0, columns == nil, let width = type.byteCount, H5Pget_layout(creation.id) == H5D_CHUNKED,
                H5Pget_nfilters(creation.id) == 2
            else { return nil }
            var size: hsize_t = 0
            guard H5Pget_chunk(creation.id, 1, &size) == 1, let rows = Int(exactly: size), rows > 0 else { return nil }
            for (index, wanted) in [H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE].enumerated() {
                var flags: UInt32 = 0
                var values = [UInt32](repeating: 0, count: 8)
                var count = values.count
                guard H5Pget_filter2(creation.id, UInt32(index), &flags, &count, &values, 0, nil, nil) == wanted,
                    wanted != H5Z_FILTER_SHUFFLE || (count >= 1 && Int(values[0]) == width)
                else { return nil }
            }
            return rows
        }
    }

    /// Where the chunks of a list are in the file, in the order of its rows.
    /// - Parameter chunkRows: as `chunkRows()` gives it.
    /// - Throws: `.readFailed` for a chunk that is missing, larger than it can be, or not compressed.
    public func chunkPlaces(chunkRows: Int) throws(HDF5Error) -> [HDF5ChunkPlace] {
        let width = type.byteCount ?? 1
        return try file.whileOpen(path) { () throws(HDF5Error) -> [HDF5ChunkPlace] in
            var places: [HDF5ChunkPlace] = []
            for start in stride(from: 0, to: try rowsUnderLock(), by: chunkRows) {
                var offset: [hsize_t] = [hsize_t(start)]
                var mask: UInt32 = 0
                var address = haddr_t.max
                var length: hsize_t = 0
                guard H5Dget_chunk_info_by_coord(handle.id, &offset, &mask, &address, &length) >= 0, mask == 0, length > 0,
                    let place = HDF5ChunkPlace(offset: UInt64(address), byteCount: UInt64(length), rawCount: chunkRows * width)
                else { throw file.failure(.readFailed, path, "chunk \(start / chunkRows) is missing or damaged") }
                places.append(place)
            }
            return places
        }
    }
}

/// Where the compressed bytes of a chunk are in a file. `HDF5Chunks.decoded` makes rows of them, without the library and its lock.
public struct HDF5ChunkPlace: Sendable, Hashable {
    public let offset: Int
    public let byteCount: Int

    /// - Parameter rawCount: bytes of the chunk before it was compressed.
    /// - Returns: `nil` for numbers that no chunk of this size can have.
    public init?(offset: UInt64, byteCount: UInt64, rawCount: Int) {
        // Deflate makes nothing much larger than it was.
        guard let offset = Int(exactly: offset), let byteCount = Int(exactly: byteCount), byteCount <= 2 * rawCount + 1024,
            !offset.addingReportingOverflow(byteCount).overflow
        else { return nil }
        self.offset = offset
        self.byteCount = byteCount
    }
}

extension HDF5Chunks {
    /// The rows of a chunk of a list that was shuffled and deflated.
    /// - Parameters:
    ///   - stored: the chunk's bytes in the file.
    ///   - rows: rows wanted: all but in the last chunk.
    ///   - chunkRows: rows that every chunk has room for.
    /// - Returns: `nil` for damaged bytes.
    public static func decoded<Element: HDF5Element>(
        _ stored: [UInt8], rows: Int, chunkRows: Int, as element: Element.Type = Element.self
    ) -> [Element]? {
        let size = MemoryLayout<Element>.size
        let chunkBytes = chunkRows * size
        guard rows <= chunkRows, let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        return withUnsafeTemporaryAllocation(byteCount: chunkBytes, alignment: 16) { shuffled -> [Element]? in
            var length = 0
            guard libdeflate_zlib_decompress(decompressor, stored, stored.count, shuffled.baseAddress, chunkBytes, &length) == LIBDEFLATE_SUCCESS,
                length == chunkBytes
            else { return nil }
            return [Element](unsafeUninitializedCapacity: rows) { elements, filled in
                unshuffle(UnsafeRawBufferPointer(shuffled), size: size, stride: chunkRows, into: UnsafeMutableRawBufferPointer(elements))
                filled = rows
            }
        }
    }

    /// Gathers the bytes of elements: byte `b` of element `i` is at `b * stride + i`.
    private static func unshuffle(_ planes: UnsafeRawBufferPointer, size: Int, stride: Int, into target: UnsafeMutableRawBufferPointer) {
        let count = target.count / size
        guard let bytes = planes.bindMemory(to: UInt8.self).baseAddress else { return }
        // One pass over all planes: the compiler widens and shifts many elements at a time.
        func gather16(_ words: UnsafeMutablePointer<UInt16>) {
            let (a, b) = (bytes, bytes + stride)
            for index in 0..<count { words[index] = UInt16(a[index]) | UInt16(b[index]) &<< 8 }
        }
        func gather32(_ words: UnsafeMutablePointer<UInt32>) {
            let (a, b, c, d) = (bytes, bytes + stride, bytes + 2 * stride, bytes + 3 * stride)
            for index in 0..<count {
                words[index] = UInt32(a[index]) | UInt32(b[index]) &<< 8 | UInt32(c[index]) &<< 16 | UInt32(d[index]) &<< 24
            }
        }
        func gather64(_ words: UnsafeMutablePointer<UInt64>) {
            let (a, b, c, d) = (bytes, bytes + stride, bytes + 2 * stride, bytes + 3 * stride)
            let (e, f, g, h) = (bytes + 4 * stride, bytes + 5 * stride, bytes + 6 * stride, bytes + 7 * stride)
            for index in 0..<count {
                let low = UInt64(a[index]) | UInt64(b[index]) &<< 8 | UInt64(c[index]) &<< 16 | UInt64(d[index]) &<< 24
                let high = UInt64(e[index]) | UInt64(f[index]) &<< 8 | UInt64(g[index]) &<< 16 | UInt64(h[index]) &<< 24
                words[index] = low | high &<< 32
            }
        }
        guard let words = target.baseAddress else { return }
        switch size {
        case 1: target.copyMemory(from: UnsafeRawBufferPointer(rebasing: planes[0..<count]))
        case 2: gather16(words.bindMemory(to: UInt16.self, capacity: count))
        case 4: gather32(words.bindMemory(to: UInt32.self, capacity: count))
        default: gather64(words.bindMemory(to: UInt64.self, capacity: count))
        }
    }
}
