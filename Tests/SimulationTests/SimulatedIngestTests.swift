import Foundation
import MarketData
import Simulation
import Testing

/// The readers find the quirks that the simulator planted.
@Suite struct SimulatedIngestTests {
    @Test(arguments: [("2008-11-03", "2009-04-30"), ("2022-11-01", "2023-04-28")])
    func readersFindExactlyThePlantedQuirks(first: String, last: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("simulation-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = SimulationConfiguration(
            seed: 11, underlyings: 10, firstDay: try #require(Day(iso: first)), lastDay: try #require(Day(iso: last)),
            rowsPerDay: 60, quirkRate: 0.03)
        let planted = try await MarketSimulator(configuration: configuration).write(to: folder)

        let objects = try listing(folder)
        let inventory = SourceInventory(objects: objects)
        #expect(Set(inventory.ignored.map(\.key)) == ["SIMULATED.md", "quirks.json", "names.csv"])
        #expect(Set(inventory.duplicates.map(\.object.key)) == Set(planted.files["byte-identical copy", default: []]))

        var lines = 0
        var rejected: [String: Int] = [:]
        var quirks = QuoteQuirks()
        var refused: [String] = []
        for file in inventory.optionDays {
            let path = folder.appendingPathComponent(file.object.key).path
            do {
                let summary = try OptionFileReader(key: file.object.key, day: file.day).read(FileBytes(path: path)) { _, _ in }
                lines += summary.rows + summary.rejectedCount
                rejected.merge(summary.rejected.map { ($0.rawValue, $1) }, uniquingKeysWith: +)
                quirks += summary.quirks
            } catch MarketFileError.unusableHeader(let key, _, _) {
                refused.append(key)
            }
        }
        #expect(lines == planted.options.lines)
        #expect(rejected == planted.options.rejected)
        #expect(refused.sorted() == planted.files["missing header", default: []])
        var found = Dictionary(uniqueKeysWithValues: quirks.named)
        // Not a matter of single rows: the vendor's filler, and the ends of files.
        found["shared implied volatility"] = nil
        #expect(found.removeValue(forKey: "no line break at the end") == planted.files["no line break at the end"]?.count)
        #expect(found.filter { $0.value > 0 } == planted.options.kept)

        let days = Set(inventory.optionDays.map(\.day))
        let sessions = TradingCalendar.unitedStates.sessions(in: configuration.firstDay...configuration.lastDay)
        #expect(sessions.filter { !days.contains($0) }.map(\.description) == planted.files["missing session", default: []])
        #expect(
            inventory.optionDays.filter { !TradingCalendar.unitedStates.isSession($0.day) }.map(\.object.key)
                == planted.files["holiday file", default: []])

        var stocks: [String: Int] = [:]
        var stockLines = 0
        func readStocks(_ key: String, _ layout: StockFileReader.Layout) throws {
            let path = folder.appendingPathComponent(key).path
            let summary = try StockFileReader(key: key, layout: layout).read(FileBytes(path: path)) { _, _ in }
            stockLines += summary.rows + summary.rejectedCount
            stocks.merge(summary.rejected.map { ($0.rawValue, $1) }, uniquingKeysWith: +)
        }
        for file in inventory.stockDays { try readStocks(file.object.key, .crossSection(file.day)) }
        for file in inventory.stockSymbols { try readStocks(file.object.key, .history(symbol: file.symbol)) }
        #expect(stockLines == planted.stocks.lines)
        #expect(stocks == planted.stocks.rejected)
        if first < "2010" {
            #expect(inventory.stockDays.count == sessions.count)
        } else {
            #expect(inventory.stockSymbols.contains { $0.symbol == "NAN" } && inventory.stockSymbols.contains { $0.symbol == "TRUE" })
        }
    }

    private func listing(_ folder: URL) throws -> [SourceInventory.Object] {
        let root = folder.resolvingSymlinksInPath().path + "/"
        let enumerator = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey]))
        var objects: [SourceInventory.Object] = []
        for case let url as URL in enumerator where !url.hasDirectoryPath {
            let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            objects.append(
                SourceInventory.Object(
                    key: String(url.resolvingSymlinksInPath().path.dropFirst(root.count)), size: size, etag: "\(size)"))
        }
        return objects
    }
}
