import Archive
import MarketData
import ObjectStore

/// State shared by the years of a run.
struct RunContext: Sendable {
    let configuration: EmbeddingGenerationConfig
    let plan: MemoryPlan
    let source: any ObjectStore
    let files: SourceFiles
    let encoding: PartEncoding
    let meter: PipelineMeter
    let stop: StopRequest
    let report: @Sendable (GenerationEvent) -> Void
    /// Whether the run makes a segment: batches, parts and ledger of one unit, without what belongs to a whole year.
    var isSegment = false
}

extension RunContext {
    /// Generates years, one after another, and writes the summary.
    /// - Parameters:
    ///   - failures: files that could not be used or lost too many rows before the first year, with the reason.
    /// - Returns: the summary, and all files that could not be used or lost too many rows, with the reason (`requireNone`).
    /// - Throws: `GenerationStopped` when a stop was requested; errors of stores and encoders.
    func generate(
        _ years: [Int], rows: inout some RowSource, writer: StoreWriter, failures found: [String: String]
    ) async throws -> (summary: GenerationSummary, failures: [String: String]) {
        async let _: Void = reportProgress()
        var failures = found
        var warnings = files.inventory.warnings.map(\.description)
        for year in years {
            let outcome = try await YearGeneration(year: year, run: self, writer: writer).run(rows: &rows)
            failures.merge(outcome.failures) { $1 }
            failures.merge(outcome.losses) { $1 }
            warnings += outcome.warnings
        }
        let summary = try await GenerationSummary.write(
            writer, skipped: files.skipped.merging(failures) { $1 }, ignored: files.ignoredCount, warnings: warnings)
        // A year's warnings describe what a run found there, so the next run checks again.
        if failures.isEmpty, warnings.count == files.inventory.warnings.count {
            try await SettledSource(files, configuration).note(in: writer.store, manifest: writer.manifest)
        }
        report(.finished(summary))
        return (summary, failures)
    }

    /// - Throws: `GenerationError` when files were refused.
    static func requireNone(_ failures: [String: String]) throws {
        guard !failures.isEmpty else { return }
        let list = failures.sorted { $0.key < $1.key }.map { "  \($0.value)" }.joined(separator: "\n")
        throw GenerationError(
            "everything else is done, but \(failures.count == 1 ? "1 file" : "\(failures.count) files") cannot be used, or lost too many rows:\n\(list)"
        )
    }

    /// Reports the progress of the stages twice a second until the task is cancelled.
    func reportProgress() async {
        while !Task.isCancelled {
            report(.progress(meter.progress))
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}
