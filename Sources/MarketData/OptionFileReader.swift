/// Reads a file of option quotes: 18 columns by name, plain, gzip or Zstandard.
///
/// Unusable lines are passed on as `RejectedRow`s, in the order of the file, and reading continues. Memory is bounded by the
/// block size, plus 8 bytes for each distinct contract (22 at most in a file without order): duplicates are found by their
/// keys.
public struct OptionFileReader: Sendable {
    /// The required columns, in their usual order.
    public static let columns = [
        "contract", "underlying", "expiration", "type", "strike", "style", "bid", "bid_size", "ask", "ask_size", "volume",
        "open_interest", "quote_date", "delta", "gamma", "theta", "vega", "implied_volatility",
    ]

    /// Names the file in errors; its ending states the expected compression.
    public var key: String
    /// The session of the file. A row of another quote date is rejected.
    public var day: Day

    public init(key: String, day: Day) {
        self.key = key
        self.day = day
    }

    /// Reads a whole file, a block of rows at a time.
    /// - Parameters:
    ///   - blockSize: bytes of text parsed at once.
    ///   - body: receives each block's rows (possibly none) and rejected lines. If it throws, reading ends.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; what `stream` and `body` throw.
    @discardableResult
    public func read(
        _ stream: some ByteStream, blockSize: Int = 1 << 20, body: (OptionBlock, [RejectedRow]) throws -> Void
    ) throws -> ReadSummary {
        let parser = OptionFileParser(reader: self, blockSize: blockSize)
        var stream = stream
        while let piece = try stream.next() { try parser.push(piece, body: body) }
        return try parser.finish(body: body)
    }
}
