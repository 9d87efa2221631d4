import ArgumentParser
import Backtest
import EmbeddingCache
import Foundation
import Monitoring
import Portfolio
import StrictJSON
import Tapedeck

struct BacktestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest", abstract: "Simulate trading stocks by a model's predictions, filtered by clusters.",
        discussion: """
            Reads features, prices, a checkpoint, clusters and a cache of vectors. For every decision: draws a subset of the stocks that \
            trade, filters them by cluster, ranks them by expected return, and buys the best at the close of the next session. Prints \
            figures with benchmarks of the same stocks, days and costs. docs/backtest.md explains every rule.

            Example:
              tapedeck backtest --data f.h5 --prices p.h5 --model m.pt --horizon 5
            """)

    @OptionGroup(title: "Inputs") var inputs: BacktestInputs
    @OptionGroup(title: "Rules") var rules: BacktestRuleOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Run every combination of some parameters: top-k, horizon, confidence-percentile, cluster-top-k-percent, cost-bps.",
            valueName: "name=a,b"))
    var sweep: [String] = []

    @Option(help: ArgumentHelp("Write the result as JSON.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Write the result as a page with charts, in one file.", valueName: "file"))
    var html: String?

    @Option(help: ArgumentHelp("Write trades, equity and months as CSV files into a folder.", valueName: "folder"))
    var csv: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        for path in [output, html].compactMap(\.self) { try OutputFile.check(path, reading: inputs.files) }
        let configuration = try rules.configuration(inputs)
        let display = BacktestDisplay()
        let work = {
            if sweep.isEmpty {
                let result = try await Backtest(configuration).run { display.show($0) }
                Terminal.showProgress("")
                try write(result)
            } else {
                guard html == nil, csv == nil else { throw ValidationError("--html and --csv are for one run; leave --sweep out.") }
                let axes = try sweep.map { try BacktestSweep.Axis($0) }
                let result = try await BacktestSweep(configuration, axes: axes).run { display.show($0) }
                Terminal.showProgress("")
                try write(result)
            }
        }
        let caches = inputs.embeddingsCache
        try await Interruption.during {
            Terminal.showProgress("")
            Terminal.complain(
                caches.isEmpty
                    ? "Interrupted. Without --embeddings-cache, encoded vectors are not kept."
                    : "Interrupted. Encoded vectors are kept beside \(caches[0]); the same command resumes.")
        } run: {
            try await work()
        }
    }

    private func write(_ result: BacktestResult) throws {
        if let output { try ResultFile.write(try ResultFile.json(result), to: output) }
        if let html { try ResultFile.write(BacktestPage.html(result), to: html) }
        if let csv {
            try FileManager.default.createDirectory(atPath: csv, withIntermediateDirectories: true)
            for (name, text) in BacktestTables.files(result) { try ResultFile.write(text, to: csv + "/" + name) }
        }
        if json {
            try Terminal.printJSON(result)
        } else {
            for warning in result.warnings { Terminal.complain("Warning: \(warning)") }
            BacktestPrinter.print(result)
        }
        guard result.failed_share <= rules.maxFailures else {
            Terminal.complain(
                "Error: \(Numbers.fixed(result.failed_share * 100, 1)) % of the tickers or windows could not be read, more than --max-failures "
                    + "\(rules.maxFailures) allows; warnings and 'missing' in --json say which")
            throw ExitCode.failure
        }
    }

    private func write(_ result: BacktestSweep.Result) throws {
        if let output { try ResultFile.write(try ResultFile.json(result), to: output) }
        if json { return try Terminal.printJSON(result) }
        for warning in result.warnings { Terminal.complain("Warning: \(warning)") }
        BacktestPrinter.print(result)
    }
}

/// Files of results, which appear complete or not at all.
enum ResultFile {
    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONText.encode(value, pretty: true), as: UTF8.self) + "\n"
    }

    static func write(_ text: String, to path: String) throws { try FileSystem.write(Array(text.utf8), to: path) }
}

/// Draws a backtest's progress on a terminal.
private final class BacktestDisplay: @unchecked Sendable {
    // Called from several threads; the lock guards the times.
    private let lock = NSLock()
    private var lastDrawn = Date.distantPast
    private var encodingSince: Date?

    func show(_ progress: BacktestProgress) {
        lock.withLock {
            guard Terminal.errorIsTerminal, Date().timeIntervalSince(lastDrawn) > 0.1 else { return }
            lastDrawn = Date()
            switch progress.stage {
            case .loading: Terminal.showProgress("reading features and prices")
            case .encoding:
                let since = encodingSince ?? Date()
                encodingSince = since
                let seconds = Date().timeIntervalSince(since)
                let left = progress.done > 0 ? seconds / Double(progress.done) * Double(progress.total - progress.done) : .nan
                Terminal.showProgress(
                    "encoding \(Numbers.grouped(progress.done)) of \(Numbers.grouped(progress.total)) windows  ETA \(Numbers.duration(left))"
                        + (progress.totalDays > 0 ? "  decision day \(progress.days) of \(progress.totalDays)" : ""))
            case .deciding: Terminal.showProgress("decision day \(progress.days) of \(progress.totalDays)")
            }
        }
    }
}
