public import ModelFiles
import StrictJSON

/// The contents of an export: the object `_export.json`, written when everything else is complete. Readers of Parquet datasets skip
/// names that begin with an underscore.
public struct ExportManifest: Codable, Sendable {
    /// A Parquet file.
    public struct File: Codable, Sendable {
        public var key: String
        public var year: Int
        public var records: Int
        /// In bytes.
        public var size: Int
    }

    /// Files with the same columns.
    public struct Table: Codable, Sendable {
        public struct Column: Codable, Sendable {
            public var name: String
            /// Of Parquet: `int64`, `string`, `list<float>` and others.
            public var type: String
        }

        public var name: String
        public var columns: [Column]
        public var files: [File]

        /// Records of all files.
        public var records: Int { files.reduce(0) { $0 + $1.records } }
        /// Bytes of all files.
        public var size: Int { files.reduce(0) { $0 + $1.size } }
    }

    /// A copy of an index of the store.
    public struct Index: Codable, Sendable {
        public var key: String
        public var model: String
        public var year: Int
        /// In bytes.
        public var size: Int
    }

    public static let currentFormat = 1
    static let key = "_export.json"
    /// Exists while an export is not complete, with the identity of the export.
    static let unfinishedKey = "_unfinished.json"

    public var format: Int
    /// The program that the files are for.
    public var to: ExportSettings.Format
    /// SHA-256 of the settings and of the store's manifest: exports of the same identity have the same files.
    public var identity: String
    public var record: ExportSettings.Record
    public var simulated: Bool
    /// By key.
    public var models: [String: ModelFingerprint]
    public var tables: [Table]
    public var indices: [Index]
    /// Names of columns of vectors, by model.
    public var vectorColumns: [String: String]

    /// Records of all tables.
    public var records: Int { tables.reduce(0) { $0 + $1.records } }

    /// The content of `_unfinished.json`.
    struct Unfinished: Codable {
        var identity: String
        /// Whether files of an earlier export are gone.
        var isCleared: Bool
    }
}

/// What an export did.
public struct ExportSummary: Codable, Sendable {
    public var manifest: ExportManifest
    /// Bytes of vectors written, four per component.
    public var vectorBytes: Int
    /// Wall time.
    public var seconds: Double
    /// Number of complete files of an interrupted export.
    public var resumedFiles: Int
    /// Whether the export was complete already, and nothing was written.
    public var isUnchanged: Bool
    /// Which rows of the store's workers the export lacks; `nil` if it lacks none.
    public var notes: [String]?
}
