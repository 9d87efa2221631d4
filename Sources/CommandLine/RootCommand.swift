import ArgumentParser

struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tapedeck",
        abstract: "Turn option and stock records into embeddings and search them in plain English.",
        discussion: """
            A first run, on simulated data:
              tapedeck simulate --out market
              tapedeck generate --source market --store store
              tapedeck search "deep in the money calls with high volume" --store store

            Tapedeck also reads settings from the environment (TAPEDECK_SOURCE, TAPEDECK_STORE, …) and from tapedeck.yaml; \
            docs/configuration.md lists them.
            """,
        version: "tapedeck 0.1.0",
        subcommands: [
            Models.self, Plan.self, Generate.self, Resume.self, Stop.self, Work.self, Compact.self, Status.self, Monitor.self, Menu.self, Ask.self,
            Search.self,
            Measures.self,
            OutcomesCommand.self, ArbitrageCommand.self, ScreenCommand.self, FlowCommand.self, RegimesCommand.self, AnalogsCommand.self,
            RiskCommand.self, SimilarCommand.self, EvolutionCommand.self, CompareCommand.self, CheckCommand.self,
            AlertsCommand.self, Serve.self,
            Verify.self, CollectGarbage.self, Index.self, ExportCommand.self, Simulate.self, Evaluate.self, Embed.self, Cache.self,
            ClustersCommand.self,
            BacktestCommand.self, Bench.self,
        ])
}
