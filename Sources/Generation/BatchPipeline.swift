import MarketData
import Base
import Archive
import AsyncAlgorithms
import Descriptions
import ObjectStore

/// A source object to read.
struct RunInput: Codable, Hashable, Sendable {
    var key: String
    /// Identifies the content of the object and what is requested from it.
    var etag: String
    /// In bytes.
    var size: Int
}

extension RunInput {
    /// An input with stock bars.
    init(_ bars: StockBars.Input) { self.init(key: bars.key, etag: bars.etag, size: bars.size) }

    /// An option file with the settings that affect how it is read.
    init(_ day: SourceInventory.DayFile, _ configuration: EmbeddingGenerationConfig) {
        self.init(key: day.object.key, etag: configuration.optionETag(day), size: day.object.size)
    }
}

/// A batch whose descriptions have been collected and encoded, ready to be written.
struct PreparedBatch<Rows: BatchRows>: Sendable {
    var pending: PendingBatch<Rows>
    /// `nil` if no row was kept.
    var contents: BatchContents<Rows>?
    /// Part numbers, row-major, `partCount` per description.
    var parts: [UInt32]
    var partCount: Int
    var newParts: NewParts
}

/// A batch written to a file, ready to be put into the store.
struct WrittenBatch<Rows: BatchRows>: Sendable {
    struct File: Sendable {
        var number: Int
        var object: TemporaryObject
        var rowCount: Int
        var descriptionCount: Int
    }

    var inputs: [PendingBatch<Rows>.Input]
    /// Source files that could not be used, with the reason.
    var failures: [String: String]
    /// All tickers of the store, including those of this batch.
    var tickers: TickerNumbers
    var newParts: NewParts
    /// `nil` if no row was kept.
    var file: File?
}

/// Runs the files of one kind through the stages of a run concurrently. While one batch is put into the store, the next is
/// compressed, the one after that sorted and encoded, and files of a fourth are read.
///
/// Stages hand batches over without a queue in between, so the rows of at most three batches are in memory. Each stage takes
/// them in order, so what is stored does not depend on timing or on the number of workers.
struct BatchPipeline<Rows: BatchRows>: Sendable {
    let kind: RowKind
    let year: Int
    /// Number of the first batch.
    let firstNumber: Int
    let batchSize: Int
    /// Number of files read at the same time.
    let width: Int
    /// Number of columns compressed at the same time.
    let workers: Int
    let target: any ObjectStore
    let isSimulated: Bool
    let encoding: PartEncoding
    let parts: PartNumbers
    /// All tickers of the store before this pipeline.
    let tickers: TickerNumbers
    let meter: PipelineMeter
    let stop: StopRequest
    let report: @Sendable (GenerationEvent) -> Void

    /// - Parameters:
    ///   - describe: reads one of `inputs`, on any thread.
    ///   - store: puts a batch into the store.
    /// - Throws: `GenerationStopped` when a stop was requested, after the batches in progress have been stored.
    func run(
        _ inputs: [RunInput], describe: @escaping @Sendable (RunInput) async throws -> DescribedFile<Rows>,
        store: (WrittenBatch<Rows>) async throws -> Void
    ) async throws {
        let gathered = AsyncChannel<PendingBatch<Rows>>()
        let prepared = AsyncChannel<PreparedBatch<Rows>>()
        let written = AsyncChannel<WrittenBatch<Rows>>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { gathered.finish() }
                try await gather(inputs, describe: describe) { await gathered.send($0) }
            }
            group.addTask {
                defer { prepared.finish() }
                for await batch in gathered { await prepared.send(try await prepare(batch)) }
            }
            group.addTask {
                defer { written.finish() }
                var number = firstNumber
                for await batch in prepared {
                    await written.send(try await meter.measure(.write) { try await write(batch, number: number) })
                    if batch.contents != nil { number += 1 }
                }
            }
            for await batch in written { try await store(batch) }
            // A batch that could not be written takes precedence over a requested stop.
            var stopped: GenerationStopped?
            while let result = await group.nextResult() {
                guard case .failure(let error) = result else { continue }
                guard let stop = error as? GenerationStopped else { throw error }
                stopped = stop
            }
            if let stopped { throw stopped }
        }
        // A cancelled task's channel drops batches.
        try Task.checkCancellation()
    }

    private func gather(
        _ inputs: [RunInput], describe: @escaping @Sendable (RunInput) async throws -> DescribedFile<Rows>,
        send: (PendingBatch<Rows>) async -> Void
    ) async throws {
        var batch = PendingBatch<Rows>(tickers: tickers)
        try await orderedMap(inputs, width: width) { input in
            report(.fileStarted(key: input.key))
            defer { report(.fileRead(key: input.key)) }
            return try await meter.measure(.read) { try await describe(input) }
        } consume: { input, file in
            if stop.isAsked { throw GenerationStopped() }
            try Task.checkCancellation()
            if let failure = file.failure {
                batch.failures[input.key] = failure
                report(.warning(failure))
                return
            }
            batch.add(file, etag: input.etag, size: input.size)
            // Stock files were already read, for all years, before the first year began.
            report(
                .fileDone(
                    key: input.key, bytes: kind == .stocks ? 0 : input.size, rows: file.rows.key.count + file.rejected.count,
                    quarantined: file.rejected.count))
            if batch.rowCount >= batchSize {
                await send(batch)
                batch = PendingBatch(tickers: batch.tickers)
            }
        }
        if !batch.inputs.isEmpty || !batch.failures.isEmpty { await send(batch) }
    }

    private func prepare(_ batch: PendingBatch<Rows>) async throws -> PreparedBatch<Rows> {
        let partCount = encoding.template.parts(of: kind).count
        var prepared = PreparedBatch(
            pending: batch, contents: nil, parts: [], partCount: partCount,
            newParts: NewParts(type: encoding.vectorType))
        guard batch.rowCount > 0 else { return prepared }
        let contents = try await meter.measure(.sort) {
            try BatchContents(
                sorting: batch.rows, key: \.key, mask: encoding.template.mask(of: kind), files: batch.inputs.map(\.key))
        }
        let found = await encoding.parts(of: contents.keys, kind: kind, tickers: batch.tickers, in: parts)
        prepared.contents = contents
        prepared.parts = found.numbers
        if !found.new.isEmpty {
            let origin = BatchOrigin(kind: kind, year: year, files: contents.files)
            prepared.newParts = try await meter.measure(.encode) { try await encoding.encode(found.new, of: origin, report: report) }
        }
        return prepared
    }

    private func write(_ batch: PreparedBatch<Rows>, number: Int) async throws -> WrittenBatch<Rows> {
        let pending = batch.pending
        var written = WrittenBatch<Rows>(
            inputs: pending.inputs, failures: pending.failures, tickers: pending.tickers, newParts: batch.newParts)
        guard let contents = batch.contents else { return written }
        let object = try await TemporaryObject(ArchiveLayout.batch(year: year, number: number), for: target) { path in
            try await BatchFile.write(
                contents, parts: batch.parts, partCount: batch.partCount, kind: kind, year: year,
                simulated: isSimulated, workers: workers, to: path)
        }
        written.file = .init(
            number: number, object: object, rowCount: contents.rowCount, descriptionCount: contents.keys.count)
        return written
    }
}
