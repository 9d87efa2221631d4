import Archive
import Descriptions
import Foundation
import MarketData
import ObjectStore

/// Reads and describes option files; one value serves all workers.
struct OptionFileReading: Sendable {
    let source: any ObjectStore
    let describer: OptionDescriber
    let bars: BarContexts
    /// Underlyings that are wanted; all when empty.
    let underlyings: Set<String>

    /// - Throws: errors of the store that the whole run cannot go on with. What is wrong with this one file is in the
    ///   result's `failure`.
    func read(_ file: SourceInventory.DayFile) async throws -> DescribedFile<OptionColumns> {
        let (key, day) = (file.object.key, file.day)
        var result = DescribedFile<OptionColumns>(key: key)
        do {
            var disagreements = 0
            var days: [OptionDescriber.Underlying] = []
            func take(_ rows: OptionRows, _ rejected: [RejectedRow]) {
                result.rejected += rejected
                disagreements += append(rows, to: &result, days: &days)
            }
            let parser = OptionFileParser(reader: OptionFileReader(key: key, day: day))
            try await source.readPieces(of: key, size: file.object.size) { try parser.push($0, body: take) }
            let summary = try parser.finish(body: take)
            for (name, count) in summary.quirks.named where count > 0 { result.quirks[name] = count }
            if disagreements > 0 {
                result.quirks["vendor's implied volatility reprices outside the spread"] = disagreements
            }
        } catch let error as MarketFileError {
            result = DescribedFile(key: key, failure: error.description)
        } catch let error as StoreError where error.concernsOneObject {
            result = DescribedFile(key: key, failure: error.description)
        }
        return result
    }

    /// - Parameter days: by the file's symbol numbers, grown as blocks bring new ones.
    /// - Returns: rows whose vendor's volatility disagrees with the quotes.
    private func append(
        _ rows: OptionRows, to result: inout DescribedFile<OptionColumns>, days: inout [OptionDescriber.Underlying]
    ) -> Int {
        for number in result.symbols.count..<max(result.symbols.count, rows.symbols.count) {
            result.symbols.append(rows.symbols.names[number])
            days.append(bars.underlying(symbol: rows.symbols.names[number], day: rows.day))
        }
        let described = describer.describe(rows, underlyings: days)
        var columns = OptionColumns()
        columns.line = rows.line
        columns.file = [UInt32](repeating: 0, count: rows.count)
        columns.quoteDate = [Int32](repeating: rows.day.rawValue, count: rows.count)
        columns.expiry = rows.expiry
        columns.strike = rows.strike
        columns.root = rows.root
        columns.style = rows.style
        columns.bid = rows.bid
        columns.ask = rows.ask
        columns.bidSize = rows.bidSize
        columns.askSize = rows.askSize
        columns.volume = rows.volume
        columns.openInterest = rows.openInterest
        columns.impliedVolatility = described.impliedVolatility
        columns.impliedVolatilitySource = described.volatilitySource
        columns.vendorImpliedVolatility = rows.impliedVolatility
        columns.vendorDelta = rows.delta
        columns.vendorGamma = rows.gamma
        columns.vendorTheta = rows.theta
        columns.vendorVega = rows.vega
        columns.underlyingClose = rows.symbol.map { Int($0) < days.count ? days[Int($0)].close : .nan }
        columns.key = described.keys
        if underlyings.isEmpty {
            result.rows.append(contentsOf: columns)
        } else {
            let wanted = result.symbols.map(underlyings.contains)
            let chosen = rows.symbol.indices.filter { wanted[Int(rows.symbol[$0])] }
            result.unwanted += rows.count - chosen.count
            result.rows.append(contentsOf: columns.reordered(chosen.map(UInt32.init)))
        }
        return described.vendorDisagreements
    }
}
