import ArgumentParser
import Monitoring
import Tapedeck

struct Index: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Manage the FAISS indices of a store.",
        discussion: "Example:\n  tapedeck index rebuild --store store --year 2014 --model minilm",
        subcommands: [Rebuild.self])

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rebuild indices from the stored batches and parts.",
            discussion: """
                Writes the same bytes as `generate`. Encodes nothing and needs no model.

                Example:
                  tapedeck index rebuild --store store --year 2014 --model minilm
                """)

        @OptionGroup var store: StoreOption

        @Option(help: ArgumentHelp("Years to rebuild, as in 2013,2015-2017.", valueName: "years"))
        var year: String?

        @Option(help: ArgumentHelp("Models to rebuild, by key.", valueName: "a,b"))
        var model: String?

        @Flag(help: "Rebuild every index, or only those matching --year and --model.")
        var all = false

        @Flag(help: "Print a JSON array with one object per index.")
        var json = false

        func validate() throws {
            _ = try ListText.years(year)
            guard all || (year != nil && model != nil) else {
                throw ValidationError("Name --year and --model, or give --all for those not named.")
            }
        }

        func run() async throws {
            let printed = json
            let store = try await Store.open(at: try store.location())
            let built = try await store.rebuildIndices(years: try ListText.years(year), models: Set(ListText.items(model))) { index in
                guard !printed else { return }
                let change = index.isUnchanged.map { $0 ? ", unchanged" : ", changed" } ?? ", new"
                print("\(index.model) \(index.year): \(Numbers.grouped(index.vectors)) vectors\(change)")
            }
            if json { try Terminal.printJSON(built) }
        }
    }
}
