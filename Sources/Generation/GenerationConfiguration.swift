import Descriptions
import Encoders
import Foundation
import MarketData
import ModelFiles
import ObjectStore

/// What a generation run does: the settings of `tapedeck generate` as a value, for programs that embed the library.
public struct EmbeddingGenerationConfig: Sendable {
    /// Where the market data is, in the layout of docs/formats.md.
    public var source: StoreLocation
    /// Where the embeddings go.
    public var store: StoreLocation
    /// Keys of the catalogue, names on the hub (org/name), or folders.
    public var models: [String]
    /// Where their folders are looked for.
    public var locator: ModelLocator
    public var precision: PrecisionPolicy
    /// Where the models run.
    public var device: Device
    /// Years outside are left alone; `nil` is open.
    public var startYear: Int?
    public var endYear: Int?
    /// Only these underlyings, when not empty.
    public var underlyings: Set<String>
    /// The rows that are read.
    public var kinds: Set<RowKind>
    /// Rows a batch is closed at, once the file that reaches it is in; fewer where the memory limit asks for it.
    public var batchSize: Int
    /// Bytes of memory that a run is to stay within; half of the machine's when `nil`. Decides how large batches are and
    /// how many files are read at once.
    public var memoryLimit: Int?
    /// Threads for reading and for encoding.
    public var maxWorkers: Int
    /// The largest share of a file's rows that may be refused, 0 to 1. A file that loses more, or all of them, is a failure of
    /// the run; its other rows are kept.
    public var maxRejected: Double
    /// Batches between two checkpoints.
    public var checkpointFrequency: Int
    public var template: DescriptionTemplate
    /// Whether FAISS indices are built.
    public var buildsIndices: Bool
    /// Store part vectors as 16-bit floats.
    public var storesHalfPrecision: Bool
    /// Says how S3 is reached (docs/configuration.md).
    public var environment: [String: String]
    /// A CSV `symbol,name[,alias…]` of names beyond this build's. Kept in the store; without one the store's own is used.
    public var names: [UInt8]?

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

    /// Refused rows are seldom more than a hundredth: a file that loses half is not in the layout that it should be in.
    public static let defaultMaxRejected = 0.5

    func includes(year: Int) -> Bool { year >= startYear ?? Int.min && year <= endYear ?? Int.max }

    /// What tells the content of an option file, and what is asked of it, from any other.
    func optionETag(_ file: SourceInventory.DayFile) -> String {
        let etag = file.object.etag
        return underlyings.isEmpty ? etag : etag + " of " + underlyings.sorted().joined(separator: ",")
    }

    func includes(underlying: String) -> Bool { underlyings.isEmpty || underlyings.contains(underlying) }
}
