import Base
import HDF5
import MarketData
import Measures
import ModelFiles
import ObjectStore
import VectorIndex

/// Checks the content of a store's objects: first the parts, then, year by year, batches, ledger and index against each other.
/// Checks only objects with intact bytes, so any problem found here was written that way.
struct ContentVerification {
    let store: any ObjectStore
    let manifest: Manifest
    let intact: Set<String>
    /// Problems by key; only the first problem of an object counts.
    private(set) var problems: [String: String] = [:]
    /// Texts and tickers; `nil` if not all could be read.
    private var parts: PartsTable?

    init(store: any ObjectStore, manifest: Manifest, intact: Set<String>) {
        self.store = store
        self.manifest = manifest
        self.intact = intact
    }

    mutating func run() async throws {
        try await checkParts()
        let batches = Dictionary(
            grouping: manifest.objects.keys.compactMap(StoreReader.BatchReference.init(key:)), by: \.year)
        for year in Set(batches.keys).union(manifest.ledgerYears).sorted() {
            try await check(year: year, batches: (batches[year] ?? []).sorted { $0.number < $1.number })
        }
    }

    private mutating func note(_ key: String, _ problem: String) {
        if problems[key] == nil { problems[key] = problem }
    }

    /// Runs a check of an object, and records the error that it throws.
    /// - Returns: `nil` if the check failed, or if the object's bytes are damaged.
    private mutating func checking<Value>(_ key: String, _ check: (_ path: String) throws -> Value) async throws -> Value? {
        guard intact.contains(key) else { return nil }
        let path = try await manifest.localPath(of: key, in: store)
        do {
            return try check(path)
        } catch let error as HDF5Error {
            note(key, error.object.isEmpty ? error.message : "\(error.object): \(error.message)")
        } catch let error as ArchiveError {
            note(key, error.description)
        } catch let error as IndexError {
            note(key, error.message)
        }
        return nil
    }

    // MARK: - Parts

    private mutating func checkParts() async throws {
        let keys = manifest.objects.keys.filter { $0.hasPrefix(ArchiveLayout.partsPrefix) }
        var parts = PartsTable()
        for segment in 0..<keys.count {
            let key = ArchiveLayout.parts(segment: segment)
            guard manifest.objects[key] != nil else {
                note(key, "the manifest does not name it, though it names \(keys.count) segments")
                return
            }
            let (manifest, table) = (manifest, parts)
            let read = try await checking(key) { path in
                var table = table
                try PartsInspection.check(path, continuing: &table, models: manifest.models.mapValues(\.dimension))
                return table
            }
            // Later segments continue its numbers.
            guard let read else { return }
            parts = read
        }
        self.parts = parts
    }

    // MARK: - Years

    private mutating func check(year: Int, batches: [StoreReader.BatchReference]) async throws {
        var found: [Int: BatchInspection] = [:]
        var keys: [UInt64] = []
        for batch in batches {
            let (manifest, parts) = (manifest, parts)
            let inspection = try await checking(batch.key) { path in
                try BatchInspection(path: path, year: year, manifest: manifest, parts: parts)
            }
            guard let inspection else { continue }
            found[batch.number] = inspection
            keys += inspection.keys
            found[batch.number]?.keys = []
        }
        keys.sort()
        var distinct: [UInt64] = []
        for key in keys where key != distinct.last { distinct.append(key) }
        // Properties of the whole year can be checked only if all of it could be read.
        let whole = found.count == batches.count ? distinct : nil
        try await checkLedger(year: year, batches: batches, found: found, distinct: whole?.count)
        if let whole { try await checkIndices(year: year, keys: whole) }
        try await checkUnderlyingDays(year: year)
        try await checkDescriptions(year: year, batches: batches, keys: whole)
    }

    private mutating func checkLedger(
        year: Int, batches: [StoreReader.BatchReference], found: [Int: BatchInspection], distinct: Int?
    ) async throws {
        let checkpoints = [true, false].map { ArchiveLayout.checkpoint(year: year, complete: $0) }
            .filter { manifest.objects[$0] != nil }
        guard let key = checkpoints.first else {
            for batch in batches { note(batch.key, "the year has no ledger that says what is in it") }
            return
        }
        guard checkpoints.count == 1 else { return note(key, "the year has a partial ledger as well") }
        guard intact.contains(key) else { return }
        let ledger: YearLedger
        do {
            guard let read = try await StoreReader.readLedger(store, manifest: manifest, year: year) else { return }
            ledger = read
        } catch let error as ArchiveError {
            return note(key, error.description)
        }
        let inputs = Dictionary(grouping: ledger.inputs.filter { $0.batch != nil }) { $0.batch ?? 0 }
        for batch in batches {
            guard let mine = inputs[batch.number] else {
                note(batch.key, "no input in the ledger of \(year) went into it")
                continue
            }
            guard let batch = found[batch.number] else { continue }
            if mine.map(\.key) != batch.files || mine.map(\.searchable) != batch.rowsOfFile {
                note(key, "its inputs of batch \(mine[0].batch ?? 0) are not those of the batch")
            }
        }
        for number in inputs.keys.sorted() where !batches.contains(where: { $0.number == number }) {
            note(key, "it names batch \(number), which the manifest lacks")
        }
        if ledger.complete, let distinct, let stored = ledger.distinctDescriptions, stored != distinct {
            note(key, "it states \(stored) distinct descriptions, but the batches have \(distinct)")
        }
        try await checkQuarantine(ledger, key: key)
    }

    private mutating func checkQuarantine(_ ledger: YearLedger, key: String) async throws {
        var unclaimed = Set(manifest.objects.keys.filter { $0.hasPrefix(ArchiveLayout.quarantinePrefix(year: ledger.year)) })
        for input in ledger.inputs where !input.quarantined.isEmpty {
            let object = ArchiveLayout.quarantine(source: input.key, year: ledger.year)
            guard unclaimed.remove(object) != nil else {
                note(key, "\(input.key) has rejected rows, and the manifest does not name \(object)")
                continue
            }
            guard intact.contains(object) else { continue }
            let refused = input.quarantined.values.reduce(0, +)
            let lines = try await store.get(object).count { $0 == UInt8(ascii: "\n") }
            if lines != refused { note(object, "it has \(lines) rows, but the ledger states \(refused)") }
        }
        for object in unclaimed { note(object, "no input in the ledger of \(ledger.year) has refused rows there") }
    }

    private mutating func checkUnderlyingDays(year: Int) async throws {
        let key = ArchiveLayout.underlyingDays(year: year)
        guard manifest.objects[key] != nil else { return }
        let tickers = parts?.tickers.count ?? .max
        _ = try await checking(key) { path in
            let rows = try UnderlyingDaysFile.read(path)
            guard rows.ticker.allSatisfy({ Int($0) < tickers }) else { throw ArchiveError("it names a ticker that the store does not have") }
            guard rows.quoteDate.allSatisfy({ Day(rawValue: $0).year == year }) else {
                throw ArchiveError("it has days of another year than \(year)")
            }
        }
    }

    private mutating func checkDescriptions(year: Int, batches: [StoreReader.BatchReference], keys: [UInt64]?) async throws {
        let key = ArchiveLayout.descriptions(year: year)
        guard manifest.objects[key] != nil else { return }
        let (models, count) = (manifest.models.keys.sorted(), parts?.texts.count ?? .max)
        let checked = try await checking(key) { path in
            let index = try DescriptionIndex(path: path, year: year, models: models, partCount: count, sha256: nil)
            guard index.batches.map(\.key) == batches.map(\.key) else { throw ArchiveError("its batches are not those of the year") }
            if let keys, index.keys.sorted() != keys { throw ArchiveError("its keys are not those of the year's \(keys.count) descriptions") }
            var next = [Int](repeating: 0, count: index.batches.count)
            for description in 0..<index.count {
                let postings = try index.postings(ofDescription: description)
                guard UInt64(postings.reduce(0) { $0 + $1.rows.count }) == index.rowCounts[description] else {
                    throw ArchiveError("the rows of description \(description) do not add up")
                }
                for posting in postings { next[posting.batch] += posting.rows.count }
            }
            for profile in 0..<index.profileCount
            where index.descriptions(ofProfile: profile).reduce(0, { $0 + index.rowCounts[$1] }) != index.profileRows[profile] {
                throw ArchiveError("the rows of profile \(profile) do not add up")
            }
            guard next == index.batches.map(\.rowCount) else { throw ArchiveError("its rows are not those of the batches") }
            return index
        }
        guard let index = checked else { return }
        for (number, batch) in index.batches.enumerated() {
            let fits = try await checking(batch.key) { path in
                switch batch.kind {
                case .options: try index.fits(BatchColumns<OptionRows>(path: path), batch: number)
                case .stocks: try index.fits(BatchColumns<StockRows>(path: path), batch: number)
                }
            }
            if fits == false { note(key, "its places of the rows of \(batch.key) are wrong") }
        }
    }

    private mutating func checkIndices(year: Int, keys: [UInt64]) async throws {
        for (model, fingerprint) in manifest.models.sorted(by: { $0.key < $1.key }) {
            let key = ArchiveLayout.index(model: model, year: year)
            guard manifest.objects[key] != nil else { continue }
            _ = try await checking(key) { path in
                let index = try OpenIndex(path: path)
                guard index.dimensions == fingerprint.dimension else {
                    throw ArchiveError("its vectors have \(index.dimensions) components, and \(model) has \(fingerprint.dimension)")
                }
                guard index.ids().map(UInt64.init(bitPattern:)).sorted() == keys else {
                    throw ArchiveError("its ids are not the keys of the year's \(keys.count) descriptions")
                }
            }
        }
    }
}
