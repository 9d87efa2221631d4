import ArgumentParser
import Foundation
import Generation
import ObjectStore

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Estimate a run's rows, time, memory and disk.",
        discussion: """
            Takes the settings of `generate`. Reads a sample of the source for a few seconds and measures this machine with it. \
            Writes only to the temporary folder (TMPDIR). With --store, leaves out what that store already holds. With --machines, \
            also estimates the run of `tapedeck work` on N machines like this one.

            Example:
              tapedeck plan --source market
              tapedeck plan --source s3://market --machines 8 --price 0.40
            """)

    @OptionGroup var options: GenerationOptions

    @Option(help: ArgumentHelp("Number of machines like this one.", valueName: "n"))
    var machines: Int?

    @Option(help: ArgumentHelp("Dollars per machine and hour; requires --machines.", valueName: "dollars"))
    var price: Double?

    @Option(help: ArgumentHelp("Source bytes per unit of `tapedeck work`, as in 64MB; requires --machines. Default: 256MB.", valueName: "size"))
    var unitSize: ByteCount?

    func validate() throws {
        if machines == nil, unitSize != nil { throw ValidationError("--unit-size requires --machines.") }
        if let machines, !(1...100_000).contains(machines) { throw ValidationError("--machines must be from 1 to 100000, not \(machines).") }
        if let price {
            guard machines != nil else { throw ValidationError("--price requires --machines.") }
            guard price >= 0, price.isFinite else { throw ValidationError("--price must be a number of dollars, not \(price).") }
        }
    }

    func run() async throws {
        let store = try options.store.locationIfNamed()
        let source = try options.source.location()
        let configuration = try options.configuration(store: store ?? source)
        let planner = RunPlanner(
            configuration: configuration, store: store, fleet: machines.map { ($0, price, unitSize?.bytes ?? WorkOptions.defaultUnitSize) })
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
