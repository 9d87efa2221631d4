import Archive
import Descriptions
import Foundation
import MarketData
import ObjectStore
import Queries
import Testing
import TestSupport

@Suite struct DescriptionIndexTests {
    let store: AskedStore
    let archive: StoreReader

    init() async throws {
        store = try await AskedStore.shared.value
        archive = try await store.archive()
    }

    private func path(_ year: Int) -> String { store.folder.file("store/" + ArchiveLayout.descriptions(year: year)) }

    private func open(_ path: String, year: Int) throws -> DescriptionIndex {
        try DescriptionIndex(
            path: path, year: year, models: archive.manifest.models.keys.sorted(), partCount: archive.parts.texts.count, sha256: nil)
    }

    @Test func everyRowIsUnderItsDescriptionAndWithinItsBounds() async throws {
        for year in archive.years {
            let index = try open(path(year), year: year)
            var keysOfBatches: Set<UInt64> = []
            for (number, batch) in index.batches.enumerated() {
                switch batch.kind {
                case .options: keysOfBatches.formUnion(try await check(index, number, OptionRows.self, \.quoteDate))
                case .stocks: keysOfBatches.formUnion(try await check(index, number, StockRows.self, \.quoteDate))
                }
            }
            #expect(index.keys.sorted() == keysOfBatches.sorted())
        }
    }

    /// The numbers of a contract that no column has, by the formulas for one option; none when an input is missing or it has expired.
    private func computed(_ rows: OptionRows, _ row: Int) -> [String: Double] {
        let (bid, ask) = (Double(rows.bid[row]), Double(rows.ask[row]))
        var numbers: [String: Double] = [:]
        if bid + ask > 0 { numbers["spread"] = 2 * (ask - bid) / (ask + bid) }
        let (close, volatility) = (Double(rows.underlyingClose[row]), Double(rows.impliedVolatility[row]))
        guard close > 0, !volatility.isNaN, rows.strike[row] > 0, rows.quoteDate[row] < rows.expiry[row] else { return numbers }
        let option = BlackScholes(
            kind: DescriptionKey(rawValue: rows.key[row]).kind == .put ? .put : .call, spot: close, strike: Double(rows.strike[row]) / 1000,
            years: BlackScholes.years(from: Day(rawValue: rows.quoteDate[row]), to: Day(rawValue: rows.expiry[row])), volatility: volatility)
        let greeks = option.greeks
        return numbers.merging(["delta": abs(greeks.delta), "theta": abs(greeks.theta), "gamma": greeks.gamma, "vega": greeks.vega]) { $1 }
    }

    /// - Returns: the keys of the batch's descriptions.
    private func check<Rows: RowColumns>(
        _ index: DescriptionIndex, _ number: Int, _ kind: Rows.Type, _ days: KeyPath<Rows, [Int32]>
    ) async throws -> [UInt64] {
        let open: OpenBatch<Rows> = try await archive.openBatch(index.batches[number].key)
        let rows = try open.allRows()
        #expect(open.rowCount == index.batches[number].rowCount)
        #expect(rows[keyPath: days].allSatisfy { index.batches[number].days.contains(Day(rawValue: $0)) })
        for (position, key) in open.keys.enumerated() {
            let description = try #require(index.description(key: key))
            let range = Int(open.rowStart[position])..<Int(open.rowStart[position + 1])
            let postings = try index.postings(ofDescription: description)
            let posting = try #require(postings.first { $0.batch == number })
            #expect(posting.rows == range)
            #expect(UInt64(postings.reduce(0) { $0 + $1.rows.count }) == index.rowCounts[description])
            if let options = rows as? OptionRows {
                for row in range {
                    for (field, number) in computed(options, row) {
                        let place = try #require(PostingBounds.fields.firstIndex(of: field))
                        let code = PostingBounds.code(Float(number))
                        #expect(index.canHold(posting: posting.number, field: place, code...code))
                        #expect(index.canHold(description: description, field: place, code...code))
                    }
                }
            }
            for column in Rows.columns {
                guard let place = PostingBounds.fields.firstIndex(where: { $0 == column.field }) else { continue }
                for number in column.numbers(rows, range) where !number.isNaN {
                    let code = PostingBounds.code(Float(number))
                    #expect(index.canHold(posting: posting.number, field: place, code...code))
                    #expect(index.canHold(description: description, field: place, code...code))
                }
            }
        }
        let batch = index.batches[number]
        let columns: BatchColumns<Rows> = try await archive.columns(ofBatch: number, in: index, cache: RowCache())
        #expect(try columns.files() == open.files)
        for start in stride(from: 0, to: batch.rowCount, by: BatchColumns<Rows>.blockRows) {
            let block = try columns.rows(Rows.columns.indices, block: start / BatchColumns<Rows>.blockRows)
            let range = start..<min(start + BatchColumns<Rows>.blockRows, batch.rowCount)
            for column in Rows.columns {
                let (found, stored) = (column.numbers(block, 0..<range.count), column.numbers(rows, range))
                #expect(found.map(\.bitPattern) == stored.map(\.bitPattern))
            }
        }
        for zone in batch.zones {
            let range = index.rows(zone: zone, ofBatch: number)
            for column in Rows.columns {
                guard let name = column.zoneName, let place = ZoneMaps.columns.firstIndex(of: name) else { continue }
                let numbers = column.numbers(rows, range).filter { !$0.isNaN }
                let bounds = index.bounds(zone: zone, column: place)
                #expect((bounds == nil) == numbers.isEmpty)
                if let bounds { #expect(numbers.allSatisfy { Double(bounds.lowerBound) <= $0 && $0 <= Double(bounds.upperBound) }) }
            }
        }
        return open.keys.map(\.rawValue)
    }

    /// One over the length of the weighted sum of part vectors, computed in double precision.
    @Test func normsAreThoseOfTheComposedVectors() throws {
        let year = try #require(archive.years.first)
        let index = try open(path(year), year: year)
        let template = archive.manifest.descriptions.template
        for (model, fingerprint) in archive.manifest.models {
            let vectors = archive.parts.vectors[model] ?? []
            let norms = try #require(index.inverseNorms(model))
            let profileNorms = try #require(index.profileNorms(model))
            for description in stride(from: 0, to: index.count, by: 7) {
                let key = DescriptionKey(rawValue: index.keys[description])
                let profile = index.profile(ofDescription: description)
                var sum = [Double](repeating: 0, count: fingerprint.dimension)
                var plane = 0
                for (column, part) in template.parts(of: key.kind == .stock ? .stocks : .options).enumerated() {
                    var number = index.profileParts[column][profile]
                    if part.phrases.contains(where: { $0.contains(.underlying) }) {
                        number = index.tickerParts[plane][description]
                        plane += 1
                    }
                    guard number != PartsTable.none else { continue }
                    for component in sum.indices {
                        sum[component] += Double(part.weight) * Double(vectors[Int(number) * fingerprint.dimension + component])
                    }
                }
                let expected = 1 / sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(abs(Double(norms[description]) - expected) < 1e-5 * expected)
                #expect(norms[description] >= profileNorms[2 * profile] && norms[description] <= profileNorms[2 * profile + 1])
            }
        }
    }

    @Test func changedBytesAreRefusedAndNamed() async throws {
        let copy = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: store.folder.file("store"), toPath: copy.file("store"))
        let year = try #require(archive.years.first)
        let key = ArchiveLayout.descriptions(year: year)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: copy.file("store/" + key)))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: copy.file("store/" + key)))
        let objects = try copy.location("store").open(creating: false)
        let damaged = try await StoreReader.open(objects)
        let engine = try await SearchEngine(archive: damaged, encoders: store.encoders(), aliases: damaged.aliases())
        let error = await #expect(throws: ArchiveError.self) { try await engine.search(SearchRequest(question: "calls", models: ["minilm"])) }
        #expect(error?.description.contains(key) == true && error?.description.contains("SHA-256") == true)
        let report = try await StoreVerification(objects, workers: 1).run()
        #expect(report.damaged.map(\.key) == [key])
        #expect(report.damaged.first?.mending == .rebuild)
    }

    /// Whatever the bytes, opening and reading an index ends with an answer or an error.
    @Test func arbitraryBytesDoNoHarm() async throws {
        var random = SplitMix(printing: "arbitraryBytesDoNoHarm")
        let year = try #require(archive.years.first)
        let original = try Data(contentsOf: URL(fileURLWithPath: path(year)))
        let folder = try TemporaryFolder()
        for round in 0..<200 {
            var bytes = original
            for _ in 0...random.next() % 8 { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
            if round % 10 == 0 { bytes = bytes.prefix(Int(random.next() % UInt64(bytes.count))) }
            let file = folder.file("\(round).h5")
            try bytes.write(to: URL(fileURLWithPath: file))
            guard let index = try? open(file, year: year) else { continue }
            for description in 0..<index.count {
                _ = try? index.postings(ofDescription: description)
                _ = index.description(key: DescriptionKey(rawValue: index.keys[description]))
            }
            for (number, batch) in index.batches.enumerated() where batch.kind == .options {
                let columns: BatchColumns<OptionRows>? = try? await archive.columns(ofBatch: number, in: index, cache: RowCache())
                for block in 0..<2 { _ = try? columns?.rows(OptionRows.columns.indices, block: block) }
            }
        }
    }

    @Test func yearWithoutAnIndexIsIndexedForTheQuestion() async throws {
        let copy = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: store.folder.file("store"), toPath: copy.file("store"))
        let writer = try await StoreWriter(existing: copy.location("store").open(creating: false))
        for year in archive.years { writer.remove(ArchiveLayout.descriptions(year: year)) }
        try await writer.saveManifest()
        let bare = try await StoreReader.open(copy.location("store").open(creating: false))
        let engine = try await SearchEngine(archive: bare, encoders: store.encoders(), aliases: bare.aliases())
        let request = SearchRequest(question: "SIMA puts with volume over 10", models: ["minilm"])
        let places = try await engine.search(request).results.map { "\($0.source.key) \($0.source.line)" }
        #expect(try await store.engine().search(request).results.map { "\($0.source.key) \($0.source.line)" } == places)
        #expect(!places.isEmpty)
    }
}
