import Archive
import Descriptions
import Foundation
import MarketData
import ObjectStore
import VectorIndex

/// One year of a run: its batches, its indices, its ledger.
final class YearGeneration {
    private let year: Int
    private let configuration: EmbeddingGenerationConfig
    private let source: any ObjectStore
    private let files: SourceFiles
    private let bars: StockBars
    private let writer: ArchiveWriter
    private let encoding: PartEncoding
    private let lexicon: Lexicon
    private let report: @Sendable (GenerationEvent) -> Void
    private var ledger: YearLedger
    private var batchesSinceCheckpoint = 0
    private var failures: [String: String] = [:]

    init(
        year: Int, configuration: EmbeddingGenerationConfig, source: any ObjectStore, files: SourceFiles,
        bars: StockBars, writer: ArchiveWriter, encoding: PartEncoding, lexicon: Lexicon,
        report: @escaping @Sendable (GenerationEvent) -> Void
    ) {
        self.year = year
        self.configuration = configuration
        self.source = source
        self.files = files
        self.bars = bars
        self.writer = writer
        self.encoding = encoding
        self.lexicon = lexicon
        self.report = report
        ledger = YearLedger(year: year, batchSize: configuration.batchSize)
    }

    /// Does what of the year is not done yet.
    /// - Returns: files that could not be used, with the reason.
    func run() async throws -> [String: String] {
        let stocks = configuration.kinds.contains(.stocks) ? bars.inputs(year: year) : []
        let options = configuration.kinds.contains(.options) ? files.optionDays(year: year) : []
        let inputs = Dictionary(
            uniqueKeysWithValues: stocks.map { ($0.key, $0.etag) } + options.map { ($0.object.key, identity($0)) })
        report(
            .yearStarted(
                year: year, files: inputs.count, bytes: options.reduce(0) { $0 + $1.object.size }))
        try await pickUp(inputs)
        let done = Set(ledger.inputs.map(\.key))
        for key in inputs.keys.sorted() where done.contains(key) { report(.fileSkipped(key: key, bytes: files.size(key))) }
        let newStocks = stocks.filter { !done.contains($0.key) }
        let newOptions = options.filter { !done.contains($0.object.key) }
        if !newStocks.isEmpty || !newOptions.isEmpty {
            ledger.complete = false
            // What was worked out of the whole year no longer fits it. A run that is killed before `finish` leaves it out.
            ledger.distinctDescriptions = nil
            removeIndices()
            try await generateStocks(newStocks)
            try await generateOptions(newOptions)
        }
        try await finish()
        return failures
    }

    /// What tells an option file's content, and what was asked of it, from any other.
    private func identity(_ file: SourceInventory.DayFile) -> String {
        configuration.underlyings.isEmpty
            ? file.object.etag : file.object.etag + " of " + configuration.underlyings.sorted().joined(separator: ",")
    }

    /// Continues the year's ledger; a year whose inputs changed is begun anew.
    private func pickUp(_ inputs: [String: String]) async throws {
        guard var stored = try await writer.ledger(year: year) else { return }
        // A ledger may be one checkpoint ahead of the manifest, which alone says what is part of the store.
        stored.inputs.removeAll { input in
            if let batch = input.batch { return writer.manifest.objects[ArchiveLayout.batch(year: year, number: batch)] == nil }
            let quarantine = ArchiveLayout.quarantine(source: input.key, year: year)
            return !input.quarantined.isEmpty && writer.manifest.objects[quarantine] == nil
        }
        stored.batchCount = (stored.inputs.compactMap(\.batch).max() ?? -1) + 1
        let changed = stored.inputs.filter { input in inputs[input.key].map { $0 != input.etag } ?? false }
        if let first = changed.first {
            report(.warning("\(first.key) has changed since \(year) was generated: the year is done anew"))
            try await discard(stored)
            return
        }
        ledger = stored
    }

    /// Takes the year out of the store before any of its objects is written again: a reader, or the next run after a
    /// kill, sees the old year or none.
    private func discard(_ stored: YearLedger) async throws {
        for number in 0..<stored.batchCount { writer.remove(ArchiveLayout.batch(year: year, number: number)) }
        for input in stored.inputs { writer.remove(ArchiveLayout.quarantine(source: input.key, year: year)) }
        for complete in [true, false] { writer.remove(ArchiveLayout.checkpoint(year: year, complete: complete)) }
        removeIndices()
        try await writer.saveManifest()
    }

    private func removeIndices() {
        for model in writer.manifest.models.keys { writer.remove(ArchiveLayout.index(model: model, year: year)) }
    }

    // MARK: - Stocks

    private func generateStocks(_ inputs: [StockBars.Input]) async throws {
        guard !inputs.isEmpty else { return }
        let describer = StockDescriber(lexicon: lexicon)
        var batch = PendingBatch<StockColumns>(kind: .stocks)
        for input in inputs {
            let columns = bars.columns(input, describer: describer) { writer.parts.intern(ticker: $0) }
            batch.add(
                columns, key: input.key, etag: input.etag, size: input.size, rejected: input.rejected, quirks: [:])
            report(
                .fileDone(
                    key: input.key, bytes: 0, rows: input.rows.count + input.rejected.count,
                    quarantined: input.rejected.count))
            if batch.rowCount >= configuration.batchSize { try await store(&batch) }
        }
        try await store(&batch)
    }

    // MARK: - Options

    private func generateOptions(_ files: [SourceInventory.DayFile]) async throws {
        guard !files.isEmpty else { return }
        let reading = OptionFileReading(
            source: source, describer: OptionDescriber(lexicon: lexicon),
            bars: bars.contexts(describer: StockDescriber(lexicon: lexicon)),
            underlyings: configuration.underlyings)
        var batch = PendingBatch<OptionColumns>(kind: .options)
        try await orderedMap(files, width: configuration.maxWorkers) { file in
            try await reading.read(key: file.object.key, day: file.day)
        } consume: { file, described in
            if let failure = described.failure {
                failures[file.object.key] = failure
                report(.warning(failure))
                return
            }
            var columns = described.rows
            renumber(&columns, symbols: described.symbols)
            batch.add(
                columns, key: file.object.key, etag: identity(file), size: file.object.size, rejected: described.rejected,
                quirks: described.quirks)
            report(
                .fileDone(
                    key: file.object.key, bytes: file.object.size, rows: columns.line.count + described.rejected.count,
                    quarantined: described.rejected.count))
            if batch.rowCount >= configuration.batchSize { try await store(&batch) }
        }
        try await store(&batch)
    }

    /// Replaces a file's own ticker numbers by the store's, in the order in which the file met them.
    private func renumber(_ columns: inout OptionColumns, symbols: [String]) {
        let numbers = symbols.map { writer.parts.intern(ticker: $0) }
        let tickerMask = ~(UInt64(DescriptionKey.tickerLimit - 1) << DescriptionKey.tickerShift)
        for index in columns.key.indices {
            let local = DescriptionKey(rawValue: columns.key[index]).ticker
            columns.key[index] =
                columns.key[index] & tickerMask | UInt64(numbers[Int(local)]) << DescriptionKey.tickerShift
            columns.root[index] = numbers[Int(columns.root[index])]
        }
    }

    // MARK: - Storing

    private func store<Rows: BatchRows>(_ batch: inout PendingBatch<Rows>) async throws {
        guard !batch.inputs.isEmpty else { return }
        defer { batch = PendingBatch(kind: batch.kind) }
        var number: Int?
        if batch.rowCount > 0 {
            let kind: InstrumentKind = batch.kind == .stocks ? .stock : .call
            let contents = try BatchContents(
                sorting: batch.rows, fullKeys: batch.rows.key, mask: encoding.template.mask(of: kind),
                files: batch.inputs.map(\.key))
            let parts = encoding.parts(of: contents.keys, kind: kind, in: &writer.parts)
            try await encoding.encodeNew(in: &writer.parts, report: report)
            let place = ledger.batchCount
            try await writer.put(ArchiveLayout.batch(year: year, number: place)) { path in
                try BatchFile.write(
                    contents, parts: parts, partCount: encoding.template.parts(of: kind).count, kind: batch.kind,
                    year: year, simulated: writer.manifest.simulated, to: path)
            }
            ledger.batchCount += 1
            number = place
            report(
                .batchStored(
                    year: year, number: place, rows: batch.rowCount, descriptions: contents.keys.count))
        }
        for input in batch.inputs { ledger.inputs.append(input.entry(batch: number)) }
        for input in batch.inputs where !input.rejected.isEmpty {
            try await writer.put(
                ArchiveLayout.quarantine(source: input.key, year: year),
                bytes: try QuarantineFile.bytes(input.rejected, key: input.key))
        }
        batchesSinceCheckpoint += 1
        if batchesSinceCheckpoint >= configuration.checkpointFrequency { try await checkpoint() }
    }

    private func checkpoint() async throws {
        batchesSinceCheckpoint = 0
        try await writer.saveNewParts(dimensions: writer.manifest.models.mapValues(\.dimension))
        try await writer.save(ledger)
        try await writer.saveManifest()
    }

    /// Works out what belongs to the year as a whole, where that is not there yet.
    private func finish() async throws {
        let missing = configuration.buildsIndices
            ? encoding.encoders.keys.filter {
                writer.manifest.objects[ArchiveLayout.index(model: $0, year: year)] == nil
            } : []
        let complete = failures.isEmpty
        if !missing.isEmpty || ledger.distinctDescriptions == nil || ledger.complete != complete {
            let descriptions = try await YearDescriptions.read(writer, year: year, batches: ledger.batchCount)
            ledger.distinctDescriptions = descriptions.keys.count
            for model in missing.sorted() { try await buildIndex(model, descriptions) }
            ledger.complete = complete
            try await checkpoint()
        }
        report(.yearDone(year: year))
    }

    private func buildIndex(_ model: String, _ descriptions: YearDescriptions) async throws {
        guard !descriptions.keys.isEmpty else { return }
        let clock = ContinuousClock.now
        try await writer.putIndex(of: descriptions, year: year, model: model)
        report(
            .indexBuilt(
                model: model, year: year, vectors: descriptions.keys.count,
                seconds: (ContinuousClock.now - clock) / .seconds(1)))
    }
}
