import CHDF5

/// A list (1-D) or table (2-D, row-major) of numbers or texts in an HDF5 file.
public final class HDF5Dataset: HDF5Object, Sendable {
    /// The file that contains the dataset.
    public let file: HDF5File
    /// Path of the dataset within the file.
    public let path: String
    /// Type of the elements.
    public let type: HDF5Type
    /// Elements per row; nil for a list, whose rows are single elements.
    public let columns: Int?
    let handle: HDF5Handle

    init(file: HDF5File, path: String, type: HDF5Type, columns: Int?, handle: HDF5Handle) {
        self.file = file
        self.path = path
        self.type = type
        self.columns = columns
        self.handle = handle
    }

    /// Number of rows.
    /// - Throws: `.closed`, `.readFailed`.
    public func rowCount() throws(HDF5Error) -> Int {
        try file.whileOpen(path) { () throws(HDF5Error) -> Int in try rowsUnderLock() }
    }

    func rowsUnderLock() throws(HDF5Error) -> Int {
        let space = H5Dget_space(handle.id)
        defer { _ = H5Sclose(space) }
        return try Self.extent(of: space, file: file, path: path).rows
    }

    /// Rows and columns of a dataspace. A single value is a list of one.
    /// - Throws: `HDF5Error` for more than two dimensions, or more elements than can be addressed.
    static func extent(
        of space: hid_t, file: HDF5File, path: String
    ) throws(HDF5Error) -> (rows: Int, columns: Int?) {
        let rank = H5Sget_simple_extent_ndims(space)
        guard rank >= 0, H5Sget_simple_extent_type(space) != H5S_NULL else {
            throw file.failure(.readFailed, path, "has no shape")
        }
        guard rank <= 2 else {
            throw HDF5Error(.wrongShape, file: file.path, object: path, "has \(rank) dimensions; one or two are read")
        }
        var sizes: [hsize_t] = [1, 1]
        guard H5Sget_simple_extent_dims(space, &sizes, nil) >= 0 else {
            throw file.failure(.readFailed, path, "its shape is damaged")
        }
        let rows = rank == 0 ? 1 : sizes[0]
        let columns = rank == 2 ? sizes[1] : 1
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard !overflow, count <= UInt64(Int.max / 16), rows <= UInt64(Int.max / 16), columns <= UInt64(Int.max / 16)
        else {
            throw HDF5Error(
                .tooLarge, file: file.path, object: path,
                "claims \(rows) x \(columns) elements, more than any file holds; the file is damaged")
        }
        return (Int(rows), rank == 2 ? Int(columns) : nil)
    }

    /// A dataspace in memory and the part of the file it corresponds to.
    struct Selection {
        let memory: HDF5Handle
        let stored: HDF5Handle
    }

    /// Selects a range of rows and columns, contiguous in memory.
    func select(
        rows: Range<Int>, columns: Range<Int>
    ) throws(HDF5Error) -> Selection {
        let stored = HDF5Handle(H5Dget_space(handle.id), close: { H5Sclose($0) })
        var start: [hsize_t] = [hsize_t(rows.lowerBound), hsize_t(columns.lowerBound)]
        var count: [hsize_t] = [hsize_t(rows.count), hsize_t(columns.count)]
        // The library matches spaces of one shape row by row, and others element by element.
        let rank = H5Sget_simple_extent_ndims(stored.id)
        let memory = HDF5Handle(H5Screate_simple(max(1, rank), &count, nil), close: { H5Sclose($0) })
        let selected = rank == 0 ? 0 : H5Sselect_hyperslab(stored.id, H5S_SELECT_SET, &start, nil, &count, nil)
        guard stored.id >= 0, memory.id >= 0, selected >= 0 else {
            throw file.failure(.readFailed, path, "rows \(rows) could not be selected")
        }
        return Selection(memory: memory, stored: stored)
    }

    /// Extends the dataset by `count` rows and returns the previous number of rows.
    func extend(by count: Int) throws(HDF5Error) -> Int {
        let rows = try rowsUnderLock()
        let (total, overflow) = rows.addingReportingOverflow(count)
        guard !overflow else { throw HDF5Error(.tooLarge, file: file.path, object: path, "too many rows") }
        var sizes: [hsize_t] = [hsize_t(total), hsize_t(columns ?? 1)]
        guard H5Dset_extent(handle.id, &sizes) >= 0 else {
            throw file.failure(.writeFailed, path, "the dataset could not be made longer")
        }
        return rows
    }

    /// Checks a range of rows and columns against the shape, and its size against the memory limit.
    func checkReading(
        rows: Range<Int>?, columns wanted: Range<Int>?, bytesPerElement: Int
    ) throws(HDF5Error) -> (rows: Range<Int>, columns: Range<Int>, count: Int) {
        let all = try rowsUnderLock()
        let width = columns ?? 1
        let rows = rows ?? 0..<all
        let chosen = wanted ?? 0..<width
        guard rows.lowerBound >= 0, rows.upperBound <= all, chosen.lowerBound >= 0, chosen.upperBound <= width else {
            throw HDF5Error(
                .outOfBounds, file: file.path, object: path,
                "rows \(rows), columns \(chosen) are outside the \(all) x \(width) that are stored")
        }
        let (count, overflow) = rows.count.multipliedReportingOverflow(by: chosen.count)
        let (bytes, more) = count.multipliedReportingOverflow(by: bytesPerElement)
        guard !overflow, !more, bytes <= file.maximumReadBytes else {
            throw HDF5Error(
                .tooLarge, file: file.path, object: path,
                "\(rows.count) rows of \(chosen.count) elements would take more than the allowed "
                    + "\(file.maximumReadBytes) bytes; read fewer rows at a time, or the file is damaged")
        }
        return (rows, chosen, count)
    }
}
