public import Descriptions
public import Encoders
public import Foundation
public import MarketData
public import ModelFiles
public import ObjectStore

/// Settings of a generation run: those of `tapedeck generate`, for programs that embed the library.
public struct EmbeddingGenerationConfig: Sendable {
    /// Location of the market data, in the layout of docs/formats.md.
    public var source: StoreLocation
    /// Location of the store.
    public var store: StoreLocation
    /// Catalogue keys, hub names (org/name), or folders of models.
    public var models: [String]
    /// Finds the models' folders.
    public var locator: ModelLocator
    /// How each model's precision is chosen.
    public var precision: PrecisionPolicy
    /// Device that the models run on.
    public var device: Device
    /// First year to generate; `nil` for no limit.
    public var startYear: Int?
    /// Last year to generate; `nil` for no limit.
    public var endYear: Int?
    /// Underlyings to generate; all if empty.
    public var underlyings: Set<String>
    /// Kinds of rows to generate.
    public var kinds: Set<RowKind>
    /// Rows at which a batch is closed, after the file that reaches this number is complete; fewer if the memory limit
    /// requires it.
    public var batchSize: Int
    /// Memory limit of the run in bytes; half of the machine's memory if `nil`. Determines the size of batches and the
    /// number of files read at once.
    public var memoryLimit: Int?
    /// Number of threads for reading and for encoding.
    public var maxWorkers: Int
    /// Largest share of a file's rows that may be refused, 0 to 1. A file that loses more, or all of them, makes the run
    /// fail; its other rows are kept.
    public var maxRejected: Double
    /// Number of batches between checkpoints.
    public var checkpointFrequency: Int
    /// Template of the descriptions.
    public var template: DescriptionTemplate
    /// Whether to build FAISS indices.
    public var buildsIndices: Bool
    /// Whether to store part vectors as 16-bit floats.
    public var storesHalfPrecision: Bool
    /// S3 settings (docs/configuration.md).
    public var environment: [String: String]
    /// CSV `symbol,name[,alias…]` of names in addition to the built-in ones. Kept in the store; if `nil`, the store's own
    /// names are used.
    public var names: [UInt8]?

    /// Creates a configuration.
    public init(
        source: StoreLocation, store: StoreLocation, models: [String] = ["minilm"], precision: PrecisionPolicy = .int8,
        device: Device = .auto, startYear: Int? = nil, endYear: Int? = nil, underlyings: Set<String> = [],
        kinds: Set<RowKind> = Set(RowKind.allCases), batchSize: Int = 1_000_000, memoryLimit: Int? = nil,
        maxWorkers: Int = 2, checkpointFrequency: Int = 1, template: DescriptionTemplate, buildsIndices: Bool = true,
        storesHalfPrecision: Bool = true, names: [UInt8]? = nil, maxRejected: Double = EmbeddingGenerationConfig.defaultMaxRejected,
        locator: ModelLocator = ModelLocator(), environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.source = source
        self.store = store
        self.models = models
        self.precision = precision
        self.device = device
        self.startYear = startYear
        self.endYear = endYear
        self.underlyings = underlyings
        self.kinds = kinds
        self.batchSize = batchSize
        self.memoryLimit = memoryLimit
        self.maxWorkers = maxWorkers
        self.checkpointFrequency = checkpointFrequency
        self.template = template
        self.buildsIndices = buildsIndices
        self.storesHalfPrecision = storesHalfPrecision
        self.names = names
        self.maxRejected = maxRejected
        self.locator = locator
        self.environment = environment
    }

    /// Default of `maxRejected`. Refused rows are seldom more than one percent; a file that loses half of its rows does not
    /// have the expected layout.
    public static let defaultMaxRejected = 0.5

    func includes(year: Int) -> Bool { year >= startYear ?? Int.min && year <= endYear ?? Int.max }

    /// The requested years that have rows, ascending.
    /// - Parameter bars: years with stock bars.
    /// - Throws: `GenerationError` when there are none.
    func years(bars: Set<Int>, files: SourceFiles) throws -> [Int] {
        let known = bars.union(files.inventory.optionDays.map(\.day.year)).sorted()
        let years = known.filter(includes(year:))
        guard !years.isEmpty else {
            throw GenerationError("\(source) holds no rows of the years asked for; it has " + known.map(String.init).joined(separator: ", "))
        }
        return years
    }

    /// Tag that identifies the content of an option file and what is requested from it.
    func optionETag(_ file: SourceInventory.DayFile) -> String {
        let etag = file.object.etag
        return underlyings.isEmpty ? etag : etag + " of " + underlyings.sorted().joined(separator: ",")
    }

    func includes(underlying: String) -> Bool { underlyings.isEmpty || underlyings.contains(underlying) }
}
