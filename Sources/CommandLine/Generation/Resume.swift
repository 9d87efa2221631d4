import Archive
import ArgumentParser

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Resume a stopped run.",
        discussion: """
            Works like `generate`, but requires an existing store. Give the settings of the stopped run.

            Example:
              tapedeck resume --source market --store store
            """)

    @OptionGroup var options: GenerationOptions
    @OptionGroup var control: RunControlOptions

    func run() async throws {
        // A mistyped name must not begin another store.
        _ = try await StoreReader.open(try options.store.location().open(), models: [])
        try await options.run(control)
    }
}
