import ArgumentParser
import Generation
import Monitoring
import ObjectStore
import Tapedeck

struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Generate embeddings together with other workers.",
        discussion: """
            Start any number of workers with the same command line, on one machine or many: they share nothing but the store. \
            The first worker writes a plan of units. Each worker claims a unit, stores its segment and publishes it, until \
            no unit is left. `tapedeck compact` then turns the segments into the store that `generate` would make. The \
            store must honour conditional writes; the command checks this first.

            Ctrl-C, or SIGTERM, releases the unit at once. A killed worker loses its unit only; another worker takes it \
            over when the lease has expired.

            Example:
              tapedeck work --source s3://market --store s3://tapedeck/store
            """)

    @OptionGroup var options: GenerationOptions

    @Option(help: ArgumentHelp("Source text per unit, for the worker that makes the plan. Default: 256MB.", valueName: "size"))
    var unitSize: ByteCount?

    @Option(help: ArgumentHelp("Seconds without a sign of life after which another worker takes a unit over.", valueName: "seconds"))
    var lease = WorkOptions.defaultLease

    @Option(help: ArgumentHelp("Discard this plan and its segments first, because its source has changed.", valueName: "id"))
    var discardPlan: String?

    @Flag(help: "Retry units that are set aside because several workers died while processing them.")
    var retrySetAside = false

    @Option(help: ArgumentHelp("File to write the worker's events to, one JSON object per line.", valueName: "file"))
    var events: String?

    func validate() throws {
        guard lease >= 1, lease <= 86_400 else { throw ValidationError("--lease must be from 1 to 86400 seconds, not \(lease).") }
    }

    func run() async throws {
        let configuration = try options.configuration(store: try options.store.location())
        if let events { try OutputFile.check(events, outside: configuration.source.folders + configuration.store.contents) }
        var workOptions = WorkOptions(unitSize: unitSize?.bytes ?? WorkOptions.defaultUnitSize, lease: lease, discardedPlan: discardPlan)
        workOptions.retriesSetAside = retrySetAside
        let work = RecordedWork(
            configuration, workOptions, follower: try OutputFile.follower(events)
        ) { Terminal.complain($0) }
        let display = GenerationDisplay(work.recorder)
        let stop = StopRequest()
        let summary = try await Interruption.during(
            stop, display, stopping: "Stopping; the unit is released.", stopped: "Interrupted. Another worker takes the unit over."
        ) {
            try await work.run(stop: stop) { display.show($0) }
        }
        if options.json { return try Terminal.printJSON(summary) }
        guard let plan = summary.plan else { return print("The store has everything that the source has.") }
        print(
            "\(Numbers.grouped(summary.units)) of the \(Numbers.grouped(summary.unitsInPlan)) units of plan \(plan), "
                + "\(Numbers.grouped(summary.rows)) rows in \(Numbers.duration(summary.seconds))")
        print("All units are done. Now run: tapedeck compact --store \(configuration.store)")
    }
}
