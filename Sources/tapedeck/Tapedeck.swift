import ArgumentParser

struct Tapedeck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tapedeck",
        abstract: "Turns decades of option and stock records into embeddings, and makes them answer.",
        discussion: """
            A run in three lines, on made-up data:
              tapedeck simulate --out market
              tapedeck generate --source market --store store
              tapedeck search "deep in the money calls with high volume" --store store

            Settings also come from the environment (TAPEDECK_SOURCE, TAPEDECK_STORE, …) and from tapedeck.yaml; \
            docs/configuration.md lists them.
            """,
        version: "tapedeck 0.1.0",
        subcommands: [
            Models.self, Plan.self, Generate.self, Resume.self, Stop.self, Status.self, Monitor.self, Menu.self, Search.self, Verify.self,
            CollectGarbage.self, Index.self, Simulate.self, Evaluate.self, Embed.self, Cache.self, Bench.self,
        ])
}
