import Descriptions
import MarketData

/// Translates the numbers of a segment's tickers and parts to those of the store that it is read with.
struct NumberTranslation: Sendable {
    /// By the segment's number.
    private(set) var tickers: [UInt32] = []
    /// By the segment's number.
    private(set) var parts: [UInt32] = []
    /// The segment's numbers of the parts that no earlier part of the store has, ascending. The store numbers them in this order.
    private(set) var newParts: [UInt32] = []

    /// A ticker that the segment does not name, which occurs only in a damaged segment.
    private static let unknownTicker = UInt32(DescriptionKey.tickerLimit - 1)

    /// Adds the texts and tickers of a segment to those of a store. Equal texts are one part.
    init(adding texts: [String], tickers: [String], to table: inout PartsTable) {
        self.tickers = tickers.map { table.intern(ticker: $0) }
        for (number, text) in texts.enumerated() {
            let known = table.texts.count
            parts.append(table.intern(text: text))
            if table.texts.count > known { newParts.append(UInt32(number)) }
        }
    }

    func ticker(_ number: UInt32) -> UInt32 { Int(number) < tickers.count ? tickers[Int(number)] : Self.unknownTicker }

    /// - Parameter number: of the segment, or `PartsTable.none`.
    func part(_ number: UInt32) -> UInt32 { Int(number) < parts.count ? parts[Int(number)] : PartsTable.none }

    /// A key with the store's number of its ticker.
    func key(_ rawValue: UInt64) -> UInt64 {
        rawValue & ~DescriptionKey.tickerMask | UInt64(ticker(DescriptionKey(rawValue: rawValue).ticker)) << DescriptionKey.tickerShift
    }

    /// The values of a row column.
    func column<Value: BitwiseCopyable>(_ values: [Value], _ unit: ColumnUnit) -> [Value] {
        switch unit {
        case .descriptionKey: (values as? [UInt64])?.map(key) as? [Value] ?? values
        case .tickerNumber: (values as? [UInt32])?.map(ticker) as? [Value] ?? values
        default: values
        }
    }
}
