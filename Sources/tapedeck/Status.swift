import ArgumentParser
import Generation

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a store holds.",
        discussion: """
            Example:
              tapedeck status --store store
            """)

    @OptionGroup var store: StoreOption

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let summary = try await GenerationSummary.read(try store.location())
        if json {
            try Terminal.printJSON(summary)
        } else {
            SummaryPrinter.print(summary)
        }
    }
}
