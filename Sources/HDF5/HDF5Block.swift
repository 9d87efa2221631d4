import CHDF5

/// Location of a dataset that is stored contiguously in its in-memory representation. A mapped file can be read there
/// without library calls and without a copy.
public struct HDF5Block: Sendable, Hashable {
    /// Type of the elements.
    public let type: HDF5Type
    /// Elements in each dimension; the last dimension varies fastest.
    public let shape: [Int]
    /// Byte offset of the first element from the start of the file.
    public let offset: Int
    /// Size of all elements, in bytes.
    public let byteCount: Int
}

extension HDF5Group {
    /// Locates the numbers of a dataset.
    /// - Returns: nil when they are not contiguous in their in-memory representation: they are chunked, filtered, in the
    ///   other byte order, or were never written. Read such a dataset with `dataset(_:)`.
    /// - Throws: `.notFound`, `.wrongType` for anything but numbers and for data in other files, `.readFailed` when the
    ///   location is outside the file.
    public func block(_ name: String) throws(HDF5Error) -> HDF5Block? {
        let child = try childPath(name)
        return try file.whileOpen(child) { () throws(HDF5Error) -> HDF5Block? in
            let place = try resolve(child)
            let dataset = HDF5Handle(
                H5Dopen2(file.id, place, tk_h5_default()), owner: file, close: { H5Dclose($0) })
            guard dataset.id >= 0 else { throw file.failure(.notFound, child, "not a dataset, or a damaged one") }
            let stored = HDF5Handle(H5Dget_type(dataset.id), close: { H5Tclose($0) })
            guard stored.id >= 0, let type = HDF5Type(identifier: stored.id), let width = type.byteCount,
                H5Tget_class(stored.id) != H5T_STRING
            else { throw file.failure(.wrongType, child, "holds no numbers that this program reads") }
            _ = try checkLayout(of: dataset.id, child, bytesPerElement: width)
            let creation = HDF5Handle(H5Dget_create_plist(dataset.id), close: { H5Pclose($0) })
            let offset = H5Dget_offset(dataset.id)
            _ = H5Eclear2(tk_h5_error_stack())
            guard H5Pget_layout(creation.id) == H5D_CONTIGUOUS, offset != haddr_t.max,
                width == 1 || H5Tget_order(stored.id) == H5T_ORDER_LE
            else { return nil }
            let shape = try shape(of: dataset.id, child)
            var byteCount = width
            for size in shape {
                let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
                guard !overflow else { throw HDF5Error(.tooLarge, file: file.path, object: child, "claims \(shape) elements") }
                byteCount = product
            }
            var fileSize: hsize_t = 0
            guard H5Fget_filesize(file.id, &fileSize) >= 0, let offset = Int(exactly: offset),
                let end = Int(exactly: fileSize), offset <= end, byteCount <= end - offset
            else { throw file.failure(.readFailed, child, "its elements lie outside the file; the file is damaged") }
            return HDF5Block(type: type, shape: shape, offset: offset, byteCount: byteCount)
        }
    }

    /// Creates a contiguous dataset of a fixed shape.
    ///
    /// Its space is allocated and zeroed. Write the numbers at the returned location after closing the file.
    /// - Parameter shape: one to four dimensions, each with at least one element.
    /// - Throws: `.cannotCreate` when the name is taken, `.wrongShape`, `.wrongType` for texts.
    public func createBlock(_ name: String, type: HDF5Type, shape: [Int]) throws(HDF5Error) -> HDF5Block {
        let child = try childPath(name)
        var byteCount = type.byteCount ?? 0
        var overflows = shape.isEmpty || shape.count > 4
        for size in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
            overflows = overflows || overflow || size < 1
            byteCount = product
        }
        guard !overflows, byteCount > 0 else {
            throw HDF5Error(.wrongShape, file: file.path, object: child, "a block of \(shape) x \(type) cannot be stored")
        }
        return try file.whileOpen(child) { () throws(HDF5Error) -> HDF5Block in
            var sizes = shape.map { hsize_t($0) }
            let space = HDF5Handle(H5Screate_simple(Int32(shape.count), &sizes, nil), close: { H5Sclose($0) })
            let creation = HDF5Handle(H5Pcreate(tk_h5_class_dataset_create()), close: { H5Pclose($0) })
            guard space.id >= 0, creation.id >= 0, let stored = type.makeIdentifier(),
                H5Pset_obj_track_times(creation.id, false) >= 0, H5Pset_layout(creation.id, H5D_CONTIGUOUS) >= 0,
                H5Pset_alloc_time(creation.id, H5D_ALLOC_TIME_EARLY) >= 0,
                H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER) >= 0
            else { throw file.failure(.cannotCreate, child, "the dataset's layout was refused") }
            let dataset = HDF5Handle(
                H5Dcreate2(
                    file.id, child, stored.id, space.id, tk_h5_default(), creation.id, tk_h5_default()),
                owner: file, close: { H5Dclose($0) })
            guard dataset.id >= 0 else {
                throw file.failure(.cannotCreate, child, "the dataset could not be created; the name may be taken")
            }
            let offset = H5Dget_offset(dataset.id)
            guard let offset = Int(exactly: offset) else {
                throw file.failure(.cannotCreate, child, "the dataset has no storage in the file")
            }
            return HDF5Block(type: type, shape: shape, offset: offset, byteCount: byteCount)
        }
    }

    private func shape(of dataset: hid_t, _ child: String) throws(HDF5Error) -> [Int] {
        let space = HDF5Handle(H5Dget_space(dataset), close: { H5Sclose($0) })
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard space.id >= 0, (1...32).contains(rank), H5Sget_simple_extent_type(space.id) == H5S_SIMPLE else {
            throw file.failure(.wrongShape, child, "holds no table")
        }
        var sizes = [hsize_t](repeating: 0, count: Int(rank))
        guard H5Sget_simple_extent_dims(space.id, &sizes, nil) >= 0, sizes.allSatisfy({ $0 <= UInt64(Int.max / 16) })
        else { throw file.failure(.readFailed, child, "its shape is damaged") }
        return sizes.map { Int($0) }
    }
}
