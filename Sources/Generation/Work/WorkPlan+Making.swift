import Archive
import Descriptions
import Foundation
import MarketData
import ModelFiles
import ObjectStore

extension WorkPlan {
    /// Plans what the store does not have yet.
    /// - Parameters:
    ///   - files: contents of the source, without excluded inputs.
    ///   - stored: the store's manifest; `nil` for a new store.
    init(
        _ configuration: EmbeddingGenerationConfig, files: SourceFiles, excluded: PoisonedInputs, bars: StockBars,
        descriptions: DescriptionFingerprint, models: [String: ModelFingerprint], calibrations: [String: PrecisionCalibration],
        stored: Manifest?, in store: any ObjectStore, unitSize: Int
    ) async throws {
        let years = try configuration.years(bars: bars.years, files: files)
        var stocks: [Int: [RunInput]] = [:]
        var wanted: [(year: Int, kind: RowKind, inputs: [(key: String, bytes: Int)])] = []
        for year in years {
            let done = try await Self.done(year, stored, store)
            let yearBars = configuration.kinds.contains(.stocks) ? bars.inputs(year: year) : []
            stocks[year] = yearBars.map { RunInput($0) }
            wanted.append(
                (
                    year, .stocks,
                    yearBars.filter { done[$0.key] != $0.etag }.map { ($0.key, Self.barBytes * ($0.rowCount + $0.rejected.count)) }
                ))
            let days = configuration.kinds.contains(.options) ? files.optionDays(year: year) : []
            wanted.append(
                (
                    year, .options,
                    days.filter { done[$0.object.key] != configuration.optionETag($0) }.map { ($0.object.key, Self.textBytes($0.object)) }
                ))
        }
        // Sorts by time, for people who look at a store.
        let time = Date.now.formatted(.iso8601.dateSeparator(.omitted).timeSeparator(.omitted)).filter { $0.isNumber || $0 == "T" }
        id = time + "-" + String(UInt32.random(in: 0 ... .max), radix: 36)
        source = configuration.source.description
        settings = Settings(configuration)
        self.descriptions = descriptions
        self.models = models
        self.calibrations = calibrations
        simulated = files.isSimulated
        names = configuration.names.map { Data($0) }
        listing = files.objects.map { Listed(key: $0.key, size: $0.size, etag: $0.etag, problem: $0.problem) }
        self.excluded = excluded.inputs
        failures = bars.failures.merging(bars.losses) { $1 }
        self.stocks = stocks
        self.years = years
        units = Self.units(of: wanted, unitSize: unitSize)
    }

    /// Tags of the inputs of a year that the store has.
    private static func done(_ year: Int, _ stored: Manifest?, _ store: any ObjectStore) async throws -> [String: String] {
        guard let stored, let ledger = try await StoreReader.readLedger(store, manifest: stored, year: year) else { return [:] }
        let isNamed = { (batch: Int) in stored.objects[ArchiveLayout.batch(year: year, number: batch)] != nil }
        return Dictionary(
            ledger.inputs.filter { $0.batch.map(isNamed) ?? true }.map { ($0.key, $0.etag) }, uniquingKeysWith: { first, _ in first })
    }
}
