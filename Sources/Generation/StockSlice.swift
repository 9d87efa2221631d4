internal import Base
import MarketData
import ObjectStore

/// Some rows of a stock file, put aside on the disk.
struct StockSlice: Sendable {
    private let scratch: ScratchFile
    private let names: [String]
    private let symbol: ScratchFile.Place
    private let day: ScratchFile.Place
    private let open: ScratchFile.Place
    private let high: ScratchFile.Place
    private let low: ScratchFile.Place
    private let close: ScratchFile.Place
    private let volume: ScratchFile.Place
    private let adjustedClose: ScratchFile.Place
    private let line: ScratchFile.Place
    private let content: ContentDigest

    /// - Parameter chosen: places of the rows in the file, ascending.
    init(_ rows: StockRows, _ chosen: [Int], in scratch: ScratchFile) throws(FileError) {
        self.scratch = scratch
        // Numbers of symbols mean something only beside the names, in the order of their first rows.
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
        line = try keep(chosen.map { rows.line[$0] })
        day = try keep(chosen.map { rows.day[$0] })
        open = try keep(chosen.map { rows.open[$0] })
        high = try keep(chosen.map { rows.high[$0] })
        low = try keep(chosen.map { rows.low[$0] })
        close = try keep(chosen.map { rows.close[$0] })
        volume = try keep(chosen.map { rows.volume[$0] })
        adjustedClose = try keep(chosen.map { rows.adjustedClose[$0] })
        self.names = names
        self.content = content
    }

    /// The digest of the rows, and of the refused ones beside them.
    func digest(refused: [RejectedRow]) -> String {
        var digest = content
        for row in refused { digest.update(Array("\(row.line) \(row.reason.rawValue);".utf8)) }
        return digest.finish()
    }

    func rows() throws(FileError) -> StockRows {
        StockRows(
            symbols: SymbolTable(names: names), symbol: try scratch.read(symbol), day: try scratch.read(day),
            open: try scratch.read(open), high: try scratch.read(high), low: try scratch.read(low),
            close: try scratch.read(close), volume: try scratch.read(volume),
            adjustedClose: try scratch.read(adjustedClose), line: try scratch.read(line))
    }
}
