import CHDF5

extension HDF5Dataset {
    /// Appends texts to a list of texts.
    /// - Throws: `.wrongType` when the dataset does not hold texts, `.wrongShape` when a text contains a zero byte or
    ///   exceeds the fixed length, `.writeFailed`.
    public func append(_ texts: [String]) throws(HDF5Error) {
        guard case .text(let room) = type, columns == nil else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not a list of texts that can grow")
        }
        guard !texts.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(texts.count * room)
        for (row, text) in texts.enumerated() {
            let length = text.utf8.count
            guard length <= room else {
                throw HDF5Error(
                    .wrongShape, file: file.path, object: path,
                    "text \(row) has \(length) bytes, and there is room for \(room)")
            }
            guard !text.utf8.contains(0) else {
                throw HDF5Error(
                    .wrongShape, file: file.path, object: path, "text \(row) holds a zero byte, which cannot be stored")
            }
            bytes.append(contentsOf: text.utf8)
            bytes.append(contentsOf: repeatElement(0, count: room - length))
        }
        try file.whileOpen(path) { () throws(HDF5Error) in
            let first = try extend(by: texts.count)
            let selection = try select(rows: first..<first + texts.count, columns: 0..<1)
            guard let memory = type.makeIdentifier(),
                H5Dwrite(
                    handle.id, memory.id, selection.memory.id, selection.stored.id, tk_h5_default(), bytes) >= 0
            else { throw file.failure(.writeFailed, path, "the texts could not be written") }
        }
    }

    /// Reads texts; by default all. Bytes that are not UTF-8 become U+FFFD.
    /// - Throws: `.wrongType`, `.notTrusted`, `.outOfBounds`, `.tooLarge`, `.readFailed`.
    public func readTexts(rows: Range<Int>? = nil) throws(HDF5Error) -> [String] {
        guard type.isText, columns == nil else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not a list of texts")
        }
        try file.requireTrust(for: type, path)
        return try file.whileOpen(path) { () throws(HDF5Error) -> [String] in
            // A variable-length text takes a 16-byte reference in the file and a pointer in memory.
            let part = try checkReading(rows: rows, columns: nil, bytesPerElement: type.byteCount ?? 16)
            guard part.count > 0 else { return [] }
            let selection = try select(rows: part.rows, columns: part.columns)
            let stored = HDF5Handle(H5Dget_type(handle.id), close: { H5Tclose($0) })
            guard stored.id >= 0, let memory = type.makeIdentifier(characters: H5Tget_cset(stored.id)) else {
                throw file.failure(.readFailed, path, "its type is damaged")
            }
            if let width = type.byteCount {
                let bytes = try read(part.count * width, selection, memory)
                return (0..<part.count).map { row in
                    String(decoding: bytes[row * width..<(row + 1) * width].prefix { $0 != 0 }, as: UTF8.self)
                }
            }
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: part.count)
            let status = H5Dread(
                handle.id, memory.id, selection.memory.id, selection.stored.id, tk_h5_default(), &pointers)
            let texts = status < 0 ? [] : pointers.map { $0.map { String(cString: $0) } ?? "" }
            let failure = status < 0 ? readFailure("the texts could not be read") : nil
            _ = H5Dvlen_reclaim(memory.id, selection.memory.id, tk_h5_default(), &pointers)
            if let failure { throw failure }
            return texts
        }
    }
}

extension HDF5Dataset {
    /// Reads fixed-length texts as stored, for parsers: `width` bytes each, padded with zeros.
    /// - Throws: `.wrongType`, `.outOfBounds`, `.tooLarge`, `.readFailed`.
    public func readTextBytes(rows: Range<Int>? = nil) throws(HDF5Error) -> (bytes: [UInt8], width: Int) {
        guard case .text(let width) = type, columns == nil else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not a list of texts of a fixed length")
        }
        return try file.whileOpen(path) { () throws(HDF5Error) -> (bytes: [UInt8], width: Int) in
            let part = try checkReading(rows: rows, columns: nil, bytesPerElement: width)
            guard part.count > 0 else { return ([], width) }
            let selection = try select(rows: part.rows, columns: part.columns)
            let stored = HDF5Handle(H5Dget_type(handle.id), close: { H5Tclose($0) })
            guard stored.id >= 0, let memory = type.makeIdentifier(characters: H5Tget_cset(stored.id)) else {
                throw file.failure(.readFailed, path, "its type is damaged")
            }
            return (try read(part.count * width, selection, memory), width)
        }
    }

    private func read(_ byteCount: Int, _ selection: Selection, _ memory: HDF5Handle) throws(HDF5Error) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard
            H5Dread(handle.id, memory.id, selection.memory.id, selection.stored.id, tk_h5_default(), &bytes) >= 0
        else { throw readFailure("the texts could not be read") }
        return bytes
    }
}

extension HDF5Type {
    /// Whether the elements are texts of fixed or variable length.
    fileprivate var isText: Bool {
        switch self {
        case .text, .variableText: true
        default: false
        }
    }
}

extension HDF5Group {
    /// Creates a list of texts, with a fixed length that fits the longest of them.
    /// - Parameters: as for `createDataset`; texts must not contain zero bytes.
    /// - Returns: the dataset. Longer texts cannot be appended.
    /// - Throws: as `createDataset` and `append`.
    @discardableResult
    public func createTexts(
        _ name: String, _ texts: [String], storage: HDF5Storage = HDF5Storage()
    ) throws(HDF5Error) -> HDF5Dataset {
        // The library has no strings of length 0.
        let room = max(1, texts.reduce(0) { max($0, $1.utf8.count) })
        let dataset = try createDataset(name, type: .text(bytes: room), storage: storage)
        try dataset.append(texts)
        return dataset
    }
}
