import Archive
import Descriptions
import Foundation
import Generation
import MarketData
import Measures
import ModelFiles
import Testing
import TestSupport
import TinyStore

/// The stored state of underlyings by day against the rows that it was computed from.
@Suite struct UnderlyingDaysTests {
    private func generate(_ folder: TemporaryFolder, workers: Int) async throws -> StoreReader {
        let locator = ModelLocator(environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
        let configuration = try EmbeddingGenerationConfig(
            source: folder.location("market"), store: folder.location("store\(workers)"), models: ["minilm"],
            precision: .f32, batchSize: 300, maxWorkers: workers, template: .builtIn("parts"), buildsIndices: false, storesHalfPrecision: false,
            locator: locator)
        try await EmbeddingGenerator(configuration: configuration).run()
        return try await StoreReader.open(folder.location("store\(workers)").open(creating: false))
    }

    @Test func everyDayOfEveryUnderlyingIsThere() async throws {
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let archive = try await generate(folder, workers: 1)
        var expected: [String: (calls: Int64, puts: Int64, rows: Int32)] = [:]
        for batch in archive.batches {
            guard try await archive.kind(ofBatch: batch.key) == .options else { continue }
            let open: OpenBatch<OptionRows> = try await archive.openBatch(batch.key)
            try open.forEachBlock(in: 0..<open.rowCount) { rows, positions, _ in
                for row in positions {
                    let key = DescriptionKey(rawValue: rows.key[row])
                    let root = archive.parts.tickers[Int(rows.root[row])]
                    if root.last?.isNumber == true, rows.root[row] != key.ticker { continue }
                    let place = "\(archive.parts.tickers[Int(key.ticker)]) \(Day(rawValue: rows.quoteDate[row]))"
                    var day = expected[place] ?? (0, 0, 0)
                    if key.kind == .put { day.puts += Int64(max(0, rows.volume[row])) } else { day.calls += Int64(max(0, rows.volume[row])) }
                    day.rows += 1
                    expected[place] = day
                }
            }
        }
        var found = 0
        for year in archive.years {
            let rows = try #require(try await archive.underlyingDays(year: year))
            for row in 0..<rows.count {
                let place = "\(archive.parts.tickers[Int(rows.ticker[row])]) \(Day(rawValue: rows.quoteDate[row]))"
                let day = try #require(expected[place], "\(place)")
                #expect(rows.callVolume[row] == day.calls && rows.putVolume[row] == day.puts && rows.contracts[row] == day.rows)
                #expect(rows.quoteDate[row] >= 0 && Day(rawValue: rows.quoteDate[row]).year == year)
                found += 1
            }
        }
        #expect(found == expected.count && found > 0)
        #expect(try await StoreVerification(archive.store, workers: 1).run().isIntact)
    }

    @Test func theNumberOfWorkersChangesNothing() async throws {
        let folder = try TemporaryFolder()
        try TinyModel.write(to: folder, name: "models/minilm", seed: 1)
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let (one, three) = (try await generate(folder, workers: 1), try await generate(folder, workers: 3))
        for year in one.years {
            let key = ArchiveLayout.underlyingDays(year: year)
            #expect(try await one.store.get(key) == three.store.get(key))
        }
    }
}
