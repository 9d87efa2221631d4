import ArgumentParser
import Generation
import ObjectStore

struct Index: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The FAISS indices of a store.",
        discussion: "Example:\n  tapedeck index rebuild --store store --year 2014 --model minilm",
        subcommands: [Rebuild.self])

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build indices again from batches and parts, as `generate` does.",
            discussion: """
                The same batches and parts give the same bytes. Nothing is encoded and no model is needed.

                Example:
                  tapedeck index rebuild --store store --year 2014 --model minilm
                """)

        @OptionGroup var store: StoreOption

        @Option(help: ArgumentHelp("The year, or years as in 2013,2015-2017.", valueName: "years"))
        var year: String?

        @Option(help: ArgumentHelp("The model by its key, or several.", valueName: "a,b"))
        var model: String?

        @Flag(help: "All that --year or --model does not narrow down.")
        var all = false

        @Flag(help: "Print one JSON object an index, as a list.")
        var json = false

        func validate() throws {
            _ = try ListText.years(year)
            guard all || (year != nil && model != nil) else {
                throw ValidationError("Name --year and --model, or give --all for those not named.")
            }
        }

        func run() async throws {
            let rebuild = IndexRebuild(
                try store.location().open(creating: false), years: try ListText.years(year), models: Set(ListText.items(model)))
            let printed = json
            let built = try await rebuild.run { index in
                guard !printed else { return }
                let change = index.isUnchanged.map { $0 ? ", as it was" : ", not as it was" } ?? ", new"
                print("\(index.model) \(index.year): \(Numbers.grouped(index.vectors)) vectors\(change)")
            }
            if json { try Terminal.printJSON(built) }
        }
    }
}
