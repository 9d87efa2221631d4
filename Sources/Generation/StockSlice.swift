import Base
import MarketData
import ObjectStore

/// Some rows of a stock file, kept on disk.
struct StockSlice: Sendable {
    private let scratch: ScratchFile
    private let names: [String]
    private let symbol: ScratchFile.Place
    /// One per column of `StockRows`; columns that no file has are empty.
    private let columns: [ScratchFile.Place]
    private let content: ContentDigest

    /// - Parameter chosen: indices of the rows in the file, ascending.
    init(_ rows: StockBlock, _ chosen: [Int], in scratch: ScratchFile) throws(FileError) {
        self.scratch = scratch
        // Symbol numbers refer to the names, in the order of their first rows.
        var numbers: [UInt32: UInt32] = [:]
        var names: [String] = []
        let symbols = chosen.map { row in
            let symbol = rows.symbol[row]
            if let number = numbers[symbol] { return number }
            let number = UInt32(names.count)
            numbers[symbol] = number
            names.append(rows.symbols[symbol])
            return number
        }
        var content = ContentDigest()
        for name in names { content.update(Array((name + "\n").utf8)) }
        func keep<Value: BitwiseCopyable>(_ values: [Value]) throws(FileError) -> ScratchFile.Place {
            values.withUnsafeBytes { content.update($0) }
            return try scratch.append(values)
        }
        symbol = try keep(symbols)
        let order = chosen.map(UInt32.init)
        let kept = rows.rows.reordered(order)
        var columns: [ScratchFile.Place] = []
        for column in StockRows.columns {
            switch column.values {
            case .uint8(let path): columns.append(try keep(kept[keyPath: path]))
            case .uint32(let path): columns.append(try keep(kept[keyPath: path]))
            case .uint64(let path): columns.append(try keep(kept[keyPath: path]))
            case .int32(let path): columns.append(try keep(kept[keyPath: path]))
            case .int64(let path): columns.append(try keep(kept[keyPath: path]))
            case .float(let path): columns.append(try keep(kept[keyPath: path]))
            }
        }
        self.columns = columns
        self.names = names
        self.content = content
    }

    var rowCount: Int { symbol.count }

    /// Digest of the rows and of the refused rows beside them.
    func digest(refused: [RejectedRow]) -> String {
        var digest = content
        for row in refused { digest.update(Array("\(row.line) \(row.reason.rawValue);".utf8)) }
        return digest.finish()
    }

    func rows() throws(FileError) -> StockBlock {
        var rows = StockRows()
        for (column, place) in zip(StockRows.columns, columns) {
            switch column.values {
            case .uint8(let path): rows[keyPath: path] = try scratch.read(place)
            case .uint32(let path): rows[keyPath: path] = try scratch.read(place)
            case .uint64(let path): rows[keyPath: path] = try scratch.read(place)
            case .int32(let path): rows[keyPath: path] = try scratch.read(place)
            case .int64(let path): rows[keyPath: path] = try scratch.read(place)
            case .float(let path): rows[keyPath: path] = try scratch.read(place)
            }
        }
        return StockBlock(symbols: SymbolTable(names: names), symbol: try scratch.read(symbol), rows: rows)
    }
}
