import ArgumentParser
import Foundation
import Generation
import ObjectStore
import Tapedeck

struct Compact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Compact the segments of workers into the store that `generate` would make.",
        discussion: """
            Reads the segments that `tapedeck work` has published, and writes the bytes that one `generate` would have \
            written. Needs neither the source nor the models. Compacts years in ascending order, up to the first one with \
            a missing unit; when no unit is missing, removes the plan and the segments.

            Example:
              tapedeck compact --store store
            """)

    @OptionGroup var store: StoreOption

    @Option(help: ArgumentHelp("Maximum memory, as in 2GB or 1.5GiB. Default: half of the machine's memory.", valueName: "size"))
    var memoryLimit: ByteCount?

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if let maxWorkers, maxWorkers < 1 { throw ValidationError("--max-workers must be at least 1, not \(maxWorkers).") }
    }

    func run() async throws {
        let limit = (memoryLimit ?? Settings.current.text(.memoryLimit).flatMap { ByteCount($0) })?.bytes
        let compaction = RecordedCompaction(
            try store.location(), memoryLimit: limit,
            maxWorkers: maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount,
            environment: Settings.current.environment
        ) { Terminal.complain($0) }
        let display = GenerationDisplay(compaction.recorder)
        let stop = StopRequest()
        let outcome = try await Interruption.during(stop, display) {
            try await compaction.run(stop: stop) { display.show($0) }
        }
        if json {
            try Terminal.printJSON(outcome)
        } else if let summary = outcome.summary {
            SummaryPrinter.print(summary)
        } else if outcome.plan == nil {
            print("There is nothing to compact: the store has no plan of workers.")
        }
        if let (year, units) = outcome.missing.min(by: { $0.key < $1.key }) {
            throw CommandError(
                "\(outcome.years.count) of the \(outcome.years.count + outcome.missing.count) years are compacted; \(year) lacks "
                    + "\(units == 1 ? "1 unit" : "\(units) units"): let `tapedeck work` finish, then run this again")
        }
    }
}
