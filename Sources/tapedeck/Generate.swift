import ArgumentParser

struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read market data, describe every row, encode what is new, and store it.",
        discussion: """
            Running it again adds what is new and checks the rest. Ctrl-C, or SIGTERM, finishes the \
            batches at hand and saves a checkpoint; a second one ends the run at once. The store is intact either way, the \
            exit code is 130 or 143, and the same command goes on.

            Example:
              tapedeck generate --source market --store store --start-year 2013
            """,
        aliases: ["start"])

    @OptionGroup var options: GenerationOptions
    @OptionGroup var control: RunControlOptions

    func run() async throws { try await options.run(control) }
}
