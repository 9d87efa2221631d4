import ArgumentParser

struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read market data, describe every row, encode what is new, and store it.",
        discussion: """
            Running it again adds what is new and checks the rest. Ctrl-C, or SIGTERM, ends it at once with the store \
            intact and exit code 130 or 143; the same command goes on from the last checkpoint.

            Example:
              tapedeck generate --source market --store store --start-year 2013
            """,
        aliases: ["start"])

    @OptionGroup var options: GenerationOptions
    @OptionGroup var control: RunControlOptions

    func run() async throws { try await options.run(control) }
}
