import Generation
import Monitoring

/// A plan as text for people.
enum PlanPrinter {
    static func print(_ plan: RunPlan) {
        var table = TextTable(
            [
                ("year", .left), ("option files", .right), ("bytes", .right), ("rows", .right), ("descriptions", .right),
                ("rows each", .right),
            ], expendable: ["rows each", "bytes"])
        for year in plan.years {
            table.add([
                String(year.year), Numbers.grouped(year.files), Numbers.bytes(year.bytes), Numbers.grouped(year.rows),
                Numbers.grouped(year.distinctDescriptions),
                Numbers.fixed(Double(year.rows) / Double(max(1, year.distinctDescriptions)), 1),
            ])
        }
        table.print()
        let sample =
            plan.sample.isWhole
            ? "all of it was read" : "estimated from \(Numbers.grouped(plan.sample.files)) files, \(Numbers.grouped(plan.sample.rows)) rows"
        let done = plan.filesDone > 0 ? "; the store has \(Numbers.grouped(plan.filesDone)) option files already" : ""
        Terminal.printParagraphs(
            """

            \(Numbers.grouped(plan.files)) files, \(Numbers.bytes(plan.bytes)), about \(Numbers.grouped(plan.rows)) rows (\(sample)\(done))
            \(Numbers.grouped(plan.distinctDescriptions)) distinct descriptions, \(Numbers.fixed(plan.rowsPerDescription, 1)) rows each, \
            of which \(Numbers.grouped(plan.texts)) texts are new and encoded once a model
            """)
        for model in plan.models {
            Terminal.printParagraphs(
                "\(model.model) \(model.precision): \(Numbers.grouped(Int(model.textsPerSecond))) texts/s, "
                    + "\(Numbers.duration(model.encodingSeconds)) to encode, \(Numbers.duration(model.indexSeconds)) to index")
        }
        Terminal.printParagraphs(
            "Rows: \(Numbers.duration(plan.rowSeconds)); the whole run: about \(Numbers.duration(plan.seconds)) on this machine, "
                + "with the store on a local disk\nStore: \(Numbers.bytes(plan.storeBytes)); memory: at most \(Numbers.bytes(plan.memoryBytes))")
        if let fleet = plan.fleet { print(fleet) }
        SummaryPrinter.printSkipped(plan.skippedFiles, ignored: plan.ignoredFiles, rest: "tapedeck plan --json")
        for warning in plan.warnings.prefix(10) { Terminal.printParagraphs("warning: \(warning)") }
        if plan.warnings.count > 10 { Swift.print("… and \(plan.warnings.count - 10) more: tapedeck plan --json") }
    }

    private static func print(_ fleet: FleetPlan) {
        let dollars = fleet.dollars.map { ", $\(Numbers.fixed($0, 2))" } ?? ""
        Terminal.printParagraphs(
            """

            On \(Numbers.grouped(fleet.machines)) machine\(fleet.machines == 1 ? "" : "s"): about \(Numbers.duration(fleet.workSeconds)): \
            \(Numbers.duration(fleet.startSeconds)) to start, \(Numbers.grouped(fleet.units)) units of \(Numbers.duration(fleet.unitSeconds)), and \
            \(Numbers.duration(fleet.encodingSeconds)) per machine to encode; then at most \(Numbers.duration(fleet.compactSeconds)) to compact on one machine
            \(Numbers.fixed(fleet.machineHours, 2)) machine hours\(dollars); efficiency \(Numbers.fixed(fleet.efficiency, 2)); with source and \
            store in S3 about \(Numbers.grouped(fleet.requests.reads)) reads and \(Numbers.grouped(fleet.requests.writes)) writes
            """)
    }
}
