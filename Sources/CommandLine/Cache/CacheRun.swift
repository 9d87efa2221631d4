import ArgumentParser
import EmbeddingCache
import Foundation
import MarketData
import Monitoring
import StockFeatures

/// The options of `cache build` and `cache append` about their outcome.
struct CacheRunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Maximum share of failed cells; above it, the exit code is 1.", valueName: "share"))
    var maxFailures = 0.01

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (0...1).contains(maxFailures) else { throw ValidationError("--max-failures must be from 0 to 1.") }
    }
}

/// What to do with the work of an interrupted run.
enum EarlierRun: EnumerableFlag { case resume, restart }

/// Runs a build, shows its progress and prints its outcome.
enum CacheRun {
    static func run(
        _ builder: CacheBuilder, _ plan: CacheBuilder.Plan, to path: String, restart: Bool = false, overwrite: Bool = false,
        outcome: CacheRunOptions
    ) async throws {
        nameOthers(builder)
        let display = CacheBuildDisplay()
        let summary = try await Interruption.during {
            Terminal.showProgress("")
            Terminal.complain("Interrupted. Completed work is in \(path).partial; the same command resumes.")
        } run: {
            try await builder.run(plan, to: path, restart: restart, overwrite: overwrite) { display.show($0) }
        }
        Terminal.showProgress("")
        if outcome.json {
            try Terminal.printJSON(CacheBuildReport(summary, path: path))
        } else {
            printSummary(summary, path)
        }
        try failIfMany(summary.file, outcome.maxFailures)
        try failIfFew(summary.tried, rows: summary.file.fingerprint.rows)
    }

    /// - Throws: `ExitCode` when too large a share of the cells failed.
    static func failIfMany(_ file: CacheFile, _ maxFailures: Double) throws {
        let failed = file.counts()[.failed] ?? 0
        let tried = failed + (file.counts()[.cached] ?? 0)
        guard failed > 0, Double(failed) > maxFailures * Double(tried) else { return }
        Terminal.complain(
            "Error: \(Numbers.grouped(failed)) of \(Numbers.grouped(tried)) cells failed, more than --max-failures "
                + "\(maxFailures) allows; 'tapedeck cache info \(file.path) --failures' lists them")
        throw ExitCode.failure
    }

    /// Warns of a run that left most of its cells without a vector.
    /// - Throws: `ExitCode` when none of them has one.
    private static func failIfFew(_ tried: [CellStatus: Int], rows: Int) throws {
        guard let text = fewVectors(tried, rows: rows) else { return }
        guard tried[.cached] ?? 0 == 0 else { return Terminal.complain("Warning: only \(text)") }
        Terminal.complain("Error: \(text)")
        throw ExitCode.failure
    }

    /// The warning for a run that leaves more than half of its cells without a vector; `nil` otherwise.
    private static func fewVectors(_ tried: [CellStatus: Int], rows: Int) -> String? {
        let cells = tried.values.reduce(0, +)
        let cached = tried[.cached] ?? 0
        guard cells > 0, 2 * cached < cells else { return nil }
        return "\(Numbers.grouped(cached)) of \(Numbers.grouped(cells)) cells have a vector (\(CacheText.counts(tried)))"
            + (2 * (tried[.shortHistory] ?? 0) > cells
                ? "; windows have \(rows) rows, and most histories are shorter: give --window with fewer rows, or a file with earlier days"
                : "")
    }

    /// Warns of groups of a feature file that are not read.
    private static func nameOthers(_ builder: CacheBuilder) {
        let others = builder.features.others
        guard !others.isEmpty else { return }
        Terminal.complain(
            "Warning: not read, because they are external links or hold no features: \(others.prefix(10).joined(separator: ", "))"
                + (others.count > 10 ? " and \(others.count - 10) more" : ""))
    }

    /// `--dry-run`.
    static func printPlan(
        _ builder: CacheBuilder, _ plan: CacheBuilder.Plan, to path: String, restart: Bool = false, overwrite: Bool = false,
        json: Bool
    ) async throws {
        let survey = try await builder.survey(plan, to: path, restart: restart, overwrite: overwrite)
        nameOthers(builder)
        let days = (first: plan.days.first?.description ?? "–", last: plan.days.last?.description ?? "–")
        if json {
            return try Terminal.printJSON(CachePlanReport(plan, survey))
        }
        let table = "\(Numbers.grouped(plan.tickers.count)) tickers x \(Numbers.grouped(plan.days.count)) days (\(days.first) to \(days.last))"
        if survey.isComplete { return print("\(table): \(path) is already complete") }
        let others = [(survey.shortHistory, "short history"), (survey.noData, "no data"), (survey.failed, "cannot be read")]
            .filter { $0.0 > 0 }.map { "\(Numbers.grouped($0.0)) \($0.1)" }
        print(
            "\(table): \(Numbers.grouped(survey.windows)) windows to encode"
                + (others.isEmpty ? "" : " (other cells: \(others.joined(separator: ", ")))")
                + (survey.doneEarlier > 0 ? ", \(Numbers.grouped(survey.doneEarlier)) cells done by an earlier run" : "")
                + ", at most \(Numbers.duration(survey.seconds))")
        print(
            "disk: \(Numbers.bytes(survey.bytesNeeded)) more until the build ends (\(path) \(Numbers.bytes(survey.fileBytes)), \(path).partial "
                + "\(Numbers.bytes(survey.partialBytes)))" + (survey.freeBytes.map { ", \(Numbers.bytes($0)) free" } ?? "")
                + "; nothing was written")
        let tried: [CellStatus: Int] = [
            .cached: survey.windows + survey.doneEarlier, .shortHistory: survey.shortHistory, .noData: survey.noData, .failed: survey.failed,
        ]
        if let text = fewVectors(tried, rows: builder.fingerprint.rows) { Terminal.complain("Warning: only \(text)") }
        if let first = survey.failures.first {
            Terminal.complain(
                "Warning: \(first.ticker) \(first.reason)"
                    + (survey.failures.count > 1 ? "; \(survey.failures.count - 1) more tickers fail" : ""))
        }
        if let free = survey.freeBytes, free < survey.bytesNeeded {
            Terminal.complain(
                "Warning: the disk has \(Numbers.bytes(free)) free, too little for this cache; free some space, or name a file elsewhere")
        }
    }

    private static func printSummary(_ summary: CacheBuilder.Summary, _ path: String) {
        let file = summary.file
        let counts = file.counts()
        if summary.wasComplete {
            print("\(path): already complete")
        } else {
            let progress = summary.progress
            print(
                "\(path): \(Numbers.bytes(file.byteCount)), \(Numbers.grouped(progress.encoded)) windows encoded, "
                    + "\(Numbers.grouped(progress.duplicates)) reused"
                    + (progress.resumed > 0 ? ", \(Numbers.grouped(progress.resumed)) cells done by an earlier run" : "")
                    + ", \(Numbers.duration(summary.seconds))")
        }
        print(CacheText.cells(counts))
        CacheText.failures(file, most: 20).forEach { Terminal.complain($0) }
    }
}

/// Draws a build's progress on a terminal; in a log, prints one line per minute.
private final class CacheBuildDisplay: @unchecked Sendable {
    // Called from one run at a time; the lock guards the time of the last drawing.
    private let lock = NSLock()
    private let start = Date()
    private var lastDrawn = Date()
    private let interval = Terminal.errorIsTerminal ? 0.1 : 60

    func show(_ progress: CacheBuilder.Progress) {
        lock.withLock {
            guard Date().timeIntervalSince(lastDrawn) > interval else { return }
            lastDrawn = Date()
            let seconds = max(Date().timeIntervalSince(start), 0.001)
            let share = progress.cells > 0 ? min(1, Double(progress.cellsDone) / Double(progress.cells)) : 1
            let fresh = progress.cellsDone - progress.resumed
            let left = fresh > 0 ? Double(progress.cells - progress.cellsDone) / (Double(fresh) / seconds) : .nan
            var text = "\(StyledLine.bar(share, width: 20).text) \(Int(share * 100)) %"
            var parts = [
                "ETA \(Numbers.duration(left))", "\(Numbers.fixed(Double(progress.encoded) / seconds, 1)) windows/s",
                "\(Numbers.grouped(progress.cellsDone)) of \(Numbers.grouped(progress.cells)) cells",
            ]
            if progress.failed > 0 { parts.insert("\(Numbers.grouped(progress.failed)) failed", at: 1) }
            guard Terminal.errorIsTerminal else { return Terminal.complain("\(Int(share * 100)) %  " + parts.joined(separator: "  ")) }
            for part in parts where text.count + 2 + part.count < Terminal.errorWidth { text += "  " + part }
            Terminal.showProgress(text)
        }
    }
}
