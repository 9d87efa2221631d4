import ArgumentParser
import Foundation
import Generation
import Monitoring

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a store holds and what its newest run is doing.",
        discussion: """
            Example:
              tapedeck status --store store
            """)

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one JSON object.")
    var json = false

    /// The summary's members, and the run's beside them.
    private struct Result: Encodable {
        var summary: GenerationSummary?
        var run: RunStatus?

        private enum CodingKeys: String, CodingKey { case run }

        func encode(to encoder: any Encoder) throws {
            try summary?.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(run, forKey: .run)
        }
    }

    func run() async throws {
        let location = try store.location()
        let opened = try location.open()
        var log = EventLog(store: opened)
        let run = try await log.newestRun().map { RunStatus($0, now: .now) }
        let summary: GenerationSummary?
        do {
            summary = try await GenerationSummary.read(opened)
        } catch  where run?.isAtWork == true {
            // Before the first checkpoint there is nothing but the run.
            summary = nil
        }
        if json { return try Terminal.printJSON(Result(summary: summary, run: run)) }
        if let summary { SummaryPrinter.print(summary) }
        if let run { Terminal.printParagraphs("\n" + run.text) }
    }
}
