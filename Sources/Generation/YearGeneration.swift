import Archive
import Descriptions
import MarketData
import ObjectStore

/// Generation of one year: its batches, indices and ledger.
final class YearGeneration {
    let year: Int
    private let run: RunContext
    private let writer: StoreWriter
    private var ledger: YearLedger
    private var batchesSinceCheckpoint = 0
    private var failures: [String: String] = [:]
    private var warnings: [String] = []
    private var saved: Manifest.Object?

    init(year: Int, run: RunContext, writer: StoreWriter) {
        self.year = year
        self.run = run
        self.writer = writer
        ledger = YearLedger(year: year, batchSize: run.plan.batchSize)
    }

    /// Result of a year, apart from its rows.
    struct Outcome {
        /// Files that could not be used, with the reason.
        var failures: [String: String]
        /// Option files that lost too many rows, in this run or an earlier one, with the reason.
        var losses: [String: String]
        var warnings: [String]
        /// The manifest of the last checkpoint; `nil` without one.
        var manifest: Manifest.Object?
    }

    /// Does the remaining work of the year.
    /// - Throws: `GenerationStopped` when a stop was requested, after a checkpoint.
    func run(rows: inout some RowSource) async throws -> Outcome {
        let configuration = run.configuration
        let stocks = configuration.kinds.contains(.stocks) ? rows.stocks(year: year) : []
        let options = configuration.kinds.contains(.options) ? rows.options(year: year) : []
        if !run.isSegment {
            run.report(
                .yearStarted(
                    year: year, files: stocks.count + options.count, bytes: options.reduce(0) { $0 + $1.size }))
        }
        try await pickUp(
            Dictionary(uniqueKeysWithValues: stocks.map { ($0.key, $0.etag) } + options.map { ($0.key, $0.etag) }))
        let done = Set(ledger.inputs.map(\.key))
        for input in options.map({ ($0.key, $0.size) }) + stocks.map({ ($0.key, 0) }) where done.contains(input.0) {
            run.report(.fileSkipped(key: input.0, bytes: input.1))
        }
        if run.stop.isAsked { throw leave() }
        let newStocks = stocks.filter { !done.contains($0.key) }
        let newOptions = options.filter { !done.contains($0.key) }
        if !newStocks.isEmpty || !newOptions.isEmpty {
            unsettle()
            do {
                try await generate(newStocks, newOptions, try rows.reader(year: year))
            } catch is GenerationStopped {
                if batchesSinceCheckpoint > 0 { try await checkpoint() }
                throw leave()
            }
        }
        if run.isSegment {
            if batchesSinceCheckpoint > 0 { try await finishSegment() }
        } else {
            try await finish()
        }
        let wanted = Set(options.map(\.key))
        let losses = LossyFile(limit: configuration.maxRejected).failures(ledger, where: wanted.contains)
        for loss in losses.values.sorted() { run.report(.warning(loss)) }
        return Outcome(failures: failures, losses: losses, warnings: warnings, manifest: saved)
    }

    private func leave() -> GenerationStopped {
        run.report(.stopping)
        return GenerationStopped()
    }

    // MARK: - Existing batches

    /// Continues the year's ledger. Retires rows of files that changed. Drops batches that do not match the manifest; their
    /// files are read again.
    private func pickUp(_ inputs: [String: String]) async throws {
        guard var stored = try await writer.ledger(year: year) else { return }
        // A ledger may be one checkpoint ahead of the manifest, which alone determines what belongs to the store.
        func isNamed(_ number: Int) -> Bool { writer.manifest.objects[ArchiveLayout.batch(year: year, number: number)] != nil }
        stored.settleRetirement(isNamed)
        stored.inputs.removeAll { input in
            if let batch = input.batch { return !isNamed(batch) }
            let quarantine = ArchiveLayout.quarantine(source: input.key, year: year)
            return !input.quarantined.isEmpty && writer.manifest.objects[quarantine] == nil
        }
        ledger = stored
        let retirement = Retirement(year: year, writer: writer, run: run)
        var isWhole = try await retirement.dropDamaged(from: &ledger) { warn($0) }
        // A file with the same day or symbol under another name replaces the old file.
        let current = Set(inputs.keys.map(SourceLayout().content))
        let moved = Set(ledger.inputs.map(\.key).filter { inputs[$0] == nil && current.contains(SourceLayout().content(of: $0)) })
        let gone = ledger.inputs.filter { !run.files.contains($0.key) && !moved.contains($0.key) }
        if let first = gone.first {
            let what = gone.count == 1 ? "\(first.key) is" : "\(first.key) and \(gone.count - 1) more files of \(year) are"
            warn("\(what) no longer in the source; their rows stay in the store")
        }
        let changed = ledger.inputs.filter { input in moved.contains(input.key) || inputs[input.key].map { $0 != input.etag } ?? false }
        if let first = changed.first {
            let what = changed.count == 1 ? "\(first.key) has" : "\(first.key) and \(changed.count - 1) more files have"
            run.report(.warning("\(what) changed since \(year) was generated: the run retires the old rows and reads the new ones"))
            try await retirement.retire(Set(changed.map(\.key)), from: &ledger)
            isWhole = false
        }
        ledger.batchCount = (ledger.inputs.compactMap(\.batch).max() ?? -1) + 1
        if !isWhole {
            unsettle()
            // Save before any object is rewritten: a reader, or the next run after a kill, then sees the old rows or none.
            try await writer.save(ledger)
            try await writer.saveManifest()
            ledger.inputsBefore = nil
        }
    }

    private func warn(_ text: String) {
        warnings.append(text)
        run.report(.warning(text))
    }

    /// Discards results computed from the whole year, which no longer match it. If the run is killed before `finish`, they
    /// stay absent.
    private func unsettle() {
        ledger.complete = false
        ledger.distinctDescriptions = nil
        for model in writer.manifest.models.keys { writer.remove(ArchiveLayout.index(model: model, year: year)) }
        writer.remove(ArchiveLayout.underlyingDays(year: year))
        writer.remove(ArchiveLayout.descriptions(year: year))
    }

    // MARK: - Rows

    private func generate(_ stocks: [RunInput], _ options: [RunInput], _ reader: some RowReader) async throws {
        try await pipeline(StockRows.self, kind: .stocks).run(stocks) { input in
            try await reader.stocks(input)
        } store: {
            try await store($0)
        }
        try await pipeline(OptionRows.self, kind: .options).run(options) { input in
            try await reader.options(input)
        } store: {
            try await store($0)
        }
    }

    private func pipeline<Rows: BatchRows>(_ rows: Rows.Type, kind: RowKind) -> BatchPipeline<Rows> {
        BatchPipeline(
            kind: kind, year: year, firstNumber: ledger.batchCount, batchSize: run.plan.batchSize, width: run.plan.filesAtOnce,
            workers: run.configuration.maxWorkers, target: writer.store, isSimulated: writer.manifest.simulated,
            encoding: run.encoding, parts: writer.parts, tickers: writer.tickers, meter: run.meter, stop: run.stop,
            report: run.report)
    }

    private func store<Rows: BatchRows>(_ batch: WrittenBatch<Rows>) async throws {
        failures.merge(batch.failures) { $1 }
        guard !batch.inputs.isEmpty else { return }
        try await run.meter.measure(.store) { try await put(batch) }
        guard !run.isSegment else { return }
        if try await writer.store.contains(ArchiveLayout.stopRequest) {
            try await writer.store.delete(ArchiveLayout.stopRequest)
            run.stop.ask()
        }
    }

    private func put<Rows: BatchRows>(_ batch: WrittenBatch<Rows>) async throws {
        writer.add(batch.newParts, tickers: batch.tickers)
        if let file = batch.file {
            try await writer.put(file.object)
            run.report(
                .batchStored(year: year, number: file.number, rows: file.rowCount, descriptions: file.descriptionCount))
            ledger.batchCount = file.number + 1
        }
        ledger.inputs += batch.inputs.map { $0.entry(batch: batch.file?.number, isSegment: run.isSegment) }
        try await writer.put(batch.inputs.filter { !$0.rejected.isEmpty }) { [year] input in
            (ArchiveLayout.quarantine(source: input.key, year: year), try QuarantineFile.bytes(input.rejected, key: input.key))
        }
        batchesSinceCheckpoint += 1
        if !run.isSegment && batchesSinceCheckpoint >= run.configuration.checkpointFrequency { try await checkpoint() }
    }

    private func checkpoint() async throws {
        batchesSinceCheckpoint = 0
        try await writer.saveNewParts()
        try await writer.save(ledger)
        saved = try await writer.saveManifest()
    }

    // MARK: - The year as a whole

    /// Computes what lets readers search a segment, and saves it.
    private func finishSegment() async throws {
        try await writer.saveNewParts()
        let descriptions = try await YearDescriptions.read(writer.store, manifest: writer.manifest, year: year)
        try await run.meter.measure(.index) {
            try await writer.putUnderlyingDays(year: year, symbols: writer.tickers.symbols, workers: run.configuration.maxWorkers)
            try await writer.putDescriptionIndex(of: descriptions, year: year)
        }
        try await checkpoint()
    }

    /// Computes what belongs to the year as a whole, if it does not exist yet.
    private func finish() async throws {
        let missing =
            run.configuration.buildsIndices
            ? run.encoding.models.filter {
                writer.manifest.objects[ArchiveLayout.index(model: $0, year: year)] == nil
            } : []
        let complete = failures.isEmpty
        let hasOptions = ledger.inputs.contains { input in
            if case .options = SourceLayout().content(of: input.key) { input.batch != nil } else { false }
        }
        let hasDays = !hasOptions || writer.manifest.objects[ArchiveLayout.underlyingDays(year: year)] != nil
        let hasDescriptions = ledger.inputs.allSatisfy { $0.batch == nil } || writer.manifest.objects[ArchiveLayout.descriptions(year: year)] != nil
        if !missing.isEmpty || !hasDays || !hasDescriptions || ledger.distinctDescriptions == nil || ledger.complete != complete {
            if batchesSinceCheckpoint > 0 { try await checkpoint() }
            let descriptions = try await YearDescriptions.read(writer.store, manifest: writer.manifest, year: year)
            ledger.distinctDescriptions = descriptions.count
            for model in missing.sorted() {
                if run.stop.isAsked { throw leave() }
                try await run.meter.measure(.index) { try await buildIndex(model, descriptions) }
            }
            if !hasDays {
                try await run.meter.measure(.index) {
                    try await writer.putUnderlyingDays(year: year, symbols: writer.tickers.symbols, workers: run.configuration.maxWorkers)
                }
            }
            if !hasDescriptions {
                try await run.meter.measure(.index) { try await writer.putDescriptionIndex(of: descriptions, year: year) }
            }
            ledger.complete = complete
            try await checkpoint()
        }
        run.report(.yearDone(year: year))
    }

    private func buildIndex(_ model: String, _ descriptions: YearDescriptions) async throws {
        guard descriptions.count > 0 else { return }
        let clock = ContinuousClock.now
        try await writer.putIndex(of: descriptions, year: year, model: model)
        run.report(
            .indexBuilt(
                model: model, year: year, vectors: descriptions.count,
                seconds: (ContinuousClock.now - clock) / .seconds(1)))
    }
}
