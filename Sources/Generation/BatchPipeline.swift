import Archive
import AsyncAlgorithms
import Descriptions

/// A batch whose descriptions are found and encoded, ready to be written.
struct PreparedBatch<Rows: BatchRows>: Sendable {
    var pending: PendingBatch<Rows>
    /// `nil` when no row was kept.
    var contents: BatchContents<Rows>?
    /// Part numbers, row-major, `partCount` a description.
    var parts: [UInt32]
    var partCount: Int
    var newParts: NewParts
}

/// Takes the files of one kind through the stages of a run at the same time: while a batch is written, the next one is
/// sorted and encoded, and files of the one after that are read.
///
/// Stages hand batches over hand to hand: none waits in between, so at most three are in memory. Each stage takes them in
/// order, which makes what is stored independent of timing and of the number of workers.
struct BatchPipeline<Rows: BatchRows>: Sendable {
    /// A source object to read, and what tells its content from any other.
    struct Input<Source: Sendable>: Sendable {
        var key: String
        var etag: String
        var size: Int
        var source: Source
    }

    let kind: InstrumentKind
    let batchSize: Int
    /// Files read at the same time.
    let width: Int
    let encoding: PartEncoding
    let parts: PartNumbers
    /// All tickers of the store before.
    let tickers: TickerNumbers
    let meter: PipelineMeter
    let stop: StopRequest
    let report: @Sendable (GenerationEvent) -> Void

    /// - Parameters:
    ///   - describe: reads one of `inputs`, on any thread.
    ///   - store: writes a batch.
    /// - Throws: `GenerationStopped` when a stop was asked for, once the batches under way are stored.
    func run<Source: Sendable>(
        _ inputs: [Input<Source>], describe: @escaping @Sendable (Source) async throws -> DescribedFile<Rows>,
        store: (PreparedBatch<Rows>) async throws -> Void
    ) async throws {
        let gathered = AsyncChannel<PendingBatch<Rows>>()
        let prepared = AsyncChannel<PreparedBatch<Rows>>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { gathered.finish() }
                try await gather(inputs, describe: describe) { await gathered.send($0) }
            }
            group.addTask {
                defer { prepared.finish() }
                for await batch in gathered { await prepared.send(try await prepare(batch)) }
            }
            for await batch in prepared { try await store(batch) }
            while try await group.next() != nil {}
        }
        // A channel of a task that is cancelled lets batches fall.
        try Task.checkCancellation()
    }

    private func gather<Source: Sendable>(
        _ inputs: [Input<Source>], describe: @escaping @Sendable (Source) async throws -> DescribedFile<Rows>,
        send: (PendingBatch<Rows>) async -> Void
    ) async throws {
        var batch = PendingBatch<Rows>(tickers: tickers)
        try await orderedMap(inputs, width: width) { input in
            report(.fileStarted(key: input.key))
            defer { report(.fileRead(key: input.key)) }
            return try await meter.measure(.read) { try await describe(input.source) }
        } consume: { input, file in
            if stop.isAsked { throw GenerationStopped() }
            try Task.checkCancellation()
            if let failure = file.failure {
                batch.failures[input.key] = failure
                report(.warning(failure))
                return
            }
            batch.add(file, etag: input.etag, size: input.size)
            // Files of stocks have been read before the years began, for all of them.
            report(
                .fileDone(
                    key: input.key, bytes: kind == .stock ? 0 : input.size, rows: file.rows.key.count + file.rejected.count,
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
            prepared.newParts = try await meter.measure(.encode) { try await encoding.encode(found.new, report: report) }
        }
        return prepared
    }
}
