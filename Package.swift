// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "tapedeck",
    products: [
        .executable(name: "tapedeck", targets: ["tapedeck"]),
        .library(name: "Tapedeck", targets: ["Tapedeck"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C and C++: system libraries (module maps only), the FAISS face, the loops no library has.
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .target(
            name: "CFaiss",
            linkerSettings: [
                .linkedLibrary("faiss"), .linkedLibrary("openblas"), .linkedLibrary("gomp"),
                .linkedLibrary("stdc++"), .linkedLibrary("m"),
            ]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),

        // What everything stands on: files, concurrency, numerics, errors.
        .target(
            name: "Base", dependencies: ["CKernels", .product(name: "SystemPackage", package: "swift-system")]),
        .target(name: "MarketData", dependencies: ["Base", "CKernels", "CZlib", "CZstd"]),
        .target(name: "Measures", dependencies: ["MarketData"]),
        .target(name: "Simulation", dependencies: ["Base", "MarketData"]),
        .target(
            name: "Descriptions", dependencies: ["Base", "MarketData", "CKernels", "StrictJSON"],
            resources: [
                .embedInCode("Resources/lexicon.json"), .embedInCode("Resources/templates.json"),
                .embedInCode("Resources/aliases.csv"),
            ]),
        .target(
            name: "Questions", dependencies: ["Base", "MarketData", "Descriptions", "StrictJSON"],
            resources: [
                .embedInCode("Resources/fields.json"), .embedInCode("Resources/categories.json"),
                .embedInCode("Resources/words.json"), .embedInCode("Resources/grammar.json"),
                .embedInCode("Resources/ordinary.json"), .embedInCode("Resources/refusals.json"),
            ]),
        .target(name: "Digests", dependencies: ["CCrypto"]),
        .target(name: "Networking"),
        .target(
            name: "ObjectStore",
            dependencies: [
                "Base", "CExpat", "Digests", "Networking",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .target(name: "StrictJSON", dependencies: ["Base"]),
        .target(name: "Tokenization", dependencies: ["Base", "StrictJSON"]),
        .target(
            name: "ModelFiles",
            dependencies: ["Base", "CZip", "CDeflate", "Digests", "StrictJSON"]),
        .target(
            name: "ModelHub",
            dependencies: [
                "Base", "Digests", "ModelFiles", "Networking", "StrictJSON",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        .target(name: "Encoders", dependencies: ["Base", "COneDNN", "CKernels", "ModelFiles", "Tokenization"]),
        .target(name: "HDF5", dependencies: ["Base", "CHDF5", "CDeflate"]),
        .target(name: "StockFeatures", dependencies: ["Base", "HDF5", "MarketData", "ObjectStore"]),
        .target(
            name: "EmbeddingCache",
            dependencies: [
                "Base", "StockFeatures", "HDF5", "MarketData", "ObjectStore", "ModelFiles", "Encoders", "CKernels", "CZlib", "Digests",
            ]),
        // Portfolios and their figures, clusters of vectors, and the backtest that joins them to models and files.
        .target(name: "Portfolio", dependencies: ["Base", "MarketData"]),
        .target(name: "Clusters", dependencies: ["Base", "CKernels", "Digests", "HDF5", "MarketData", "ModelFiles"]),
        .target(
            name: "Backtest",
            dependencies: [
                "Base", "Drawing", "Portfolio", "Clusters", "EmbeddingCache", "Encoders", "HDF5", "MarketData", "ModelFiles", "StockFeatures",
                "Digests",
                "StrictJSON",
            ]),
        // Charts as SVG.
        .target(name: "Drawing", dependencies: ["Base", "MarketData"]),
        // What stands on rows, quotes and measures alone: pure functions.
        .target(
            name: "Analyses", dependencies: ["Base", "Clusters", "Drawing", "MarketData", "Portfolio"]),
        .target(name: "VectorIndex", dependencies: ["Base", "CFaiss", "CKernels", "ObjectStore"]),
        // Files that other engines read.
        .target(name: "Parquet", dependencies: ["Base", "CDeflate", "CZstd"]),
        .target(
            name: "Archive",
            dependencies: [
                "Base", "ObjectStore", "HDF5", "Descriptions", "MarketData", "Measures", "ModelFiles", "CKernels", "StrictJSON", "VectorIndex",
            ]),
        .target(
            name: "Generation",
            dependencies: [
                "Base", "MarketData", "Measures", "Descriptions", "Encoders", "VectorIndex", "Archive",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
            ]),
        .target(name: "Monitoring", dependencies: ["Base", "Generation", "Archive", "MarketData", "ModelFiles", "ObjectStore"]),
        .target(
            name: "Queries",
            dependencies: [
                "Base", "MarketData", "Measures", "Descriptions", "Questions", "Encoders", "VectorIndex", "Archive", "CKernels", "StrictJSON",
            ]),
        .target(
            name: "Export",
            dependencies: ["Archive", "Base", "Descriptions", "MarketData", "ModelFiles", "ObjectStore", "Parquet", "StrictJSON", "VectorIndex"]),
        // What programs import, and all that the command line and a server share.
        .target(
            name: "Tapedeck",
            dependencies: [
                "Analyses", "Archive", "Base", "Descriptions", "EmbeddingCache", "Encoders", "Export", "Generation", "MarketData", "Measures",
                "ModelFiles",
                "Monitoring", "Digests", "Networking",
                "ObjectStore", "Queries", "Questions", "StrictJSON", .product(name: "Yams", package: "Yams"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"), .product(name: "NIOCore", package: "swift-nio"),
            ]),
        // What `tapedeck bench` measures.
        .target(
            name: "Benchmarks",
            dependencies: [
                "Analyses", "Base", "Descriptions", "EmbeddingCache", "Encoders", "Generation", "MarketData", "ModelFiles", "ObjectStore", "Queries",
                "Tapedeck", "Tokenization", "VectorIndex",
            ]),
        // The façade over HTTP: API, embeddings, pages.
        .target(
            name: "Server",
            dependencies: [
                "Tapedeck", "Analyses", "Backtest", "Base", "Digests", "Encoders", "ModelFiles", "Parquet", "Queries", "StrictJSON",
                "Tokenization",
                .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Resources")]),
        .executableTarget(
            name: "tapedeck",
            dependencies: [
                "Tapedeck", "Server", "Analyses", "Base", "Benchmarks", "Simulation", "Generation", "Monitoring", "Queries", "Questions", "ModelHub",
                "StrictJSON",
                "EmbeddingCache",
                "Portfolio", "Clusters", "Backtest",
                .product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Sources/CommandLine"),

        // The program in README.md.
        .executableTarget(name: "Ask", dependencies: ["Tapedeck"], path: "Examples/Ask"),
        .executableTarget(name: "AnalysesExample", dependencies: ["Tapedeck"], path: "Examples/Analyses"),

        // Damaged model files for their readers: scripts/fuzz-models.
        .executableTarget(
            name: "fuzz-models", dependencies: ["ModelFiles", "StrictJSON", "Tokenization"], path: "scripts/fuzz/models"),

        .testTarget(name: "BaseTests", dependencies: ["TestSupport", "Base"]),
        .testTarget(
            name: "MarketDataTests", dependencies: ["TestSupport", "Base", "MarketData", "CKernels", "CZlib", "CZstd"], resources: [.copy("Golden")]),
        .testTarget(name: "BenchmarksTests", dependencies: ["TestSupport", "Benchmarks", "MarketData", "VectorIndex"]),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "MarketData"]),
        // A real server of S3 to test against, and a proxy that breaks connections.
        .target(name: "S3Support", path: "Tests/S3Support"),
        .testTarget(
            name: "ObjectStoreTests", dependencies: ["TestSupport", "Base", "Networking", "ObjectStore", "S3Support"], resources: [.copy("Golden")]),
        .testTarget(name: "ParquetTests", dependencies: ["TestSupport", "Parquet"]),
        .testTarget(name: "StrictJSONTests", dependencies: ["TestSupport", "StrictJSON"]),
        .testTarget(name: "ModelFilesTests", dependencies: ["TestSupport", "ModelFiles"], resources: [.copy("Golden")]),
        .testTarget(
            name: "ModelHubTests",
            dependencies: ["TestSupport", "Digests", "ModelHub", "ModelFiles"]),
        .testTarget(name: "TokenizationTests", dependencies: ["TestSupport", "Tokenization", "StrictJSON"], exclude: ["Golden"]),
        .testTarget(
            name: "EncodersTests", dependencies: ["TestSupport", "Base", "Digests", "Encoders", "CKernels", "COneDNN"],
            resources: [.copy("Resources")]),
        .testTarget(
            name: "CommandLineTests", dependencies: ["TestSupport", "tapedeck", "ObjectStore", "S3Support", "HDF5"],
            resources: [.copy("Help")]),
        .testTarget(name: "DescriptionsTests", dependencies: ["TestSupport", "Descriptions", "MarketData"]),
        .testTarget(
            name: "QuestionsTests", dependencies: ["TestSupport", "Questions", "Descriptions", "MarketData"], resources: [.copy("Golden")]),
        // What all tests share: folders, random numbers, Python.
        .target(name: "TestSupport", path: "Tests/TestSupport"),
        // What the tests of generation and queries share: a model with random weights, a market of a few days.
        .target(
            name: "TinyStore", dependencies: ["TestSupport", "MarketData", "ObjectStore", "Simulation"], path: "Tests/TinyStore"),
        .testTarget(name: "GenerationTests", dependencies: ["TestSupport", "Generation", "MarketData", "TinyStore"]),
        .testTarget(name: "MonitoringTests", dependencies: ["TestSupport", "Monitoring", "Generation", "TinyStore"]),
        .testTarget(
            name: "TapedeckTests",
            dependencies: [
                "TestSupport", "Analyses", "Archive", "Digests", "Encoders", "Export", "StrictJSON", "Tapedeck", "Monitoring", "TinyStore",
            ]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "TestSupport", "Server", "Tapedeck", "Encoders", "StrictJSON", "TinyStore", .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "QueriesTests",
            dependencies: ["TestSupport", "Queries", "Questions", "Descriptions", "Generation", "MarketData", "TinyStore"],
            resources: [.copy("Golden")]),
        .testTarget(
            name: "ArchiveTests",
            dependencies: ["TestSupport", "Archive", "Descriptions", "HDF5", "MarketData", "ModelFiles", "ObjectStore", "VectorIndex"]),
        .testTarget(name: "MeasuresTests", dependencies: ["Measures", "MarketData"], resources: [.copy("Golden")]),
        .testTarget(name: "HDF5Tests", dependencies: ["TestSupport", "HDF5"], resources: [.copy("Golden")]),
        .testTarget(
            name: "StockFeaturesTests", dependencies: ["TestSupport", "StockFeatures", "HDF5", "MarketData"], resources: [.copy("Golden")]),
        .testTarget(
            name: "EmbeddingCacheTests",
            dependencies: ["TestSupport", "EmbeddingCache", "HDF5", "StockFeatures", "Encoders", "ModelFiles", "MarketData"],
            resources: [.copy("Golden")]),
        .testTarget(name: "PortfolioTests", dependencies: ["TestSupport", "Portfolio", "MarketData"], resources: [.copy("Golden")]),
        .testTarget(name: "DrawingTests", dependencies: ["Drawing"]),
        .testTarget(name: "AnalysesTests", dependencies: ["TestSupport", "Analyses", "Drawing", "MarketData"], resources: [.copy("Golden")]),
        .testTarget(name: "ClustersTests", dependencies: ["TestSupport", "Clusters", "MarketData"], resources: [.copy("Golden")]),
        .testTarget(
            name: "BacktestTests",
            dependencies: [
                "TestSupport", "Backtest", "Portfolio", "Clusters", "EmbeddingCache", "Encoders", "HDF5", "MarketData", "ModelFiles", "StockFeatures",
            ]),
        .testTarget(
            name: "VectorIndexTests", dependencies: ["TestSupport", "Base", "VectorIndex", "CKernels"], resources: [.copy("Golden")]),
    ]
)

// Imports are internal unless declared otherwise, and members need an import of their module.
for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings = [.enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility")]
}
