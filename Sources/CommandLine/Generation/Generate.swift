import ArgumentParser

struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Generate embeddings: read market data, describe every row, encode new texts, store the vectors.",
        discussion: """
            Reads the source and writes the store. A second run adds new data and checks the rest.

            Ctrl-C or SIGTERM lets the run finish its current batches and save a checkpoint. A second signal ends the run at \
            once. The store is intact in both cases, the exit code is 130 or 143, and the same command resumes the run.

            Example:
              tapedeck generate --source market --store store --start-year 2013
            """,
        aliases: ["start"])

    @OptionGroup var options: GenerationOptions
    @OptionGroup var control: RunControlOptions

    func run() async throws { try await options.run(control) }
}
