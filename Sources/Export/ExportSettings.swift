public import Base
public import MarketData

/// What an export writes.
public struct ExportSettings: Sendable {
    /// The program that the files are for.
    public enum Format: String, CaseIterable, Codable, Sendable {
        /// DuckDB, Polars, Spark, pyarrow and others.
        case parquet
        /// Milvus' bulk import.
        case milvus
        /// LanceDB, which loads Parquet.
        case lance
        /// FAISS: the store's indices, and Parquet that explains their ids.
        case faiss
    }

    /// What a record is.
    public enum Record: String, CaseIterable, Codable, Sendable {
        /// A distinct description of a year.
        case description
        /// An option quote or a stock bar.
        case row
    }

    public var format: Format
    public var record: Record
    /// Models whose vectors are written, by key; all of the store if empty.
    public var models: [String]
    /// All years of the store if empty.
    public var years: Set<Int>
    /// Tickers; all if empty.
    public var underlyings: Set<String>
    public var kinds: Set<RowKind>
    /// Whether records have vectors. Those of `faiss` have none: the indices hold them.
    public var hasVectors: Bool
    /// Maximum number of records per table; `nil` for all.
    public var limit: Int?
    /// Replaces an earlier export of other settings or of another store.
    public var overwrites: Bool
    /// Number of row groups made in parallel.
    public var workers: Int

    public init(
        format: Format, record: Record = .description, models: [String] = [], years: Set<Int> = [], underlyings: Set<String> = [],
        kinds: Set<RowKind> = Set(RowKind.allCases), hasVectors: Bool = true, limit: Int? = nil, overwrites: Bool = false, workers: Int = 2
    ) {
        self.format = format
        self.record = record
        self.models = models
        self.years = years
        self.underlyings = underlyings
        self.kinds = kinds
        self.hasVectors = hasVectors
        self.limit = limit
        self.overwrites = overwrites
        self.workers = workers
    }
}

/// Why an export is not possible.
public struct ExportError: TapedeckError {
    public let kind: ErrorKind
    public let message: String
    public let remedy: String

    init(_ message: String, kind: ErrorKind, remedy: String = "") {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }
}
