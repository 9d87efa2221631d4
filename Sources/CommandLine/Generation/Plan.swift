import ArgumentParser
import Foundation
import Generation

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Estimate a run's rows, time, memory and disk.",
        discussion: """
            Takes the settings of `generate`. Reads a sample of the source for a few seconds and measures this machine with it. \
            Writes only to the temporary folder (TMPDIR). With --store, leaves out what that store already holds.

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
