import Archive
import Descriptions
import Foundation
import MarketData
import ObjectStore

/// Reads and describes option files; all workers share one value.
struct OptionFileReading: Sendable {
    let source: any ObjectStore
    let describer: OptionDescriber
    let bars: BarContexts
    /// Requested underlyings; all if empty.
    let underlyings: Set<String>

    /// - Throws: errors of the source that stop the whole run. Problems with this one file are reported in the result's
    ///   `failure`.
    func read(_ file: SourceInventory.DayFile) async throws -> DescribedFile<OptionRows> {
        let (key, day) = (file.object.key, file.day)
        var result = DescribedFile<OptionRows>(key: key)
        do {
            var disagreements = 0
            var days: [OptionDescriber.Underlying] = []
            func take(_ block: OptionBlock, _ rejected: [RejectedRow]) {
                result.rejected += rejected
                disagreements += append(block, to: &result, days: &days)
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

    /// - Parameter days: indexed by the file's symbol numbers; extended as blocks bring new ones.
    /// - Returns: number of rows whose vendor volatility disagrees with the quotes.
    private func append(
        _ block: OptionBlock, to result: inout DescribedFile<OptionRows>, days: inout [OptionDescriber.Underlying]
    ) -> Int {
        for number in result.symbols.count..<max(result.symbols.count, block.symbols.count) {
            result.symbols.append(block.symbols.names[number])
            days.append(bars.underlying(symbol: block.symbols.names[number], day: block.day))
        }
        let described = describer.describe(block, underlyings: days)
        var rows = block.rows
        rows.file = [UInt32](repeating: 0, count: block.count)
        rows.impliedVolatility = described.impliedVolatility
        rows.impliedVolatilitySource = described.volatilitySource
        rows.underlyingClose = block.symbol.map { Int($0) < days.count ? days[Int($0)].close : .nan }
        rows.key = described.keys
        if underlyings.isEmpty {
            result.rows.append(contentsOf: rows)
        } else {
            let wanted = result.symbols.map(underlyings.contains)
            let chosen = block.symbol.indices.filter { wanted[Int(block.symbol[$0])] }
            result.unwanted += block.count - chosen.count
            result.rows.append(contentsOf: rows.reordered(chosen.map(UInt32.init)))
        }
        return described.vendorDisagreements
    }
}
