import CHDF5

extension HDF5Group {
    /// Creates an empty dataset that grows by `append`.
    /// - Parameters:
    ///   - name: a single name, without a slash.
    ///   - type: type of the elements.
    ///   - columns: elements per row; nil makes a list.
    ///   - storage: chunking and compression.
    /// - Throws: `.cannotCreate` when the name is taken, `.wrongShape` when a number is out of range.
    public func createDataset(
        _ name: String, type: HDF5Type, columns: Int? = nil, storage: HDF5Storage = HDF5Storage()
    ) throws(HDF5Error) -> HDF5Dataset {
        let child = try childPath(name)
        guard type != .variableText else {
            throw HDF5Error(
                .wrongType, file: file.path, object: child, "texts of variable length are not written; use createTexts")
        }
        // The library stores a chunk's size in 32 bits.
        let chunkElements = storage.chunkRows.multipliedReportingOverflow(by: columns ?? 1)
        let chunkBytes = chunkElements.partialValue.multipliedReportingOverflow(by: type.byteCount ?? 16)
        guard storage.chunkRows > 0, columns ?? 1 > 0, (0...9).contains(storage.deflateLevel), !chunkElements.overflow,
            !chunkBytes.overflow, chunkBytes.partialValue > 0, chunkBytes.partialValue < 1 << 31
        else {
            throw HDF5Error(
                .wrongShape, file: file.path, object: child,
                "chunks of \(storage.chunkRows) rows of \(columns ?? 1) x \(type) with deflate level "
                    + "\(storage.deflateLevel) cannot be stored: 1 byte to 2 GiB a chunk, levels 0 to 9")
        }
        return try file.whileOpen(child) { () throws(HDF5Error) -> HDF5Dataset in
            let rank: Int32 = columns == nil ? 1 : 2
            var sizes: [hsize_t] = [0, hsize_t(columns ?? 1)]
            var limits: [hsize_t] = [tk_h5_unlimited(), hsize_t(columns ?? 1)]
            var chunk: [hsize_t] = [hsize_t(storage.chunkRows), hsize_t(columns ?? 1)]
            let space = HDF5Handle(H5Screate_simple(rank, &sizes, &limits), close: { H5Sclose($0) })
            let creation = HDF5Handle(H5Pcreate(tk_h5_class_dataset_create()), close: { H5Pclose($0) })
            guard space.id >= 0, creation.id >= 0, let stored = type.makeIdentifier(),
                H5Pset_obj_track_times(creation.id, false) >= 0, H5Pset_chunk(creation.id, rank, &chunk) >= 0,
                !storage.shuffle || H5Pset_shuffle(creation.id) >= 0,
                storage.deflateLevel == 0 || H5Pset_deflate(creation.id, UInt32(storage.deflateLevel)) >= 0,
                !storage.checksum || H5Pset_fletcher32(creation.id) >= 0
            else { throw file.failure(.cannotCreate, child, "the dataset's layout was refused") }
            let access = chunkCache(bytes: chunkBytes.partialValue)
            let id = H5Dcreate2(
                file.id, child, stored.id, space.id, tk_h5_default(), creation.id, access.id)
            guard id >= 0 else {
                throw file.failure(.cannotCreate, child, "the dataset could not be created; the name may be taken")
            }
            return HDF5Dataset(
                file: file, path: child, type: type, columns: columns,
                handle: HDF5Handle(id, owner: file, close: { H5Dclose($0) }))
        }
    }

    /// Opens a dataset.
    /// - Throws: `.notFound`, `.wrongType` for types this library does not read, `.wrongShape` for more than two dimensions,
    ///   `.tooLarge` when its chunks exceed the file's `maximumReadBytes`.
    public func dataset(_ name: String) throws(HDF5Error) -> HDF5Dataset {
        let child = try childPath(name)
        return try file.whileOpen(child) { () throws(HDF5Error) -> HDF5Dataset in
            let place = try resolve(child)
            var id = H5Dopen2(file.id, place, tk_h5_default())
            guard id >= 0 else { throw file.failure(.notFound, child, "not a dataset, or a damaged one") }
            var handle = HDF5Handle(id, owner: file, close: { H5Dclose($0) })
            let typeID = H5Dget_type(id)
            defer { _ = H5Tclose(typeID) }
            guard typeID >= 0, let type = HDF5Type(identifier: typeID) else {
                throw file.failure(.wrongType, child, "holds a type this program does not read")
            }
            let space = H5Dget_space(id)
            defer { _ = H5Sclose(space) }
            let (_, columns) = try HDF5Dataset.extent(of: space, file: file, path: child)
            // In files that are not trusted, chunks of variable-length texts never go through the library's filters.
            let chunkBytes = try checkLayout(
                of: id, child, bytesPerElement: type.byteCount ?? 16, checkingFilters: type != .variableText || file.isTrusted)
            if chunkBytes > 1 << 20 {
                // The library's default cache of 1 MiB would decompress a larger chunk again for each row.
                let access = chunkCache(bytes: chunkBytes)
                id = H5Dopen2(file.id, place, access.id)
                guard id >= 0 else { throw file.failure(.readFailed, child, "could not be opened") }
                handle = HDF5Handle(id, owner: file, close: { H5Dclose($0) })
            }
            return HDF5Dataset(file: file, path: child, type: type, columns: columns, handle: handle)
        }
    }

    /// Refuses data stored in other files and chunks that are too large. Returns the size of a chunk in bytes; 0 if the
    /// dataset is not chunked.
    func checkLayout(of id: hid_t, _ child: String, bytesPerElement: Int, checkingFilters: Bool = true) throws(HDF5Error) -> Int {
        let creation = HDF5Handle(H5Dget_create_plist(id), close: { H5Pclose($0) })
        let layout = H5Pget_layout(creation.id)
        guard creation.id >= 0, layout != H5D_LAYOUT_ERROR, layout != H5D_VIRTUAL,
            H5Pget_external_count(creation.id) == 0
        else { throw file.failure(.wrongType, child, "keeps its data in other files, which is not followed") }
        guard layout == H5D_CHUNKED else { return 0 }
        var chunk = [hsize_t](repeating: 1, count: 32)
        let rank = H5Pget_chunk(creation.id, 32, &chunk)
        guard rank >= 0 else { throw file.failure(.readFailed, child, "its chunks are damaged") }
        var bytes = UInt64(bytesPerElement)
        for size in chunk.prefix(Int(rank)) {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
            guard !overflow, product <= UInt64(file.maximumReadBytes) else {
                throw HDF5Error(
                    .tooLarge, file: file.path, object: child,
                    "its chunks would take more than the allowed \(file.maximumReadBytes) bytes")
            }
            bytes = product
        }
        if checkingFilters { try checkFilters(of: creation, child, chunkBytes: bytes) }
        return Int(bytes)
    }

    /// The library assumes that a filter returns exactly one chunk. LZF returns as many bytes as its settings say.
    private func checkFilters(of creation: HDF5Handle, _ child: String, chunkBytes: UInt64) throws(HDF5Error) {
        for index in 0..<max(0, H5Pget_nfilters(creation.id)) {
            var flags: UInt32 = 0
            var values = [UInt32](repeating: 0, count: 8)
            var count = values.count
            let filter = H5Pget_filter2(creation.id, UInt32(index), &flags, &count, &values, 0, nil, nil)
            guard filter >= 0 else { throw file.failure(.readFailed, child, "its filters are damaged") }
            guard filter != LZFFilter.number || (count >= 3 && UInt64(values[2]) == chunkBytes) else {
                throw file.failure(.readFailed, child, "its LZF filter is set for chunks of another size; the file is damaged")
            }
        }
    }

    /// Access settings with a cache for a few chunks of `bytes` each: at most 64 MiB, or one chunk if that is larger.
    private func chunkCache(bytes: Int) -> HDF5Handle {
        let access = HDF5Handle(H5Pcreate(tk_h5_class_dataset_access()), close: { H5Pclose($0) })
        let room = max(1 << 20, max(bytes, min(4 * bytes, 64 << 20)))
        _ = H5Pset_chunk_cache(access.id, 521, room, 0.75)
        return access
    }
}
