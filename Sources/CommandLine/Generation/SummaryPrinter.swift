import Generation
import Monitoring

/// A store's summary as text for people.
enum SummaryPrinter {
    static func print(_ summary: GenerationSummary) {
        if summary.simulated { Swift.print("Simulated data: nothing here is a real market.") }
        var table = TextTable(
            [
                ("year", .left), ("state", .left), ("inputs", .right), ("rows", .right), ("searchable", .right),
                ("quarantined", .right), ("descriptions", .right), ("rows each", .right),
            ], expendable: ["inputs", "rows each"])
        for year in summary.years {
            let refused = year.quarantined.values.reduce(0, +)
            let ratio = year.distinctDescriptions.map { $0 > 0 ? Double(year.searchable) / Double($0) : 0 }
            table.add([
                String(year.year), year.complete ? "complete" : "partial", Numbers.grouped(year.inputs),
                Numbers.grouped(year.rows), Numbers.grouped(year.searchable), Numbers.grouped(refused),
                year.distinctDescriptions.map(Numbers.grouped) ?? "–", Numbers.optional(ratio, 1),
            ])
        }
        table.print()
        let refused = summary.quarantined.values.reduce(0, +)
        Terminal.printParagraphs(
            """

            \(Numbers.grouped(summary.rows)) rows = \(Numbers.grouped(summary.searchable)) searchable \
            + \(Numbers.grouped(refused)) quarantined
            \(Numbers.grouped(summary.distinctDescriptions)) distinct descriptions of \
            \(Numbers.grouped(summary.distinctParts)) distinct texts (template \(summary.template)), \
            \(Numbers.grouped(summary.tickers)) tickers, models: \(summary.models.joined(separator: ", "))
            \(Numbers.grouped(summary.encodingsMade)) encodings made, \(Numbers.grouped(summary.encodingsSaved)) saved
            """)
        for (model, calibration) in (summary.calibrations ?? [:]).sorted(by: { $0.key < $1.key }) {
            Terminal.printParagraphs("Precision of \(model): \(calibration)")
        }
        list("Quarantined", summary.quarantined)
        var quirks: [String: Int] = [:]
        for year in summary.years { quirks.merge(year.quirks, uniquingKeysWith: +) }
        list("Kept, but odd", quirks)
        printSkipped(summary.skippedFiles, ignored: summary.ignoredFiles ?? 0, rest: "tapedeck status --json")
    }

    /// Prints the files that were not read, or read in part, one line per reason.
    static func printSkipped(_ skipped: [String: String], ignored: Int, rest: String) {
        if !skipped.isEmpty {
            Swift.print("Files not read, or read in part: \(Numbers.grouped(skipped.count))")
            let lines = SkippedFiles.lines(skipped)
            for line in lines.prefix(10) { Swift.print(Terminal.visible("  " + line)) }
            if lines.count > 10 { Swift.print("  … the rest: \(rest)") }
        }
        if ignored > 0 { Swift.print("Other files that are not market data: \(Numbers.grouped(ignored))") }
    }

    private static func list(_ title: String, _ counts: [String: Int]) {
        guard !counts.isEmpty else { return }
        Swift.print("\(title):")
        for (name, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            Swift.print("  \(Numbers.grouped(count))  \(name)")
        }
    }
}
