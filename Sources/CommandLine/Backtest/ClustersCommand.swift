import ArgumentParser
import Backtest
import Clusters
import Encoders
import Foundation
import MarketData
import Monitoring
import Tapedeck

struct ClustersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clusters", abstract: "Cluster a stock model's vectors, rank the clusters, and assign stocks to them.",
        discussion: """
            A cluster file holds centroids, the scaling of vectors, and which windows were clustered. docs/backtest.md explains the way \
            from a checkpoint to a backtest.

            Example:
              tapedeck clusters fit --model-path m.pt --dataset-path f.h5
            """,
        subcommands: [ClustersFit.self, ClustersRank.self, ClustersAssign.self, ClustersPlot.self, ClustersImport.self])
}

struct ClustersFit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Sample windows of stocks and cluster their vectors.",
        discussion: """
            Reads a checkpoint and a feature file, and writes FOLDER/clusters.h5. Nothing after --fitted-through is read: give a day before \
            the first day of the backtest.

            Example:
              tapedeck clusters fit --model-path m.pt --dataset-path f.h5
            """)

    @OptionGroup(title: "Model") var model: StockModelOptions

    @Option(help: ArgumentHelp("Feature file with /TICKER/dates and /TICKER/features.", valueName: "file"))
    var datasetPath: String

    @Option(help: ArgumentHelp("Folder to write.", valueName: "folder"))
    var outputDir = "cluster_results"

    @Option(help: ArgumentHelp("Price file that defines the trading days. Default: the sessions of the US exchanges.", valueName: "file"))
    var prices: String?

    @Option(
        help: ArgumentHelp(
            "Cache of vectors; may be given several times. Vectors that it lacks are encoded and added to the first.", valueName: "file"))
    var embeddingsCache: [String] = []

    @Option(help: ArgumentHelp("Last day that is sampled. Default: the last day of the features.", valueName: "date"))
    var fittedThrough: String?

    @Option(help: ArgumentHelp("First day that is sampled.", valueName: "date"))
    var start: String?

    @Option(help: ArgumentHelp("Tickers to sample, separated by commas.", valueName: "list"))
    var tickers: String?

    @Option(help: ArgumentHelp("File of tickers to sample, one per line; # starts a comment.", valueName: "file"))
    var tickersFile: String?

    @Option(help: ArgumentHelp("Number of days sampled per ticker.", valueName: "n"))
    var samplesPerStock = 100

    @Option(help: ArgumentHelp("Number of clusters.", valueName: "n"))
    var nClusters = 50

    @Flag(inversion: .prefixedNo, help: "Scale every component of the vectors to deviation 1.")
    var standardize = true

    @Option(help: ArgumentHelp("Reduce vectors to N principal components.", valueName: "n"))
    var pcaComponents: Int?

    @Option(help: ArgumentHelp("Rows of a window. Default: those of the cache, of the checkpoint, or 60.", valueName: "n"))
    var window: Int?

    @OptionGroup var columns: ZeroedColumnsOption

    @Option(help: ArgumentHelp("Number of windows encoded at a time.", valueName: "n"))
    var batchSize = 32

    @Option(help: ArgumentHelp("Number of starts of k-means; the best is kept.", valueName: "n"))
    var starts = 10

    @Option(help: ArgumentHelp("Random seed; the same seed gives the same clusters.", valueName: "n"))
    var seed = 42

    @Flag(help: "Replace existing clusters.")
    var overwrite = false

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Report: Encodable {
        let path: String
        let clusters, samples, iterations: Int
        let inertia: Double
        let fitted_through: Day?
        let digest: String
        let sizes: [Int]
    }

    func validate() throws {
        guard samplesPerStock > 0, nClusters > 0, starts > 0, window ?? 1 > 0, pcaComponents ?? 1 > 0, (1...4096).contains(batchSize) else {
            throw ValidationError("Counts must be positive, --batch-size at most 4096.")
        }
        _ = try DateText.days(start, "--start", fittedThrough, "--fitted-through")
    }

    func run() async throws {
        let path = outputDir + "/" + ClusterFile.name
        try OutputFile.check(path, reading: [datasetPath, model.modelPath, prices, tickersFile] + embeddingsCache.map(Optional.some))
        guard overwrite || !FileManager.default.fileExists(atPath: path) else {
            throw CommandError("\(path) exists already: name another folder, or give --overwrite")
        }
        _ = try model.device.resolved()
        var fitting = ClusterFitting(data: datasetPath, model: model.modelPath)
        (fitting.caches, fitting.prices, fitting.heads) = (embeddingsCache, prices, model.heads)
        fitting.precision = embeddingsCache.isEmpty ? model.precision.precision : nil
        (fitting.rows, fitting.batchSize) = (window, batchSize)
        fitting.zeroedColumns = try columns.columns()
        fitting.threads = model.maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
        fitting.tickers = try TickerFile.named(tickers, file: tickersFile)
        (fitting.start, fitting.fittedThrough) = try DateText.days(start, "--start", fittedThrough, "--fitted-through")
        (fitting.samplesPerStock, fitting.clusters, fitting.starts, fitting.seed) = (samplesPerStock, nClusters, starts, seed)
        (fitting.standardises, fitting.components) = (standardize, pcaComponents)
        let found = try await fitting.run(skipped: { Terminal.complain("Warning: not sampled: \($0)") }) { done, total in
            Terminal.showProgress("encoding \(Numbers.grouped(done)) of \(Numbers.grouped(total)) windows")
        }
        Terminal.showProgress("")
        try FileManager.default.createDirectory(atPath: outputDir, withIntermediateDirectories: true)
        try ClusterFile.write(found, to: path)
        var sizes = [Int](repeating: 0, count: found.count)
        for member in found.members { sizes[member.cluster] += 1 }
        if json {
            return try Terminal.printJSON(
                Report(
                    path: path, clusters: found.count, samples: found.members.count, iterations: found.provenance.iterations ?? 0,
                    inertia: found.provenance.inertia ?? 0, fitted_through: found.provenance.fitted_through, digest: found.digest, sizes: sizes))
        }
        print(
            "\(path): \(found.count) clusters of \(Numbers.grouped(found.members.count)) windows through "
                + "\(found.provenance.fitted_through?.description ?? "–"), \(found.provenance.iterations ?? 0) iterations, inertia "
                + Numbers.fixed(found.provenance.inertia ?? 0, 1))
        print("sizes: \(sizes.min() ?? 0) to \(sizes.max() ?? 0)")
    }
}

struct ClustersRank: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank", abstract: "Rank clusters by what their members earned afterwards.",
        discussion: """
            Reads clusters and prices. Writes cluster_ranking_{h}d.csv and best_clusters_{h}d.txt for every horizon, in the formats of the \
            original system, and cluster_ranking.json with t-statistics, corrected for the number of clusters, and returns out of sample.

            Example:
              tapedeck clusters rank --cluster-dir clusters --prices p.h5
            """)

    @Option(help: ArgumentHelp("Folder or file of clusters.", valueName: "folder"))
    var clusterDir: String

    @Option(help: ArgumentHelp("Price file with /TICKER/dates and /TICKER/prices.", valueName: "file"))
    var prices: String

    @Option(help: ArgumentHelp("Folder to write. Default: that of the clusters.", valueName: "folder"))
    var outputDir: String?

    @Option(
        help: ArgumentHelp("Rank as another program does. original: by all returns of every ticker that was ever in a cluster.", valueName: "program")
    )
    var compat: Compatibility?

    @Option(help: ArgumentHelp("Last day whose prices are used. Default: the day that the clusters were fitted through.", valueName: "date"))
    var through: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Sessions ahead.", valueName: "n"))
    var horizons = [1, 5, 10, 20]

    @Option(help: ArgumentHelp("Sessions from a member's day to the purchase.", valueName: "n"))
    var lag = 1

    @Option(help: ArgumentHelp("Share of the tickers that the best clusters cover.", valueName: "share"))
    var topKPercentCoverage = 0.1

    @Option(help: ArgumentHelp("Minimum members of a best cluster.", valueName: "n"))
    var minMembers = 20

    @Option(help: ArgumentHelp("Minimum days of a best cluster.", valueName: "n"))
    var minDays = 5

    @Option(help: ArgumentHelp("Maximum share of false discoveries among the best clusters; 1 for any.", valueName: "share"))
    var maxQ = 1.0

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Report: Encodable {
        let clusters: String
        let digest: String
        let tables: [ClusterRanking.Table]
    }

    func validate() throws {
        guard !horizons.isEmpty, horizons.allSatisfy({ (1...250).contains($0) }), (0...20).contains(lag), minMembers >= 0, minDays >= 0 else {
            throw ValidationError("--horizons must be from 1 to 250, --lag from 0 to 20.")
        }
        guard topKPercentCoverage > 0, topKPercentCoverage <= 1, (0...1).contains(maxQ) else {
            throw ValidationError("--top-k-percent-coverage must be above 0 and at most 1, --max-q from 0 to 1.")
        }
    }

    func run() async throws {
        let model = try ClusterFile.open(clusterDir)
        var ranking = ClusterRanking()
        (ranking.horizons, ranking.lag, ranking.through) = (horizons, lag, try DateText.day(through, "--through"))
        (ranking.coverage, ranking.leastMembers, ranking.leastDays, ranking.largestQ) = (topKPercentCoverage, minMembers, minDays, maxQ)
        let tables = try ClusterScoring.rank(model, prices: prices, ranking, original: compat == .original)
        // The original ranks by all available prices.
        let ranked = compat == .original ? nil : ranking.through ?? model.provenance.fitted_through
        let folder = outputDir ?? (FileSystem.isFolder(clusterDir) ? clusterDir : FileSystem.folder(of: clusterDir))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let prefix = folder + "/"
        let report = Report(clusters: clusterDir, digest: model.digest, tables: tables)
        for table in tables {
            for (name, text) in [
                ("cluster_ranking_\(table.horizon)d.csv", ClusterLists.csv(table)),
                ("best_clusters_\(table.horizon)d.txt", ClusterLists.best(table, digest: model.digest, through: ranked)),
            ] {
                try OutputFile.check(prefix + name, reading: [prices])
                try ResultFile.write(text, to: prefix + name)
            }
        }
        try ResultFile.write(try ResultFile.json(report), to: prefix + "cluster_ranking.json")
        if json { return try Terminal.printJSON(report) }
        for table in tables {
            let best = table.scores.first
            print(
                "\(table.horizon) sessions: \(table.best.count) best clusters of \(table.scores.count): "
                    + table.best.prefix(10).map { "\($0)" }.joined(separator: ", ") + (table.best.count > 10 ? ", …" : "")
                    + (best.map {
                        "; highest mean \(Numbers.fixed($0.mean_return * 100, 3)) %" + ($0.t_statistic.map { ", t \(Numbers.fixed($0, 1))" } ?? "")
                            + ($0.q_value.map { ", q \(Numbers.fixed($0, 3))" } ?? "")
                            + ($0.out_of_sample.map { ", out of sample \(Numbers.fixed($0 * 100, 3)) % above all" } ?? "")
                    } ?? ""))
            if table.best.isEmpty {
                Terminal.complain(
                    "Warning: no cluster is chosen for \(table.horizon) sessions; lower --min-members or --min-days, raise --max-q, or sample more")
            }
        }
        print("written to \(folder.isEmpty ? "." : folder)")
    }
}

struct ClustersAssign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Show which clusters the stocks of a day are in.",
        discussion: """
            Reads clusters and the vectors of a cache.

            Example:
              tapedeck clusters assign --cluster-dir c --embeddings-cache e.h5 --date DATE
            """)

    @Option(help: ArgumentHelp("Folder or file of clusters.", valueName: "folder"))
    var clusterDir: String

    @Option(help: ArgumentHelp("Cache of vectors.", valueName: "file"))
    var embeddingsCache: String

    @Option(help: ArgumentHelp("Day of the vectors.", valueName: "date"))
    var date: String

    @Option(help: ArgumentHelp("List of the best clusters.", valueName: "file"))
    var bestClustersFile: String?

    @Option(help: ArgumentHelp("Tickers to show, separated by commas. Default: all of the cache.", valueName: "list"))
    var tickers: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Report: Encodable {
        let date: Day
        let assigned: [ClusterScoring.Assigned]
        let missing: [String]
    }

    func run() async throws {
        let model = try ClusterFile.open(clusterDir)
        guard let day = try DateText.day(date, "--date") else { return }
        let best = try bestClustersFile.map { try ClusterLists.readBest($0).ids } ?? []
        let (assigned, missing) = try ClusterScoring.assign(
            model, best: best, cache: embeddingsCache, day: day, tickers: tickers.map { ListText.items($0) })
        if json { return try Terminal.printJSON(Report(date: day, assigned: assigned, missing: missing)) }
        var table = TextTable([("ticker", .left), ("cluster", .right), ("distance", .right), ("to the best", .right), ("best", .left)])
        for one in assigned {
            table.add([
                one.ticker, "\(one.cluster)", Numbers.fixed(one.distance, 3), Numbers.optional(one.best_distance, 3), one.in_best ? "yes" : "",
            ])
        }
        table.print()
        if !missing.isEmpty { Terminal.complain("without a vector on \(day): \(missing.prefix(20).joined(separator: ", "))") }
        guard !assigned.isEmpty else { throw CommandError("\(embeddingsCache): has no vectors of these tickers on \(day)") }
    }
}

struct ClustersImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import the original system's clusters from a file of NumPy arrays.",
        discussion: """
            scripts/export-clusters makes the file from the original's pickles. docs/formats.md lists the arrays.

            Example:
              tapedeck clusters import cluster_results/clusters.npz --output-dir clusters
            """)

    @Argument(help: ArgumentHelp("File of arrays (.npz).", valueName: "file"))
    var path: String

    @Option(help: ArgumentHelp("Folder to write.", valueName: "folder"))
    var outputDir: String

    @Flag(help: "Replace existing clusters.")
    var overwrite = false

    func run() async throws {
        let output = outputDir + "/" + ClusterFile.name
        try OutputFile.check(output, reading: [path])
        guard overwrite || !FileManager.default.fileExists(atPath: output) else {
            throw CommandError("\(output) exists already: name another folder, or give --overwrite")
        }
        let model = try ClusterFile.open(path)
        try FileManager.default.createDirectory(atPath: outputDir, withIntermediateDirectories: true)
        try ClusterFile.write(model, to: output)
        print("\(output): \(model.count) clusters of vectors of \(model.dimension) numbers, \(Numbers.grouped(model.members.count)) members")
    }
}

struct ClustersPlot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw clusters as an SVG.",
        discussion: """
            Places centroids by their two principal components. The area of a circle shows the number of members. Its colour shows their \
            return if 'tapedeck clusters rank' has ranked them.

            Example:
              tapedeck clusters plot --cluster-dir clusters --output clusters.svg
            """)

    @Option(help: ArgumentHelp("Folder of clusters.", valueName: "folder"))
    var clusterDir: String

    @Option(help: ArgumentHelp("Sessions ahead of the ranking that is shown.", valueName: "n"))
    var horizon = 5

    @Option(help: ArgumentHelp("SVG file to write.", valueName: "file"))
    var output: String

    private struct Ranking: Decodable {
        let digest: String
        let tables: [ClusterRanking.Table]
    }

    func run() async throws {
        let model = try ClusterFile.open(clusterDir)
        let path = clusterDir + "/cluster_ranking.json"
        try OutputFile.check(output, reading: [path, clusterDir + "/" + ClusterFile.name])
        var table: ClusterRanking.Table?
        if let data = FileManager.default.contents(atPath: path) {
            let ranking = try JSONDecoder().decode(Ranking.self, from: data)
            guard ranking.digest == model.digest else { throw CommandError("\(path): belongs to other clusters; rank the clusters again") }
            table = ranking.tables.first { $0.horizon == horizon }
            if table == nil { Terminal.complain("Warning: \(path) has no ranking of \(horizon) sessions; circles have one colour") }
        }
        try ResultFile.write(ClusterPlot.svg(model, table: table), to: output)
        print("\(output): \(model.count) clusters")
    }
}
