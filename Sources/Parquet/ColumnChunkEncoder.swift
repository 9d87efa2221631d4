import CDeflate

/// An encoded column of a row group: its pages and their metadata.
struct EncodedChunk: Sendable {
    /// Bytes to write, in order. Vectors are not copied.
    enum Piece: Sendable {
        case bytes([UInt8])
        case floats([Float], Range<Int>)

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .floats(_, let range): range.count * MemoryLayout<Float>.stride
            }
        }
    }

    var pieces: [Piece] = []
    /// Of all pieces, in bytes.
    var size = 0
    /// The same before compression.
    var rawSize = 0
    /// Values with nulls; elements of lists.
    var valueCount = 0
    var nullCount = 0
    var isCompressed = true
    /// Bytes before the first data page; `nil` without a dictionary.
    var dictionarySize: Int?
    var dataPages = 0
    var statistics: ColumnStatistics?

    fileprivate mutating func append(_ piece: Piece) {
        pieces.append(piece)
        size += piece.count
    }
}

/// Encodes the values of one column in one row group: dictionary if values repeat, otherwise plain; Zstandard for all but vectors,
/// which do not compress.
///
/// Source: https://parquet.apache.org/docs/file-format/ and parquet.thrift of the parquet-format repository.
struct ColumnChunkEncoder {
    /// Approximate bytes of a page before compression.
    private static let pageBytes = 1 << 20
    /// Maximum rows of a page, so that readers can skip pages.
    private static let pageRows = 65_536
    /// Maximum bytes of a dictionary; larger ones are read more slowly than plain values.
    private static let dictionaryBytes = 1 << 20

    /// Numbers of parquet.thrift.
    private enum Encoding {
        static let plain: Int32 = 0
        static let levels: Int32 = 3
        static let dictionary: Int32 = 8
    }

    private let compressor: ZstandardCompressor
    private var chunk = EncodedChunk()

    /// - Throws: `ParquetError` without memory.
    static func encode(_ data: ParquetColumnData, _ compressor: ZstandardCompressor) throws(ParquetError) -> EncodedChunk {
        var encoder = ColumnChunkEncoder(compressor: compressor)
        try encoder.encode(data)
        return encoder.chunk
    }

    private init(compressor: ZstandardCompressor) { self.compressor = compressor }

    private mutating func encode(_ data: ParquetColumnData) throws(ParquetError) {
        chunk.nullCount = data.isNull?.count { $0 } ?? 0
        chunk.valueCount = data.values.count
        // Columns without a null have one level in all rows.
        let isNull = chunk.nullCount > 0 ? data.isNull : nil
        switch data.values {
        case .booleans(let values): try booleans(values, isNull)
        case .int32(let values): try numbers(values, isNull, bits: { UInt64(UInt32(bitPattern: $0)) }, ColumnStatistics.numbers)
        case .int64(let values): try numbers(values, isNull, bits: { UInt64(bitPattern: $0) }, ColumnStatistics.numbers)
        case .uint32(let values): try numbers(values, isNull, bits: { UInt64($0) }, ColumnStatistics.numbers)
        case .floats(let values): try numbers(values, isNull, bits: { UInt64($0.bitPattern) }, ColumnStatistics.decimals)
        case .doubles(let values): try numbers(values, isNull, bits: { $0.bitPattern }, ColumnStatistics.decimals)
        case .texts(let texts): try self.texts(texts, isNull)
        case .codes(let codes, let dictionary): try self.codes(codes, dictionary, isNull)
        case .vectors(let values, let dimension): vectors(values, dimension, isNull)
        }
    }

    // MARK: Types

    private mutating func numbers<Number: BitwiseCopyable>(
        _ values: [Number], _ isNull: [Bool]?, bits: (Number) -> UInt64, _ statistics: ([Number]) -> ColumnStatistics?
    ) throws(ParquetError) {
        let present = Self.present(values, isNull)
        chunk.statistics = statistics(present)
        let width = MemoryLayout<Number>.size
        if let dictionary = NumberDictionary(present, bits: bits, limit: min(Self.dictionaryBytes / width, present.count / 2)) {
            try dictionaryPage(
                dictionary.places.withUnsafeBufferPointer { places in Self.bytes(places.map { present[$0] }) }, count: dictionary.places.count)
            try dataPages(dictionary.codes, isNull, largest: UInt32(dictionary.places.count - 1))
            return
        }
        try dataPages(rows: values.count, isNull, bytesPerRow: width, encoding: Encoding.plain) { range in Self.bytes(present[range]) }
    }

    private mutating func booleans(_ values: [Bool], _ isNull: [Bool]?) throws(ParquetError) {
        let present = Self.present(values, isNull)
        chunk.statistics = .booleans(present)
        try dataPages(rows: values.count, isNull, bytesPerRow: 1, encoding: Encoding.plain) { range in
            var bytes = [UInt8](repeating: 0, count: (range.count + 7) / 8)
            for (place, value) in present[range].enumerated() where value { bytes[place / 8] |= 1 << UInt8(place % 8) }
            return bytes
        }
    }

    private mutating func texts(_ texts: ParquetTexts, _ isNull: [Bool]?) throws(ParquetError) {
        let rows = (0..<texts.count).filter { isNull?[$0] != true }
        chunk.statistics = .texts(rows.lazy.map { texts.bytes[texts.range($0)] })
        let bytesPerRow = 4 + texts.bytes.count / max(1, texts.count)
        try dataPages(rows: texts.count, isNull, bytesPerRow: bytesPerRow, encoding: Encoding.plain) { range in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(range.count * bytesPerRow * 5 / 4)
            for row in rows[range] {
                let place = texts.range(row)
                bytes.appendLittleEndian(UInt32(place.count))
                bytes += texts.bytes[place]
            }
            return bytes
        }
    }

    private mutating func codes(_ codes: [UInt32], _ dictionary: [String], _ isNull: [Bool]?) throws(ParquetError) {
        let present = Self.present(codes, isNull)
        // Only the entries that these rows use, in their order.
        var places = [UInt32](repeating: 0, count: dictionary.count)
        for code in present { places[Int(code)] = 1 }
        var used: [Int] = []
        var size = 0
        for code in places.indices where places[code] == 1 {
            places[code] = UInt32(used.count)
            used.append(code)
            size += 4 + dictionary[code].utf8.count
        }
        guard size <= Self.dictionaryBytes, used.count <= max(1, present.count / 2) else {
            return try texts(ParquetTexts(codes.enumerated().map { isNull?[$0] == true ? "" : dictionary[Int($1)] }), isNull)
        }
        let entries = used.map { Array(dictionary[$0].utf8) }
        chunk.statistics = .texts(entries.map { $0[...] })
        guard !entries.isEmpty else {
            return try dataPages(rows: codes.count, isNull, bytesPerRow: 1, encoding: Encoding.plain) { _ in [] }
        }
        var bytes: [UInt8] = []
        for entry in entries {
            bytes.appendLittleEndian(UInt32(entry.count))
            bytes += entry
        }
        try dictionaryPage(bytes, count: entries.count)
        try dataPages(present.map { places[Int($0)] }, isNull, largest: UInt32(entries.count - 1))
    }

    private mutating func vectors(_ values: [Float], _ dimension: Int, _ isNull: [Bool]?) {
        chunk.isCompressed = false
        let rows = values.count / dimension
        chunk.valueCount = 0
        let step = max(1, Self.pageBytes / (dimension * MemoryLayout<Float>.stride))
        for start in stride(from: 0, to: rows, by: step) {
            let range = start..<min(start + step, rows)
            // An element begins a list where its repetition level is 0. A null list has one entry, with level 0.
            var (repetition, definition): ([UInt8], [UInt8]) = ([], [])
            var pieces: [EncodedChunk.Piece] = []
            var entries = 0
            for row in range {
                HybridEncoding.appendRun(of: 0, count: 1, width: 1, to: &repetition)
                if isNull?[row] == true {
                    HybridEncoding.appendRun(of: 0, count: 1, width: 2, to: &definition)
                    entries += 1
                    continue
                }
                HybridEncoding.appendRun(of: 1, count: dimension - 1, width: 1, to: &repetition)
                entries += dimension
                guard isNull != nil else { continue }
                HybridEncoding.appendRun(of: 3, count: dimension, width: 2, to: &definition)
                pieces.append(.floats(values, row * dimension..<(row + 1) * dimension))
            }
            if isNull == nil {
                HybridEncoding.appendRun(of: 3, count: entries, width: 2, to: &definition)
                pieces = [.floats(values, range.lowerBound * dimension..<range.upperBound * dimension)]
            }
            chunk.valueCount += entries
            let levels = Self.levels(repetition) + Self.levels(definition)
            let size = levels.count + pieces.reduce(0) { $0 + $1.count }
            var checksum = libdeflate_crc32(0, levels, levels.count)
            for case .floats(let values, let range) in pieces {
                values[range].withUnsafeBytes { checksum = libdeflate_crc32(checksum, $0.baseAddress, $0.count) }
            }
            header(type: 0, rawSize: size, size: size, checksum: checksum) { $0.dataPage(count: entries, encoding: Encoding.plain) }
            chunk.append(.bytes(levels))
            for piece in pieces { chunk.append(piece) }
            chunk.rawSize += size
            chunk.dataPages += 1
        }
    }

    // MARK: Pages

    /// Pages of positions in the dictionary.
    private mutating func dataPages(_ codes: [UInt32], _ isNull: [Bool]?, largest: UInt32) throws(ParquetError) {
        let width = max(1, HybridEncoding.width(largest: largest))
        let rows = isNull?.count ?? codes.count
        try dataPages(rows: rows, isNull, bytesPerRow: (width + 7) / 8, encoding: Encoding.dictionary) { range in
            [UInt8(width)] + HybridEncoding.encode(codes[range], width: width)
        }
    }

    /// - Parameter encode: encodes a range of the values that are not null.
    private mutating func dataPages(
        rows: Int, _ isNull: [Bool]?, bytesPerRow: Int, encoding: Int32, _ encode: (Range<Int>) -> [UInt8]
    ) throws(ParquetError) {
        let step = min(Self.pageRows, max(1, Self.pageBytes / bytesPerRow))
        var present = 0
        for start in stride(from: 0, to: rows, by: step) {
            let range = start..<min(start + step, rows)
            var levels: [UInt8] = []
            var count = range.count
            if let isNull {
                levels = HybridEncoding.encode(isNull[range].map { $0 ? 0 : 1 }, width: 1)
                count = isNull[range].count { !$0 }
            } else {
                HybridEncoding.appendRun(of: 1, count: range.count, width: 1, to: &levels)
            }
            try page(type: 0, Self.levels(levels) + encode(present..<present + count)) { $0.dataPage(count: range.count, encoding: encoding) }
            present += count
            chunk.dataPages += 1
        }
    }

    private mutating func dictionaryPage(_ bytes: [UInt8], count: Int) throws(ParquetError) {
        try page(type: 2, bytes) { header in
            header.field(7) {
                $0.field(1, Int32(count))
                $0.field(2, Encoding.plain)
            }
        }
        chunk.dictionarySize = chunk.size
    }

    private mutating func page(type: Int32, _ raw: [UInt8], _ describe: (inout ThriftCompactWriter) -> Void) throws(ParquetError) {
        let stored = try compressor.compress(raw)
        header(type: type, rawSize: raw.count, size: stored.count, checksum: libdeflate_crc32(0, stored, stored.count), describe)
        chunk.append(.bytes(stored))
        chunk.rawSize += raw.count
    }

    private mutating func header(
        type: Int32, rawSize: Int, size: Int, checksum: UInt32, _ describe: (inout ThriftCompactWriter) -> Void
    ) {
        var header = ThriftCompactWriter()
        header.field(1, type)
        header.field(2, Int32(rawSize))
        header.field(3, Int32(size))
        header.field(4, Int32(bitPattern: checksum))
        describe(&header)
        header.stop()
        chunk.append(.bytes(header.bytes))
        chunk.rawSize += header.bytes.count
    }

    /// Levels in the form of data pages, preceded by their length.
    private static func levels(_ encoded: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(UInt32(encoded.count))
        return bytes + encoded
    }

    private static func present<Value>(_ values: [Value], _ isNull: [Bool]?) -> [Value] {
        guard let isNull else { return values }
        return zip(values, isNull).compactMap { $1 ? nil : $0 }
    }

    // The processors that Tapedeck runs on are little-endian, as the format is.
    private static func bytes<Value: BitwiseCopyable>(_ values: some Collection<Value>) -> [UInt8] {
        values.withContiguousStorageIfAvailable { Array(UnsafeRawBufferPointer($0)) } ?? Array(values).withUnsafeBytes { Array($0) }
    }
}

extension ThriftCompactWriter {
    /// The header of a data page of the first version, which all readers know.
    fileprivate mutating func dataPage(count: Int, encoding: Int32) {
        field(5) {
            $0.field(1, Int32(count))
            $0.field(2, encoding)
            $0.field(3, Int32(3))
            $0.field(4, Int32(3))
        }
    }
}

/// The distinct numbers of a column, in the order in which they appear.
private struct NumberDictionary {
    /// First position of each distinct number.
    var places: [Int] = []
    /// By value, the position of its number in `places`.
    var codes: [UInt32] = []

    /// - Parameter limit: maximum number of distinct numbers.
    /// - Returns: `nil` if there are more, or no numbers.
    init?<Number>(_ values: [Number], bits: (Number) -> UInt64, limit: Int) {
        guard limit > 0 else { return nil }
        // Open addressing, at most half full.
        let slots = 1 << (Int.bitWidth - (2 * limit - 1).leadingZeroBitCount)
        var table = [Int32](repeating: -1, count: slots)
        var keys: [UInt64] = []
        codes.reserveCapacity(values.count)
        for (place, value) in values.enumerated() {
            let key = bits(value)
            // Fibonacci hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
            var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots - 1)
            while table[slot] >= 0, keys[Int(table[slot])] != key { slot = (slot + 1) & (slots - 1) }
            if table[slot] < 0 {
                guard keys.count < limit else { return nil }
                table[slot] = Int32(keys.count)
                keys.append(key)
                places.append(place)
            }
            codes.append(UInt32(table[slot]))
        }
    }
}
