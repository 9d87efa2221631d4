import MarketData
import Archive
import Descriptions
import ObjectStore

/// Removes rows from a year's batches. A batch with rows of a changed file is rewritten without them, under a new number.
/// The old batch is deleted when the manifest is next saved.
struct Retirement {
    let year: Int
    let writer: StoreWriter
    let run: RunContext

    /// Drops batches that are missing or whose size differs from the manifest, together with their files, and batches that
    /// no file of the ledger refers to.
    /// - Returns: whether nothing was dropped.
    func dropDamaged(from ledger: inout YearLedger, warn: (String) -> Void) async throws -> Bool {
        let named = StoreReader.batches(of: writer.manifest).filter { $0.year == year }
        guard !named.isEmpty else { return true }
        let listing = try await writer.store.list(prefix: ArchiveLayout.batchPrefix(year: year))
        let stored = Dictionary(uniqueKeysWithValues: listing.map { ($0.key, $0.size) })
        let used = Set(ledger.inputs.compactMap(\.batch))
        var isWhole = true
        for batch in named {
            let size = writer.manifest.objects[batch.key]?.size
            var isDamaged = stored[batch.key] != size
            // The listing may be incomplete, so check the object itself.
            if isDamaged { isDamaged = try await writer.store.headIfThere(batch.key)?.size != size }
            guard isDamaged || !used.contains(batch.number) else { continue }
            if isDamaged { warn("\(batch.key) is damaged or missing: the run reads its source files again") }
            drop(batch.number, from: &ledger)
            isWhole = false
        }
        return isWhole
    }

    private func drop(_ batch: Int, from ledger: inout YearLedger) {
        writer.remove(ArchiveLayout.batch(year: year, number: batch))
        for input in ledger.inputs where input.batch == batch {
            writer.remove(ArchiveLayout.quarantine(source: input.key, year: year))
        }
        ledger.inputs.removeAll { $0.batch == batch }
    }

    /// Removes the rows of some source files.
    func retire(_ keys: Set<String>, from ledger: inout YearLedger) async throws {
        for key in keys { writer.remove(ArchiveLayout.quarantine(source: key, year: year)) }
        ledger.inputsBefore = ledger.inputs
        let affected = Set(ledger.inputs.filter { keys.contains($0.key) }.compactMap(\.batch))
        ledger.inputs.removeAll { keys.contains($0.key) }
        var next = ((Array(affected) + ledger.inputs.compactMap(\.batch)).max() ?? -1) + 1
        for old in affected.sorted() {
            let key = ArchiveLayout.batch(year: year, number: old)
            if ledger.inputs.contains(where: { $0.batch == old }) {
                let path = try await writer.manifest.localPath(of: key, in: writer.store)
                let hasRows =
                    switch try batchKind(path: path) {
                    case .options: try await rewrite(OptionRows.self, path, without: keys, kind: .options, as: next)
                    case .stocks: try await rewrite(StockRows.self, path, without: keys, kind: .stocks, as: next)
                    }
                for index in ledger.inputs.indices where ledger.inputs[index].batch == old {
                    ledger.inputs[index].batch = hasRows ? next : nil
                }
                if hasRows { next += 1 }
            }
            writer.remove(key)
        }
    }

    /// - Returns: whether rows are left; if not, no batch is written.
    private func rewrite<Rows: BatchRows>(
        _ type: Rows.Type, _ path: String, without keys: Set<String>, kind: RowKind, as number: Int
    ) async throws -> Bool {
        let batch = try OpenBatch<Rows>(path: path)
        let kept = batch.files.filter { !keys.contains($0) }
        let places = batch.files.map { file in kept.firstIndex(of: file).map(UInt32.init) }
        var pieces: [Rows] = []
        try batch.forEachBlock(in: 0..<batch.rowCount) { rows, positions, _ in
            let staying = positions.filter { places[Int(rows.file[$0])] != nil }
            guard !staying.isEmpty else { return }
            var piece = rows.reordered(staying.map(UInt32.init))
            piece.file = piece.file.map { places[Int($0)] ?? 0 }
            pieces.append(piece)
        }
        guard !pieces.isEmpty else { return false }
        let template = run.encoding.template
        let contents = try BatchContents(sorting: pieces, key: \.key, mask: template.mask(of: kind), files: kept)
        let parts = await run.encoding.parts(
            of: contents.keys, kind: kind, tickers: writer.tickers, in: writer.parts)
        let simulated = writer.manifest.simulated
        try await writer.put(ArchiveLayout.batch(year: year, number: number)) { path in
            try await BatchFile.write(
                contents, parts: parts.numbers, partCount: template.parts(of: kind).count, kind: kind, year: year,
                simulated: simulated, workers: run.configuration.maxWorkers, to: path)
        }
        return true
    }
}
