public import Base

/// Why a Parquet file could not be written.
public struct ParquetError: TapedeckError {
    public let kind: ErrorKind
    public let description: String

    init(_ description: String, kind: ErrorKind = .invalidInput) {
        self.kind = kind
        self.description = description
    }
}
