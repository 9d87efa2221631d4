import ArgumentParser

struct Cache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "Build, inspect, merge and check caches of a stock model's vectors.",
        discussion: """
            A cache is one HDF5 file. docs/embedding-cache.md explains the way from a checkpoint and a feature file to the lookups \
            of a backtest.

            Example:
              tapedeck cache build --model-path m.pt --dataset-path f.h5 --output-path c.h5
            """,
        subcommands: [
            CacheBuild.self, CacheInfo.self, CacheVerify.self, CacheAppend.self, CacheMergeCommand.self, CachePrune.self,
            CacheImport.self, CacheExport.self,
        ])
}
