import ArgumentParser
import EmbeddingCache
import Foundation
import Monitoring

/// What both building and adding to a cache are told of their outcome.
struct CacheRunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Share of failed cells above which the exit code is 1.", valueName: "share"))
    var maxFailures = 0.01

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (0...1).contains(maxFailures) else { throw ValidationError("--max-failures must be from 0 to 1.") }
    }
}

/// What becomes of what an earlier run did.
enum EarlierRun: EnumerableFlag { case resume, restart }

/// Runs a build with its progress and prints what came of it.
enum CacheRun {
    static func run(
        _ builder: CacheBuilder, _ plan: CacheBuilder.Plan, to path: String, restart: Bool = false, overwrite: Bool = false,
        outcome: CacheRunOptions
    ) async throws {
        let display = CacheBuildDisplay()
        let summary = try await Interruption.during {
            Terminal.showProgress("")
            Terminal.complain("Interrupted. What is done is in \(path).partial; the same command goes on.")
        } run: {
            try await builder.run(plan, to: path, restart: restart, overwrite: overwrite) { display.show($0) }
        }
        Terminal.showProgress("")
        if outcome.json {
            try Terminal.printJSON(Report(summary, path: path))
        } else {
            printSummary(summary, path)
        }
        let failed = summary.file.counts()[.failed] ?? 0
        let tried = failed + (summary.file.counts()[.cached] ?? 0)
        guard failed > 0, Double(failed) > outcome.maxFailures * Double(tried) else { return }
        Terminal.complain(
            "Error: \(Numbers.grouped(failed)) of \(Numbers.grouped(tried)) cells failed, more than --max-failures "
                + "\(outcome.maxFailures) allows; 'tapedeck cache info \(path) --failures' lists them")
        throw ExitCode.failure
    }

    /// `--dry-run`.
    static func printPlan(_ builder: CacheBuilder, _ plan: CacheBuilder.Plan, json: Bool) async throws {
        struct Dry: Encodable {
            let tickers, days, cells, bytes: Int
            let first_day, last_day: String
            let seconds_at_most: Double
        }
        let seconds = try await builder.estimate(plan)
        let days = (first: plan.days.first?.description ?? "–", last: plan.days.last?.description ?? "–")
        if json {
            return try Terminal.printJSON(
                Dry(
                    tickers: plan.tickers.count, days: plan.days.count, cells: plan.cells, bytes: plan.vectorBytes,
                    first_day: days.first, last_day: days.last, seconds_at_most: seconds))
        }
        print(
            "\(Numbers.grouped(plan.tickers.count)) tickers x \(Numbers.grouped(plan.days.count)) days "
                + "(\(days.first) to \(days.last)): \(Numbers.grouped(plan.cells)) cells to encode")
        print("vectors \(Numbers.bytes(plan.vectorBytes)), at most \(Numbers.duration(seconds)); nothing was written")
    }

    private static func printSummary(_ summary: CacheBuilder.Summary, _ path: String) {
        let file = summary.file
        let counts = file.counts()
        if summary.wasComplete {
            print("\(path): complete already")
        } else {
            let progress = summary.progress
            print(
                "\(path): \(Numbers.bytes(file.byteCount)), \(Numbers.grouped(progress.encoded)) windows encoded, "
                    + "\(Numbers.grouped(progress.duplicates)) met before"
                    + (progress.resumed > 0 ? ", \(Numbers.grouped(progress.resumed)) cells done by an earlier run" : "")
                    + ", \(Numbers.duration(summary.seconds))")
        }
        print(CacheText.cells(counts))
        CacheText.failures(file, most: 20).forEach { Terminal.complain($0) }
    }

    /// What `--json` prints.
    struct Report: Encodable {
        let path: String
        let bytes, encoded, duplicates, resumed: Int
        let seconds: Double
        let complete_already: Bool
        let cells: [String: Int]
        let failures: [CacheFailure]

        init(_ summary: CacheBuilder.Summary, path: String) {
            self.path = path
            bytes = summary.file.byteCount
            (encoded, duplicates) = (summary.progress.encoded, summary.progress.duplicates)
            (resumed, seconds) = (summary.progress.resumed, summary.seconds)
            complete_already = summary.wasComplete
            cells = CacheText.cellCounts(summary.file.counts())
            failures = summary.file.failures
        }
    }
}

/// Draws a build's progress on a terminal; elsewhere, in a log say, it is a line a minute.
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
