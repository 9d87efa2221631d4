/// The layout of a FAISS index file, found by parsing it and checking every size against the file's length. The format is what
/// libfaiss 1.7.3 writes (`faiss/impl/index_write.cpp`) and later versions still do: all numbers little-endian, nothing
/// aligned.
///
/// Read are indices by inner product of these kinds, by their four-letter codes: `IxFI` (exact), `IxMp` and `IxM2` (exact
/// with ids), `IwFl` (lists of vectors) and `IwSq` with 8 bits a component (lists of codes) around centroids in an `IxFI`.
package struct FaissFile: Sendable {
    /// How vectors are kept.
    package enum Content: Sendable {
        /// Float32 vectors at `vectors`, and ids at `ids` unless the ids are the positions.
        case flat(vectors: Int, ids: Int?)
        /// Lists around centroids.
        case lists(Lists)
    }

    /// Lists of vectors around centroids.
    package struct Lists: Sendable {
        /// Default number of lists that a search visits.
        package var probes: Int
        /// Offset of the centroids: one float32 vector per list.
        package var centroids: Int
        /// Offsets of each list's vectors or codes, and of its ids.
        package var lists: [List]
        /// Nil for float32 vectors.
        package var quantiser: Quantiser?
    }

    /// A list: `count` codes from `codes`, then as many ids of 64 bits.
    package struct List: Sendable {
        package var codes: Int
        package var ids: Int
        package var count: Int
    }

    /// Component j of a vector is `lowest[j] + (code[j] + 0.5) / 255 * range[j]`, plus the centroid's if `isResidual`.
    package struct Quantiser: Sendable {
        package var lowest: [Float]
        package var range: [Float]
        package var isResidual: Bool
    }

    package let dimensions: Int
    package let count: Int
    package let content: Content

    /// Parses a file.
    /// - Parameter file: its path, for errors.
    /// - Throws: `.unsupported`, naming the kind, for other kinds; `.damaged` for an inconsistent file.
    package init(_ bytes: UnsafeRawBufferPointer, file: String) throws(IndexError) {
        var reader = FaissReader(bytes: bytes, file: file)
        let code = try reader.code("the kind of index")
        let header: Header
        switch code {
        case "IxFI":
            header = try Header(&reader)
            content = .flat(vectors: try Self.vectors(&reader, header, "the vectors"), ids: nil)
        case "IxMp", "IxM2":
            header = try Header(&reader)
            let inner = try reader.code("the kind of index within the id map")
            guard inner == "IxFI" else {
                throw reader.unsupported("an id map over an index of kind '\(inner)'")
            }
            let innerHeader = try Header(&reader)
            guard innerHeader == header else { throw reader.damaged("the id map and the index within differ in size") }
            let vectors = try Self.vectors(&reader, header, "the vectors")
            let idCount = try reader.count("the number of ids")
            guard idCount == header.count else {
                throw reader.damaged("there are \(idCount) ids for \(header.count) vectors")
            }
            content = .flat(vectors: vectors, ids: try reader.skip(idCount, of: 8, "the ids"))
        case "IwFl", "IwSq":
            header = try Header(&reader)
            content = .lists(try Self.lists(&reader, header, isQuantised: code == "IwSq"))
        case "IxF2":
            throw reader.unsupported("an index by Euclidean distance (IxF2), not by inner product")
        default:
            throw reader.unsupported(
                FaissReader.looksLikeCode(code) ? "a FAISS index of kind '\(code)'" : "no FAISS index at all")
        }
        dimensions = header.dimensions
        count = header.count
        guard reader.position == bytes.count else {
            throw reader.damaged("\(bytes.count - reader.position) bytes follow the end of the index")
        }
    }

    /// What every index begins with.
    private struct Header: Equatable {
        let dimensions: Int
        let count: Int

        init(_ reader: inout FaissReader) throws(IndexError) {
            let dimensions = Int(try reader.number(Int32.self, "the number of dimensions"))
            guard (1...65_536).contains(dimensions) else { throw reader.damaged("\(dimensions) dimensions") }
            count = try reader.count("the number of vectors")
            self.dimensions = dimensions
            // Two numbers that FAISS no longer uses.
            _ = try reader.skip(2, of: 8, "the header")
            guard try reader.number(UInt8.self, "whether it is trained") == 1 else {
                throw reader.unsupported("an index that was not trained")
            }
            let metric = try reader.number(Int32.self, "the metric")
            guard metric == 0 else {
                throw reader.unsupported(
                    metric == 1 ? "an index by Euclidean distance, not by inner product" : "an index of metric \(metric)")
            }
        }
    }

    private static func vectors(
        _ reader: inout FaissReader, _ header: Header, _ what: String
    ) throws(IndexError) -> Int {
        let numbers = try reader.count("the size of \(what)")
        let (expected, overflow) = header.count.multipliedReportingOverflow(by: header.dimensions)
        guard !overflow, numbers == expected else {
            throw reader.damaged("\(what) are \(numbers) numbers, not \(header.count) x \(header.dimensions)")
        }
        return try reader.skip(numbers, of: 4, what)
    }

    private static func lists(
        _ reader: inout FaissReader, _ header: Header, isQuantised: Bool
    ) throws(IndexError) -> Lists {
        let listCount = try reader.count("the number of lists")
        let probes = try reader.count("the number of lists to visit")
        let kind = try reader.code("the kind of the centroids' index")
        guard kind == "IxFI" else { throw reader.unsupported("lists around centroids in an index of kind '\(kind)'") }
        let centroidHeader = try Header(&reader)
        guard centroidHeader.dimensions == header.dimensions, centroidHeader.count == listCount, listCount > 0 else {
            throw reader.damaged(
                "there are \(centroidHeader.count) centroids of \(centroidHeader.dimensions) dimensions for "
                    + "\(listCount) lists of \(header.dimensions)")
        }
        let centroids = try vectors(&reader, centroidHeader, "the centroids")
        try skipDirectMap(&reader)

        var quantiser: Quantiser?
        var codeBytes = header.dimensions * 4
        if isQuantised {
            quantiser = try self.quantiser(&reader, header)
            codeBytes = header.dimensions
            let stored = try reader.count("the size of a code")
            guard stored == codeBytes else { throw reader.damaged("codes of \(stored) bytes, not \(codeBytes)") }
            quantiser?.isResidual = try reader.number(UInt8.self, "whether codes are residuals") != 0
        }
        return Lists(
            probes: max(1, min(probes, listCount)), centroids: centroids,
            lists: try invertedLists(&reader, header, listCount: listCount, codeBytes: codeBytes), quantiser: quantiser)
    }

    /// A map from ids to positions, which search does not need.
    private static func skipDirectMap(_ reader: inout FaissReader) throws(IndexError) {
        let kind = try reader.number(UInt8.self, "the kind of the direct map")
        guard kind <= 2 else { throw reader.damaged("a direct map of kind \(kind)") }
        let entries = try reader.count("the size of the direct map")
        _ = try reader.skip(entries, of: 8, "the direct map")
        if kind == 2 {
            let pairs = try reader.count("the size of the direct map")
            _ = try reader.skip(pairs, of: 16, "the direct map")
        }
    }

    private static func quantiser(_ reader: inout FaissReader, _ header: Header) throws(IndexError) -> Quantiser {
        let kind = try reader.number(Int32.self, "the kind of scalar quantiser")
        guard kind == 0 else { throw reader.unsupported("a scalar quantiser of kind \(kind); 8 bits a component are read") }
        // How the range was found, which no longer matters.
        _ = try reader.skip(2, of: 4, "the scalar quantiser")
        let dimensions = try reader.count("the quantiser's dimensions")
        let bytes = try reader.count("the quantiser's code size")
        let trained = try reader.count("the size of the quantiser's ranges")
        guard dimensions == header.dimensions, bytes == dimensions, trained == 2 * dimensions else {
            throw reader.damaged(
                "a quantiser of \(dimensions) dimensions, \(bytes) bytes and \(trained) ranges for vectors of "
                    + "\(header.dimensions)")
        }
        let lowest = try reader.floats(dimensions, "the quantiser's ranges")
        let range = try reader.floats(dimensions, "the quantiser's ranges")
        guard (lowest + range).allSatisfy({ $0.isFinite }) else {
            throw reader.damaged("the quantiser's ranges are not finite")
        }
        return Quantiser(lowest: lowest, range: range, isResidual: false)
    }

    private static func invertedLists(
        _ reader: inout FaissReader, _ header: Header, listCount: Int, codeBytes: Int
    ) throws(IndexError) -> [List] {
        let kind = try reader.code("the kind of lists")
        guard kind == "ilar" else { throw reader.unsupported("lists of kind '\(kind)'; plain ones (ilar) are read") }
        let stored = try reader.count("the number of lists")
        let storedBytes = try reader.count("the size of a code")
        guard stored == listCount, storedBytes == codeBytes else {
            throw reader.damaged(
                "\(stored) lists of codes of \(storedBytes) bytes, not \(listCount) of \(codeBytes)")
        }
        // Bounded by the centroids, which were found in the file.
        var sizes = [Int](repeating: 0, count: listCount)
        let form = try reader.code("the form of the lists' sizes")
        let numbers = try reader.count("the lists' sizes")
        switch form {
        case "full":
            guard numbers == listCount else { throw reader.damaged("\(numbers) sizes for \(listCount) lists") }
            for list in 0..<listCount { sizes[list] = try reader.count("the size of list \(list)") }
        case "sprs":
            guard numbers.isMultiple(of: 2), numbers / 2 <= listCount else {
                throw reader.damaged("\(numbers) numbers for the sizes of \(listCount) lists")
            }
            var previous = -1
            for _ in 0..<numbers / 2 {
                let list = try reader.count("the number of a list")
                guard list > previous, list < listCount else { throw reader.damaged("list \(list) of \(listCount)") }
                sizes[list] = try reader.count("the size of list \(list)")
                previous = list
            }
        default: throw reader.unsupported("sizes of lists in the form '\(form)'")
        }
        var lists: [List] = []
        lists.reserveCapacity(listCount)
        var total = 0
        for (list, size) in sizes.enumerated() {
            let codes = try reader.skip(size, of: codeBytes, "the codes of list \(list)")
            let ids = try reader.skip(size, of: 8, "the ids of list \(list)")
            lists.append(List(codes: codes, ids: ids, count: size))
            total += size
        }
        guard total == header.count else {
            throw reader.damaged("the lists hold \(total) vectors, not \(header.count)")
        }
        return lists
    }
}
