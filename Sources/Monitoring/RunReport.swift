import Archive
package import Foundation
import Generation
import ModelFiles
package import ObjectStore

/// Report of a store: its contents, its integrity and its runs.
package struct RunReport {
    private let location: StoreLocation
    private let now: Date
    /// `nil` before the first checkpoint.
    private let summary: GenerationSummary?
    private let manifest: Manifest?
    /// Sizes of all objects in the store, by key.
    private let sizes: [String: Int]
    /// Oldest first.
    private let runs: [RunState]
    /// What the workers of the store do; `nil` without a plan.
    private let work: WorkStatus?

    /// Makes the report of a store.
    /// - Throws: an error when the location has neither a store nor a run; errors of the store.
    package static func document(of store: any ObjectStore, now: Date) async throws -> ReportDocument {
        let runs = try await EventLog(store: store).runs()
        let work = try await WorkStatus.read(store, now: now)
        let manifest = try await StoreReader.readManifest(store)
        // If there is neither a manifest nor a run, this throws that there is no store.
        let summary = manifest == nil && (!runs.isEmpty || work != nil) ? nil : try await GenerationSummary.read(store)
        let objects = try await store.list(prefix: ArchiveLayout.root)
        return RunReport(
            location: store.location, now: now, summary: summary, manifest: manifest,
            sizes: Dictionary(objects.map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first }), runs: runs, work: work
        ).document
    }

    private var document: ReportDocument {
        var document = ReportDocument(title: "Tapedeck: \(location)")
        document.blocks.append(.paragraph("As of \(now.formatted(.iso8601))."))
        if let summary {
            document.blocks += holdings(summary) + years(summary)
        } else {
            document.blocks.append(.paragraph("The store has no checkpoint yet."))
        }
        if let work { document.blocks += workers(work) }
        if let run = runs.last { document.blocks += newest(run) }
        if let summary { document.blocks += refusals(summary) }
        document.blocks += warnings
        if runs.count > 1 { document.blocks += history }
        return document
    }

    // MARK: - The store

    private func holdings(_ summary: GenerationSummary) -> [ReportDocument.Block] {
        let refused = summary.quarantined.values.reduce(0, +)
        var blocks: [ReportDocument.Block] = [.heading("Holdings")]
        if summary.simulated { blocks.append(.paragraph("Simulated data: nothing here is a real market.")) }
        let models = summary.models.map { name in "\(name) (\(manifest?.models[name]?.precision ?? "?"))" }.joined(separator: ", ")
        func row(_ name: String, _ value: String) -> [String] { [name, value] }
        blocks.append(
            .table(
                header: ["", " figure"],
                rows: [
                    row("rows", Numbers.grouped(summary.rows)), row("searchable", Numbers.grouped(summary.searchable)),
                    row("quarantined", Numbers.grouped(refused)),
                    row("distinct descriptions", Numbers.grouped(summary.distinctDescriptions)),
                    row("distinct texts (template \(summary.template))", Numbers.grouped(summary.distinctParts)),
                    row("tickers", Numbers.grouped(summary.tickers)), row("models", models),
                    row("encodings made", Numbers.grouped(summary.encodingsMade)),
                    row("encodings saved", Numbers.grouped(summary.encodingsSaved)),
                    row("bytes stored", Numbers.bytes(manifest?.objects.values.reduce(0) { $0 + $1.size } ?? 0)),
                ]))
        for (model, calibration) in (summary.calibrations ?? [:]).sorted(by: { $0.key < $1.key }) {
            blocks.append(.paragraph("Precision of \(model): \(calibration)."))
        }
        return blocks
    }

    private func years(_ summary: GenerationSummary) -> [ReportDocument.Block] {
        let rows = summary.years.map { year in
            let refused = year.quarantined.values.reduce(0, +)
            let ratio = year.distinctDescriptions.flatMap { $0 > 0 ? Numbers.fixed(Double(year.searchable) / Double($0), 1) : nil }
            return [
                String(year.year), year.complete ? "complete" : "partial", Numbers.grouped(year.inputs), Numbers.grouped(year.rows),
                Numbers.grouped(year.searchable), Numbers.grouped(refused), year.distinctDescriptions.map(Numbers.grouped) ?? "–",
                ratio ?? "–", Numbers.grouped(year.batches), integrity(year),
            ]
        }
        return [
            .heading("Years"),
            .table(
                header: [
                    "year", "state", " inputs", " rows", " searchable", " quarantined", " descriptions", " rows each", " batches", "integrity",
                ], rows: rows),
            .paragraph(
                "This report compares ledgers, manifest and listing: rows add up, and every object exists with its size. "
                    + "`tapedeck verify` reads the bytes."),
        ]
    }

    private func integrity(_ year: GenerationSummary.Year) -> String {
        guard let manifest else { return "" }
        if year.rows != year.searchable + year.quarantined.values.reduce(0, +) { return "rows do not add up" }
        let named = manifest.objects.filter {
            $0.key.contains("year_\(year.year)/") || $0.key.contains("year_\(year.year)_")
                || $0.key.hasSuffix("_year_\(year.year).faiss")
        }
        let missing = named.keys.filter { sizes[$0] == nil }.sorted()
        if !missing.isEmpty { return "missing: \(missing.joined(separator: ", "))" }
        let other = named.filter { sizes[$0.key] != $0.value.size }.keys.sorted()
        if !other.isEmpty { return "of another size: \(other.joined(separator: ", "))" }
        return "\(named.count) of \(named.count) objects, rows add up"
    }

    private func refusals(_ summary: GenerationSummary) -> [ReportDocument.Block] {
        var quirks: [String: Int] = [:]
        for year in summary.years { quirks.merge(year.quirks, uniquingKeysWith: +) }
        func counts(_ title: String, _ counts: [String: Int]) -> [ReportDocument.Block] {
            guard !counts.isEmpty else { return [] }
            let rows = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { [$0.key, Numbers.grouped($0.value)] }
            return [.heading(title), .table(header: ["reason", " rows"], rows: rows)]
        }
        var blocks = counts("Quarantined rows", summary.quarantined) + counts("Rows kept, but odd", quirks)
        if !summary.skippedFiles.isEmpty {
            blocks += [
                .heading("Files not read, or read in part"), .paragraph("\(Numbers.grouped(summary.skippedFiles.count)) files, by reason:"),
                .list(SkippedFiles.lines(summary.skippedFiles)),
            ]
        }
        return blocks
    }

    // MARK: - Workers

    private func workers(_ work: WorkStatus) -> [ReportDocument.Block] {
        let rows = work.workers.map { worker in
            [
                worker.worker, worker.isStraggler ? "\(worker.state), straggler" : worker.state, worker.unit.map { "\($0)" } ?? "–",
                worker.progress.map { RunText.percent($0) } ?? "–", worker.unitSeconds.map(Numbers.duration) ?? "–",
                Numbers.grouped(worker.published),
                worker.rowsPerSecond.map { Numbers.grouped(Int($0)) } ?? "–",
            ]
        }
        return [
            .heading("Workers"), .paragraph(work.text + "."),
            .table(header: ["worker", "state", " unit", " read", " for", " units done", " rows per second"], rows: rows),
        ]
    }

    // MARK: - Runs

    private func newest(_ run: RunState) -> [ReportDocument.Block] {
        var blocks: [ReportDocument.Block] = [.heading("Newest run"), .paragraph(RunStatus(run, now: now).text.replacing("\n", with: ". "))]
        var figures = [
            ["rows read", Numbers.grouped(run.rows)], ["rows per second", run.overallRowRate.map { Numbers.grouped(Int($0)) } ?? "–"],
            ["rows per description, by batch", run.rowsPerDescription.map { Numbers.fixed($0, 1) } ?? "–"],
            ["bytes read", Numbers.bytes(run.bytesRead)], ["inputs read", Numbers.grouped(run.filesDone)],
            ["inputs done before", Numbers.grouped(run.filesSkipped)], ["rows quarantined", Numbers.grouped(run.quarantined)],
            ["batches stored", Numbers.grouped(run.batches)], ["retries", Numbers.grouped(run.progress?.retries ?? 0)],
            ["warnings", Numbers.grouped(run.warningCount)],
        ]
        if run.peakMemory > 0 { figures.append(["most memory", Numbers.bytes(run.peakMemory)]) }
        blocks.append(.table(header: ["", " figure"], rows: figures))
        if !run.models.isEmpty {
            let rows = run.models.sorted { $0.key < $1.key }.map { name, model in
                [
                    name, model.precision ?? "", Numbers.grouped(model.texts), Numbers.duration(model.seconds), "\(model.indices)",
                    Numbers.duration(model.indexSeconds),
                ]
            }
            blocks.append(.table(header: ["model", "precision", " texts encoded", " in", " indices built", " in"], rows: rows))
        }
        if let seconds = run.progress?.seconds, !seconds.isEmpty {
            let rows = PipelineProgress.Stage.allCases.map(\.rawValue).compactMap { stage in
                seconds[stage].map { [stage, Numbers.duration($0)] }
            }
            blocks += [.paragraph("Time by stage, summed over threads:"), .table(header: ["stage", " time"], rows: rows)]
        }
        return blocks + plots(run)
    }

    private func plots(_ run: RunState) -> [ReportDocument.Block] {
        let points = run.history.points
        guard points.count > 2 else { return [] }
        let rates = zip(points, points.dropFirst()).map { earlier, later in
            (at: later.at, value: Double(later.rows - earlier.rows) / (later.at - earlier.at))
        }
        var plots = [
            LinePlot(title: "Rows read", points: points.map { (at: $0.at, value: Double($0.rows)) }) { Numbers.grouped(Int($0)) },
            LinePlot(title: "Rows per second", points: rates) { Numbers.grouped(Int($0)) },
        ]
        if run.peakMemory > 0 {
            plots.append(
                LinePlot(title: "Memory", points: points.map { (at: $0.at, value: Double($0.memory)) }) { Numbers.bytes(Int($0)) })
        }
        return plots.map { .plot($0) }
    }

    private var warnings: [ReportDocument.Block] {
        let warnings = runs.last?.warnings ?? []
        let texts = warnings.isEmpty ? summary?.warnings ?? [] : warnings.map(\.text)
        return texts.isEmpty ? [] : [.heading("Warnings"), .list(texts)]
    }

    private var history: [ReportDocument.Block] {
        let rows = runs.reversed().map { run in
            let life = run.life(now: now, processExists: run.identity.processExists)
            return [
                run.start.formatted(.iso8601), run.identity.host, life == .dead ? "dead" : run.phase.rawValue, Numbers.duration(run.elapsed),
                Numbers.grouped(run.rows), Numbers.grouped(run.texts), Numbers.grouped(run.quarantined),
            ]
        }
        return [
            .heading("Runs"),
            .table(header: ["started", "host", "outcome", " took", " rows", " texts encoded", " quarantined"], rows: rows),
        ]
    }
}
