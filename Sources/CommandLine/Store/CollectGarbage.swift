import ArgumentParser
import Monitoring
import Tapedeck

struct CollectGarbage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove unreferenced objects from a store.",
        discussion: """
            Removes objects in the store's layout that the manifest does not name, and leftovers of writers that died. \
            Keeps all other files in the folder or bucket.

            Example:
              tapedeck gc --store store --dry-run
            """)

    @OptionGroup var store: StoreOption

    @Flag(help: "Only list what would be removed.")
    var dryRun = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let result = try await Store.open(at: try store.location()).collectGarbage(isTrial: dryRun)
        if json { return try Terminal.printJSON(result) }
        for item in result.removed { print(Terminal.visible("\(item.key)  \(Numbers.bytes(item.bytes))")) }
        let count = result.removed.count
        print(
            "\(dryRun ? "would remove" : "removed") \(Numbers.grouped(count)) \(count == 1 ? "object" : "objects"), "
                + Numbers.bytes(result.bytes))
    }
}
