import ArgumentParser
import Monitoring
import Tapedeck

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what a store holds and what its newest run, or its workers, are doing.",
        discussion: """
            Example:
              tapedeck status --store store
            """)

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let status = try await Store.open(at: try store.location()).status()
        if json { return try Terminal.printJSON(status) }
        if let summary = status.summary { SummaryPrinter.print(summary) }
        if let work = status.work {
            Terminal.printParagraphs("\n" + work.text)
            for line in work.lines { print(Terminal.visible("  " + line)) }
            if let segments = status.segments, segments.count > 0 {
                Terminal.printParagraphs(
                    "\(Numbers.grouped(segments.rows)) of these rows are in segments of \(Numbers.grouped(segments.count)) units, which wait for "
                        + "`tapedeck compact`.")
            }
            for note in status.notes { Terminal.printParagraphs("Note: \(note)") }
        } else if let run = status.run {
            Terminal.printParagraphs("\n" + run.text)
        }
    }
}
