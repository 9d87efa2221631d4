internal import CHDF5

extension HDF5Dataset {
    /// Adds texts at the end of a list of texts.
    /// - Throws: `.wrongType` when it does not hold texts, `.wrongShape` when a text holds a zero byte or is longer
    ///   than a `.fixedString` allows, `.writeFailed`.
    public func append(_ texts: [String]) throws(HDF5Error) {
        try checkTexts()
        guard !texts.isEmpty else { return }
        // All texts back to back, each with the zero byte that C expects, and where each begins.
        var bytes: [UInt8] = []
        var starts: [Int] = []
        let limit = type.byteCount
        for (row, text) in texts.enumerated() {
            starts.append(bytes.count)
            bytes.append(contentsOf: text.utf8)
            let length = bytes.count - starts[row]
            if let limit {
                guard length <= limit else {
                    throw HDF5Error(
                        .wrongShape, file: file.path, object: path,
                        "text \(row) has \(length) bytes, and there is room for \(limit)")
                }
                bytes.append(contentsOf: repeatElement(0, count: limit - length))
            } else {
                bytes.append(0)
            }
            guard !bytes[starts[row]..<starts[row] + length].contains(0) else {
                throw HDF5Error(
                    .wrongShape, file: file.path, object: path, "text \(row) holds a zero byte, which cannot be stored")
            }
        }
        try file.whileOpen(path) { () throws(HDF5Error) in
            let first = try extend(by: texts.count)
            let selection = try select(rows: first..<first + texts.count, columns: 0..<1)
            guard let memory = type.makeIdentifier() else { throw file.failure(.writeFailed, path, "no type") }
            let status: herr_t = bytes.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return -1 }
                guard limit == nil else {
                    return H5Dwrite(
                        handle.id, memory.id, selection.memory.id, selection.stored.id, tapedeck_h5_default(), base)
                }
                let pointers = starts.map { base + $0 }
                return H5Dwrite(
                    handle.id, memory.id, selection.memory.id, selection.stored.id, tapedeck_h5_default(), pointers)
            }
            guard status >= 0 else { throw file.failure(.writeFailed, path, "the texts could not be written") }
        }
    }

    /// Reads texts, all by default. Bytes that are not UTF-8 become U+FFFD.
    /// - Throws: `.wrongType`, `.outOfBounds`, `.tooLarge`, `.readFailed`.
    public func readTexts(rows: Range<Int>? = nil) throws(HDF5Error) -> [String] {
        try checkTexts()
        return try file.whileOpen(path) { () throws(HDF5Error) -> [String] in
            // A text of variable length costs a reference of 16 bytes in the file and a pointer here.
            let part = try checkReading(rows: rows, columns: nil, bytesPerElement: type.byteCount ?? 16)
            guard part.count > 0 else { return [] }
            let selection = try select(rows: part.rows, columns: part.columns)
            let stored = HDF5Handle(H5Dget_type(handle.id), close: { H5Tclose($0) })
            guard stored.id >= 0, let memory = type.makeIdentifier(characters: H5Tget_cset(stored.id)) else {
                throw file.failure(.readFailed, path, "its type is damaged")
            }
            if let width = type.byteCount {
                var bytes = [UInt8](repeating: 0, count: part.count * width)
                guard
                    H5Dread(
                        handle.id, memory.id, selection.memory.id, selection.stored.id, tapedeck_h5_default(), &bytes)
                        >= 0
                else { throw file.failure(.readFailed, path, "the texts could not be read; the file is damaged") }
                return (0..<part.count).map { row in
                    String(decoding: bytes[row * width..<(row + 1) * width].prefix { $0 != 0 }, as: UTF8.self)
                }
            }
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: part.count)
            let status = H5Dread(
                handle.id, memory.id, selection.memory.id, selection.stored.id, tapedeck_h5_default(), &pointers)
            let texts = status < 0 ? [] : pointers.map { $0.map { String(cString: $0) } ?? "" }
            let failure =
                status < 0
                ? file.failure(.readFailed, path, "the texts could not be read; the file is damaged") : nil
            _ = H5Dvlen_reclaim(memory.id, selection.memory.id, tapedeck_h5_default(), &pointers)
            if let failure { throw failure }
            return texts
        }
    }

    private func checkTexts() throws(HDF5Error) {
        guard type.byteCount == nil || isFixedText, columns == nil else {
            throw HDF5Error(.wrongType, file: file.path, object: path, "holds \(type), not a list of texts")
        }
    }

    private var isFixedText: Bool {
        if case .fixedString = type { true } else { false }
    }
}
