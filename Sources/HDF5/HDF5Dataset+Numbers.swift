import CHDF5

extension HDF5Dataset {
    /// Appends rows.
    /// - Parameter values: whole rows, row-major. For a `.float16` dataset, its bit patterns as `UInt16`.
    /// - Throws: `.wrongType`, `.wrongShape` when the values do not fill whole rows, `.writeFailed`.
    public func append<Element: HDF5Element>(_ values: UnsafeBufferPointer<Element>) throws(HDF5Error) {
        try checkType(Element.self)
        let width = columns ?? 1
        guard values.count.isMultiple(of: width) else {
            throw HDF5Error(
                .wrongShape, file: file.path, object: path, "\(values.count) values do not fill rows of \(width)")
        }
        guard let base = values.baseAddress, !values.isEmpty else { return }
        try file.whileOpen(path) { () throws(HDF5Error) in
            let count = values.count / width
            let first = try extend(by: count)
            try write(base, rows: first..<first + count)
        }
    }

    /// Appends rows.
    /// - Throws: as `append(_:)` for a buffer.
    public func append<Element: HDF5Element>(_ values: [Element]) throws(HDF5Error) {
        try withBuffer(values) { (buffer) throws(HDF5Error) in try append(buffer) }
    }

    /// Overwrites existing rows.
    /// - Parameters:
    ///   - values: whole rows, row-major.
    ///   - firstRow: the first row to overwrite.
    /// - Throws: `.wrongType`, `.wrongShape`, `.outOfBounds`, `.writeFailed`.
    public func write<Element: HDF5Element>(
        _ values: UnsafeBufferPointer<Element>, at firstRow: Int
    ) throws(HDF5Error) {
        try checkType(Element.self)
        let width = columns ?? 1
        guard values.count.isMultiple(of: width) else {
            throw HDF5Error(
                .wrongShape, file: file.path, object: path, "\(values.count) values do not fill rows of \(width)")
        }
        guard let base = values.baseAddress, !values.isEmpty else { return }
        try file.whileOpen(path) { () throws(HDF5Error) in
            let count = values.count / width
            let all = try rowsUnderLock()
            guard firstRow >= 0, firstRow <= all, count <= all - firstRow else {
                throw HDF5Error(
                    .outOfBounds, file: file.path, object: path,
                    "\(count) rows from row \(firstRow) are outside the \(all) that are stored")
            }
            try write(base, rows: firstRow..<firstRow + count)
        }
    }

    /// Overwrites existing rows.
    /// - Throws: as `write(_:at:)` for a buffer.
    public func write<Element: HDF5Element>(_ values: [Element], at firstRow: Int) throws(HDF5Error) {
        try withBuffer(values) { (buffer) throws(HDF5Error) in try write(buffer, at: firstRow) }
    }

    /// Reads rows.
    /// - Parameters:
    ///   - rows: the rows to read; nil for all.
    ///   - columns: the columns to read; nil for all.
    /// - Returns: `rows.count` x `columns.count` values, row-major. `.float16` is returned as bit patterns in `UInt16`.
    /// - Throws: `.wrongType`, `.outOfBounds`, `.tooLarge`, `.readFailed`.
    public func read<Element: HDF5Element>(
        _ element: Element.Type = Element.self, rows: Range<Int>? = nil, columns: Range<Int>? = nil
    ) throws(HDF5Error) -> [Element] {
        try checkType(Element.self)
        return try file.whileOpen(path) { () throws(HDF5Error) -> [Element] in
            let part = try checkReading(rows: rows, columns: columns, bytesPerElement: MemoryLayout<Element>.stride)
            guard part.count > 0 else { return [] }
            var failure: HDF5Error?
            let values = [Element](unsafeUninitializedCapacity: part.count) { buffer, filled in
                do throws(HDF5Error) {
                    try fill(buffer, rows: part.rows, columns: part.columns)
                    filled = part.count
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return values
        }
    }

    /// Reads rows into a buffer.
    /// - Parameter buffer: holds exactly the requested number of values.
    /// - Throws: as `read(_:rows:columns:)`, and `.wrongShape` when the buffer has another size.
    public func read<Element: HDF5Element>(
        into buffer: UnsafeMutableBufferPointer<Element>, rows: Range<Int>? = nil, columns: Range<Int>? = nil
    ) throws(HDF5Error) {
        try checkType(Element.self)
        try file.whileOpen(path) { () throws(HDF5Error) in
            let part = try checkReading(rows: rows, columns: columns, bytesPerElement: MemoryLayout<Element>.stride)
            guard buffer.count == part.count else {
                throw HDF5Error(
                    .wrongShape, file: file.path, object: path,
                    "\(part.count) values were requested, but there is room for \(buffer.count)")
            }
            guard part.count > 0 else { return }
            try fill(buffer, rows: part.rows, columns: part.columns)
        }
    }

    private func fill<Element: HDF5Element>(
        _ buffer: UnsafeMutableBufferPointer<Element>, rows: Range<Int>, columns: Range<Int>
    ) throws(HDF5Error) {
        let selection = try select(rows: rows, columns: columns)
        guard let memory = type.makeIdentifier(), let base = buffer.baseAddress,
            H5Dread(handle.id, memory.id, selection.memory.id, selection.stored.id, tk_h5_default(), base) >= 0
        else { throw readFailure("rows \(rows) could not be read") }
    }

    private func write<Element: HDF5Element>(
        _ base: UnsafePointer<Element>, rows: Range<Int>
    ) throws(HDF5Error) {
        let selection = try select(rows: rows, columns: 0..<(columns ?? 1))
        guard let memory = type.makeIdentifier(),
            H5Dwrite(handle.id, memory.id, selection.memory.id, selection.stored.id, tk_h5_default(), base) >= 0
        else { throw file.failure(.writeFailed, path, "rows \(rows) could not be written") }
    }

    private func checkType<Element: HDF5Element>(_ element: Element.Type) throws(HDF5Error) {
        guard type.holds(element) else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not \(Element.hdf5Type)")
        }
    }

    /// `withUnsafeBufferPointer` with typed throws.
    private func withBuffer<Element>(
        _ values: [Element], _ body: (UnsafeBufferPointer<Element>) throws(HDF5Error) -> Void
    ) throws(HDF5Error) {
        let result: Result<Void, HDF5Error> = values.withUnsafeBufferPointer { buffer in
            do throws(HDF5Error) {
                return .success(try body(buffer))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}
