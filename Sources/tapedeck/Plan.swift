import ArgumentParser
import Foundation
import Generation

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What a run will meet and take, before it.",
        discussion: """
            Takes the settings of `generate`. Reads a sample of the source for a few seconds, measures this machine with it, \
            and writes nothing but to the temporary folder. With --store, what that store has already is left out.

            Example:
              tapedeck plan --source market
            """)

    @OptionGroup var options: GenerationOptions

    func run() async throws {
        let store = try options.store.locationIfNamed()
        let source = try options.source.location()
        let configuration = try options.configuration(store: store ?? source)
        let planner = RunPlanner(configuration: configuration, store: store)
        let plan = try await Interruption.during {
            try? FileManager.default.removeItem(atPath: planner.scratch)
        } run: {
            try await planner.run()
        }
        if options.json {
            try Terminal.printJSON(plan)
        } else {
            PlanPrinter.print(plan)
        }
    }
}
