import ArgumentParser

struct Cache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Keep the vectors of a stock model: build, look into, put together, check.",
        discussion: """
            A cache is one HDF5 file; docs/embedding-cache.md goes from a checkpoint and a feature file to a backtest's lookups.

            Example:
              tapedeck cache build --model-path m.pt --dataset-path f.h5 --output-path c.h5
            """,
        subcommands: [
            CacheBuild.self, CacheInfo.self, CacheVerify.self, CacheAppend.self, CacheMergeCommand.self, CachePrune.self,
            CacheImport.self, CacheExport.self,
        ])
}
