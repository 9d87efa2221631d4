import CKernels

/// Like `StockFileReader.read`, but as a push parser: append pieces, then finish.
public final class StockFileParser {
    /// Names of the parser's fields (`TK_BAR_…`), in its order.
    private static let columns = ["symbol", "trade_date", "open", "high", "low", "close", "volume", "adjust_close"]

    private let reader: StockFileReader
    private let capacity: Int
    private var blocks: LineBlocks
    private var handle: OpaquePointer?
    private var symbols = SymbolTable()
    private var summary = ReadSummary()

    public init(reader: StockFileReader, blockSize: Int = 1 << 20) {
        self.reader = reader
        blocks = LineBlocks(key: reader.key, blockSize: blockSize)
        capacity = max(1, blockSize / 32)
    }

    deinit {
        tk_bar_parser_destroy(handle)
    }

    /// Takes the next bytes of the file; whole blocks go to `body` at once.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; errors of `body`.
    public func push(_ piece: [UInt8], body: (StockBlock, [RejectedRow]) throws -> Void) throws {
        try blocks.push(piece, begin: begin) { try parse($0, last: $1, body: body) }
    }

    /// Ends the file and passes the rest to `body`.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; errors of `body`.
    public func finish(body: (StockBlock, [RejectedRow]) throws -> Void) throws -> ReadSummary {
        try blocks.finish(begin: begin) { try parse($0, last: $1, body: body) }
        summary.symbols = symbols.count
        summary.storedBytes = blocks.storedBytes
        summary.textBytes = blocks.textBytes
        return summary
    }

    private func begin(header: CSVHeader, line: UInt32) throws {
        let key = reader.key
        let own: String
        var symbol: [UInt8] = []
        var day: Int32 = 0
        switch reader.layout {
        case .crossSection(let date):
            own = "symbol"
            day = date.rawValue
        case .history(let ticker):
            own = "trade_date"
            symbol = Array(ticker.utf8)
            guard (1...Int(TK_SYMBOL_LIMIT)).contains(symbol.count), symbol.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                !symbol.contains(UInt8(ascii: ",")), !symbol.contains(UInt8(ascii: "\""))
            else { throw MarketFileError.badKey(key: key, problem: "\"\(ticker)\" is not a ticker") }
        }
        let required = [own, "open", "high", "low", "close", "volume"]
        let found = try header.positions(of: required, key: key)
        var positions = [Int32](repeating: -1, count: Self.columns.count)
        for (name, position) in zip(required, found) {
            if let field = Self.columns.firstIndex(of: name) { positions[field] = Int32(position) }
        }
        positions[Int(TK_BAR_ADJUSTED_CLOSE)] = Int32(try header.position(of: "adjust_close", key: key) ?? -1)
        handle = tk_bar_parser_create(
            UInt32(header.names.count), positions, symbol, UInt32(symbol.count), day, line, UInt32(clamping: capacity))
        guard handle != nil else { throw MarketFileError.outOfMemory(key: key) }
    }

    private func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, last: Bool, body: (StockBlock, [RejectedRow]) throws -> Void
    ) throws -> LineBlocks.Progress {
        var result = tk_parse_result()
        guard let handle, tk_bars_parse(handle, bytes.baseAddress, bytes.count, last, &result) else {
            throw MarketFileError.outOfMemory(key: reader.key)
        }
        if result.rows > 0 || result.rejected > 0 {
            symbols.extend(to: tk_bar_parser_symbol_count(handle)) { tk_bar_parser_symbol(handle, $0, $1) }
            let rejected = RejectedRow.list(
                tk_bar_parser_rejected(handle), count: result.rejected, bytes: bytes, columns: Self.columns)
            let rows = StockBlock(
                symbols: symbols, columns: tk_bar_parser_columns(handle).pointee, count: Int(result.rows))
            summary.rows += rows.count
            summary.count(rejected)
            try body(rows, rejected)
        }
        return LineBlocks.Progress(consumed: result.consumed, isIdle: result.consumed == 0)
    }
}

extension StockBlock {
    /// Copies the first `count` rows of the parser's columns.
    fileprivate init(symbols: SymbolTable, columns: tk_bar_columns, count: Int) {
        func copy<Value>(_ start: UnsafeMutablePointer<Value>?) -> [Value] {
            Array(UnsafeBufferPointer(start: start, count: count))
        }
        self.symbols = symbols
        symbol = copy(columns.symbol)
        rows = StockRows()
        rows.line = copy(columns.line)
        rows.quoteDate = copy(columns.day)
        rows.open = copy(columns.open)
        rows.high = copy(columns.high)
        rows.low = copy(columns.low)
        rows.close = copy(columns.close)
        rows.volume = copy(columns.volume).map { $0.isNaN ? -1 : Int64(min($0, 0x1p62)) }
        rows.adjustedClose = copy(columns.adjusted_close)
    }
}
