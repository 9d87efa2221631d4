extension OptionFileReader {
    /// The quote date of a file's first row, for files whose name does not contain it.
    /// - Returns: `nil` when no row has a date.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; what `stream` throws.
    public static func quoteDate(key: String, _ stream: some ByteStream) throws -> Day? {
        var blocks = LineBlocks(key: key, blockSize: 1 << 16)
        var position = 0
        var found: Day?
        func begin(header: CSVHeader, line: UInt32) throws { position = try header.positions(of: ["quote_date"], key: key)[0] }
        func parse(_ bytes: UnsafeBufferPointer<UInt8>, last: Bool) -> LineBlocks.Progress {
            let end = last ? bytes.count : (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            for line in bytes[..<end].split(separator: UInt8(ascii: "\n")) where found == nil {
                let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                guard position < cells.count else { continue }
                found = Day(iso: String(decoding: cells[position].filter { $0 != UInt8(ascii: "\"") && $0 > UInt8(ascii: " ") }, as: UTF8.self))
            }
            return LineBlocks.Progress(consumed: end, isIdle: true)
        }
        var stream = stream
        while found == nil, let piece = try stream.next() { try blocks.push(piece, begin: begin, parse: parse) }
        if found == nil { try blocks.finish(begin: begin, parse: parse) }
        return found
    }
}
