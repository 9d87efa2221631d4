/// Reads a file of daily stock bars, plain, gzip or Zstandard, in either layout of the source: a cross-section of one day
/// (`symbol,open,…`), or the history of one symbol (`trade_date,Open,…`). The key supplies the day or symbol that the rows
/// lack.
public struct StockFileReader: Sendable {
    /// The day or symbol that all rows of the file share.
    public enum Layout: Hashable, Sendable {
        /// All symbols of one day.
        case crossSection(Day)
        /// All days of one symbol.
        case history(symbol: String)
    }

    /// Names the file in errors; its ending states the expected compression.
    public var key: String
    public var layout: Layout

    public init(key: String, layout: Layout) {
        self.key = key
        self.layout = layout
    }

    /// Reads a whole file, a block of rows at a time.
    /// - Parameters:
    ///   - blockSize: bytes of text parsed at once.
    ///   - body: receives each block's rows (possibly none) and rejected lines. If it throws, reading ends.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; what `stream` and `body` throw.
    @discardableResult
    public func read(
        _ stream: some ByteStream, blockSize: Int = 1 << 20, body: (StockBlock, [RejectedRow]) throws -> Void
    ) throws -> ReadSummary {
        let parser = StockFileParser(reader: self, blockSize: blockSize)
        var stream = stream
        while let piece = try stream.next() { try parser.push(piece, body: body) }
        return try parser.finish(body: body)
    }
}
