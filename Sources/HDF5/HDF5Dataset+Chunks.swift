internal import CDeflate
internal import CHDF5

extension HDF5Dataset {
    /// Rows of a chunk; `nil` for a dataset that is not in chunks, or in chunks that other filters than shuffle and deflate made.
    /// `readChunk(_:)` reads the chunks of the others.
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

    /// Reads one chunk of a list. The library only hands out the compressed bytes; they are decompressed outside its lock, so that
    /// several threads decompress at the same time.
    /// - Parameters:
    ///   - number: of the chunk, from 0.
    ///   - chunkRows: as `chunkRows()` gives it.
    /// - Returns: its rows; fewer than `chunkRows` for the last chunk.
    /// - Throws: `.wrongType`, `.outOfBounds`, `.readFailed` for damaged bytes.
    public func readChunk<Element: HDF5Element>(
        _ number: Int, chunkRows: Int, as element: Element.Type = Element.self
    ) throws(HDF5Error) -> [Element] {
        guard type.holds(element) else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not \(Element.hdf5Type)")
        }
        let size = MemoryLayout<Element>.size
        let chunkBytes = chunkRows * size
        let (stored, rows) = try file.whileOpen(path) { () throws(HDF5Error) -> ([UInt8], Int) in
            let all = try rowsUnderLock()
            let start = number.multipliedReportingOverflow(by: chunkRows)
            guard number >= 0, !start.overflow, start.partialValue < all else {
                throw HDF5Error(.outOfBounds, file: file.path, object: path, "chunk \(number) is outside the \(all) rows that are stored")
            }
            var offset: [hsize_t] = [hsize_t(start.partialValue)]
            var length: hsize_t = 0
            guard H5Dget_chunk_storage_size(handle.id, &offset, &length) >= 0, length > 0, length <= 2 * chunkBytes + 1024 else {
                throw file.failure(.readFailed, path, "chunk \(number) is missing or damaged")
            }
            var mask: UInt32 = 0
            var isRead = false
            let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, filled in
                isRead = H5Dread_chunk(handle.id, tk_h5_default(), &offset, &mask, buffer.baseAddress) >= 0
                filled = isRead ? Int(length) : 0
            }
            guard isRead, mask == 0 else { throw file.failure(.readFailed, path, "chunk \(number) could not be read") }
            return (bytes, min(chunkRows, all - start.partialValue))
        }
        guard let decompressor = libdeflate_alloc_decompressor() else {
            throw HDF5Error(.readFailed, file: file.path, object: path, "out of memory")
        }
        defer { libdeflate_free_decompressor(decompressor) }
        return try withUnsafeTemporaryAllocation(byteCount: chunkBytes, alignment: 16) { (shuffled) throws(HDF5Error) -> [Element] in
            var length = 0
            guard libdeflate_zlib_decompress(decompressor, stored, stored.count, shuffled.baseAddress, chunkBytes, &length) == LIBDEFLATE_SUCCESS,
                length == chunkBytes
            else { throw HDF5Error(.readFailed, file: file.path, object: path, "chunk \(number) is damaged") }
            return [Element](unsafeUninitializedCapacity: rows) { elements, filled in
                Self.unshuffle(UnsafeRawBufferPointer(shuffled), size: size, stride: chunkRows, into: UnsafeMutableRawBufferPointer(elements))
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
