import ArgumentParser

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on with a run that was stopped.",
        discussion: """
            The same as `generate` on a store that exists; give the settings of the run that was stopped.

            Example:
              tapedeck resume --source market --store store
            """)

    @OptionGroup var options: GenerationOptions
    @OptionGroup var control: RunControlOptions

    func run() async throws {
        // A mistyped name must not begin another store.
        _ = try await OpenedStore.archive(try options.store.location(), models: [])
        try await options.run(control)
    }
}
