import ArgumentParser

struct Monitor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor", abstract: "Watch a run from any machine that can read the store.",
        discussion: "Example:\n  tapedeck monitor --store store\n  tapedeck monitor report --store store --output report.html",
        subcommands: [Live.self, Report.self, Serve.self], defaultSubcommand: Live.self)
}
