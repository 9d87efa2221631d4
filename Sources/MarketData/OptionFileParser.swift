import CKernels

/// Like `OptionFileReader.read`, but as a push parser: append pieces, then finish.
public final class OptionFileParser {
    private let reader: OptionFileReader
    private let capacity: Int
    private var blocks: LineBlocks
    private var handle: OpaquePointer?
    private var symbols = SymbolTable()
    private var summary = ReadSummary()

    public init(reader: OptionFileReader, blockSize: Int = 1 << 20) {
        self.reader = reader
        blocks = LineBlocks(key: reader.key, blockSize: blockSize)
        // Rows have about 105 bytes; shorter ones only cause more calls.
        capacity = max(1, blockSize / 64)
    }

    deinit {
        tk_option_parser_destroy(handle)
    }

    /// Takes the next bytes of the file; whole blocks go to `body` at once.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; errors of `body`.
    public func push(_ piece: [UInt8], body: (OptionBlock, [RejectedRow]) throws -> Void) throws {
        try blocks.push(piece, begin: begin) { try parse($0, last: $1, body: body) }
    }

    /// Ends the file and passes the rest to `body`.
    /// - Throws: `MarketFileError` when the file as a whole cannot be used; errors of `body`.
    public func finish(body: (OptionBlock, [RejectedRow]) throws -> Void) throws -> ReadSummary {
        try blocks.finish(begin: begin) { try parse($0, last: $1, body: body) }
        if let handle { summary.quirks = QuoteQuirks(counters: tk_option_parser_quirks(handle)) }
        summary.symbols = symbols.count
        summary.storedBytes = blocks.storedBytes
        summary.textBytes = blocks.textBytes
        return summary
    }

    private func begin(header: CSVHeader, line: UInt32) throws {
        let positions = try header.positions(of: OptionFileReader.columns, key: reader.key).map { UInt32($0) }
        guard reader.day.rawValue >= 0, reader.day.year <= 2099 else {
            throw MarketFileError.badKey(key: reader.key, problem: "its date, \(reader.day), lies outside 1970 to 2099")
        }
        handle = tk_option_parser_create(
            UInt32(header.names.count), positions, reader.day.rawValue, line, UInt32(clamping: capacity))
        guard handle != nil else { throw MarketFileError.outOfMemory(key: reader.key) }
    }

    private func parse(
        _ bytes: UnsafeBufferPointer<UInt8>, last: Bool, body: (OptionBlock, [RejectedRow]) throws -> Void
    ) throws -> LineBlocks.Progress {
        var result = tk_parse_result()
        guard let handle, tk_options_parse(handle, bytes.baseAddress, bytes.count, last, &result) else {
            throw MarketFileError.outOfMemory(key: reader.key)
        }
        let isIdle = result.consumed == 0
        if result.rows > 0 || result.rejected > 0 {
            symbols.extend(to: tk_option_parser_symbol_count(handle)) { tk_option_parser_symbol(handle, $0, $1) }
            let rejected = RejectedRow.list(
                tk_option_parser_rejected(handle), count: result.rejected, bytes: bytes, columns: OptionFileReader.columns)
            let rows = OptionBlock(
                day: reader.day, symbols: symbols, columns: tk_option_parser_columns(handle).pointee,
                count: Int(result.rows))
            summary.rows += rows.count
            summary.count(rejected)
            try body(rows, rejected)
        }
        return LineBlocks.Progress(consumed: result.consumed, isIdle: isIdle)
    }
}

extension OptionBlock {
    /// Copies the first `count` rows of the parser's columns.
    fileprivate init(day: Day, symbols: SymbolTable, columns: tk_option_columns, count: Int) {
        func copy<Value>(_ start: UnsafeMutablePointer<Value>?) -> [Value] {
            Array(UnsafeBufferPointer(start: start, count: count))
        }
        self.day = day
        self.symbols = symbols
        symbol = copy(columns.symbol)
        kind = copy(columns.kind)
        rows = OptionRows()
        rows.line = copy(columns.line)
        rows.quoteDate = Array(repeating: day.rawValue, count: count)
        rows.root = copy(columns.root)
        rows.expiry = copy(columns.expiry)
        rows.style = copy(columns.style)
        rows.strike = copy(columns.strike)
        rows.bid = copy(columns.bid)
        rows.ask = copy(columns.ask)
        rows.bidSize = copy(columns.bid_size)
        rows.askSize = copy(columns.ask_size)
        rows.volume = copy(columns.volume)
        rows.openInterest = copy(columns.open_interest)
        rows.vendorDelta = copy(columns.delta)
        rows.vendorGamma = copy(columns.gamma)
        rows.vendorTheta = copy(columns.theta)
        rows.vendorVega = copy(columns.vega)
        rows.vendorImpliedVolatility = copy(columns.implied_volatility)
    }
}

extension RejectedRow {
    /// The parser's list, in the order of the file.
    static func list(
        _ start: UnsafePointer<tk_rejected_row>?, count: UInt32, bytes: UnsafeBufferPointer<UInt8>, columns: [String]
    ) -> [RejectedRow] {
        guard count > 0 else { return [] }
        let rows = UnsafeBufferPointer(start: start, count: Int(count)).compactMap { row -> RejectedRow? in
            guard let reason = RejectionReason(code: row.reason) else { return nil }
            let begin = Int(row.offset)
            let text = UnsafeBufferPointer(rebasing: bytes[begin..<begin + Int(row.length)])
            let field = Int(row.field)
            return RejectedRow(
                line: Int(row.line), reason: reason, column: columns.indices.contains(field) ? columns[field] : nil,
                excerpt: excerpt(of: text))
        }
        return rows.sorted { $0.line < $1.line }
    }
}

extension SymbolTable {
    /// Copies the parser's new symbols.
    mutating func extend(
        to count: UInt32, text: (UInt32, UnsafeMutablePointer<UInt32>) -> UnsafePointer<UInt8>?
    ) {
        for number in UInt32(self.count)..<max(count, UInt32(self.count)) {
            var length: UInt32 = 0
            let start = text(number, &length)
            append(String(decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self))
        }
    }
}
