import Base
import Foundation
import MarketData

/// The folder of the stored samples of real chains; `nil` on a machine without them.
enum SampleMarket {
    static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment["TAPEDECK_SHARED"].map { URL(fileURLWithPath: $0) }
        let besidePackage = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("shared")
        for shared in [environment, besidePackage].compactMap({ $0 }) {
            let folder = shared.appendingPathComponent("data/stockdb")
            if FileManager.default.fileExists(atPath: folder.path) { return folder }
        }
        return nil
    }()

    static let absence = "data/stockdb is not on this machine: set TAPEDECK_SHARED to test with real chains"
}

/// All output of a reader, in one piece.
struct OptionOutcome {
    var rows: [String] = []
    var rejected: [RejectedRow] = []
    var summary = ReadSummary()

    /// Reads `bytes`, pushed in pieces, with blocks of the size given.
    init(
        _ bytes: [UInt8], key: String = "options-complete/2014-06-09options.csv", day: Day = Day(iso: "2014-06-09")!,
        on set: InstructionSet = .best, piece: Int = .max, blockSize: Int = 1 << 20
    ) throws {
        let parser = OptionFileParser(reader: OptionFileReader(key: key, day: day), blockSize: blockSize)
        func take(_ block: OptionBlock, _ rejectedRows: [RejectedRow]) {
            rows += block.described
            rejected += rejectedRows
        }
        // The parser chooses its instructions when it has read the header.
        summary = try set.limitingThread {
            var start = 0
            while start < bytes.count {
                let end = piece >= bytes.count - start ? bytes.count : start + piece
                try parser.push(Array(bytes[start..<end]), body: take)
                start = end
            }
            return try parser.finish(body: take)
        }
    }

    init(_ text: String, on set: InstructionSet = .best, piece: Int = .max) throws {
        try self.init(Array(text.utf8), on: set, piece: piece)
    }
}

extension OptionBlock {
    /// One text per row with every value, bit for bit, for comparisons.
    var described: [String] {
        (0..<count).map { i in
            let counts = [rows.bidSize[i], rows.askSize[i], rows.volume[i], rows.openInterest[i]].map(String.init).joined(separator: " ")
            let greeks = [rows.vendorDelta[i], rows.vendorGamma[i], rows.vendorTheta[i], rows.vendorVega[i]]
            let floats = ([rows.bid[i], rows.ask[i]] + greeks + [rows.vendorImpliedVolatility[i]])
                .map { $0.isNaN ? "-" : "\($0)" }.joined(separator: " ")
            return "\(rows.line[i]) \(symbols[symbol[i]]) \(symbols[rows.root[i]]) \(Day(rawValue: rows.expiry[i])) "
                + "\(kind[i] == 0 ? "call" : "put") \(rows.strike[i]) \(UnicodeScalar(rows.style[i])) \(floats) | \(counts)"
        }
    }
}

let optionHeader = OptionFileReader.columns.joined(separator: ",")

/// A row of 2014-06-09 with the columns given by name replaced.
func optionLine(_ changes: [String: String] = [:]) -> String {
    let usual = [
        "contract": "AAPL140621C00092860", "underlying": "AAPL", "expiration": "2014-06-21", "type": "call",
        "strike": "92.86", "style": "A", "bid": "2.32", "bid_size": "12", "ask": "2.35", "ask_size": "7",
        "volume": "1056", "open_interest": "834", "quote_date": "2014-06-09", "delta": "0.6402", "gamma": "0.0534",
        "theta": "-0.0686", "vega": "0.1064", "implied_volatility": "0.2569",
    ]
    return OptionFileReader.columns.map { changes[$0] ?? usual[$0] ?? "" }.joined(separator: ",")
}
