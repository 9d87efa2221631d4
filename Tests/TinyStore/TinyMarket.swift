import Foundation
import MarketData
public import Simulation
public import TestSupport

/// A simulated market of a few days across a new year.
public enum TinyMarket {
    @discardableResult
    public static func write(
        to folder: TemporaryFolder, name: String, underlyings: Int = 3, from: String = "2013-12-26", to last: String = "2014-01-06",
        rowsPerDay: Int = 40, quirkRate: Double = 0.03
    ) async throws -> PlantedQuirks {
        guard let first = Day(iso: from), let last = Day(iso: last) else { throw CocoaError(.formatting) }
        let configuration = SimulationConfiguration(
            seed: 7, underlyings: underlyings, firstDay: first, lastDay: last, rowsPerDay: rowsPerDay, quirkRate: quirkRate)
        return try await MarketSimulator(configuration: configuration).write(
            to: URL(fileURLWithPath: folder.file(name)), workers: 2)
    }
}
