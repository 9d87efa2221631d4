public import Base

/// A file that cannot be used at all. Unusable rows are `RejectedRow`s and do not stop reading.
public enum MarketFileError: TapedeckError, Hashable {
    /// No bytes: not even a header.
    case empty(key: String)
    /// The first line is not a header: a column is missing or repeated, or it is not text.
    case unusableHeader(key: String, column: String?, problem: String)
    /// A compressed stream that is damaged or ends early, or a name that promises a compression the bytes do not have.
    case badCompression(key: String, problem: String)
    /// A compressed stream that is intact so far, but needs an unsupported feature; `problem` says what to do.
    case unsupportedCompression(key: String, problem: String)
    /// The ticker or the day in the key is not valid.
    case badKey(key: String, problem: String)
    /// The operating system could not read it.
    case unreadable(key: String, problem: String)
    /// A parser could not allocate memory.
    case outOfMemory(key: String)

    /// The key or path of the file.
    public var key: String {
        switch self {
        case .empty(let key), .unusableHeader(let key, _, _), .badCompression(let key, _), .unsupportedCompression(let key, _),
            .badKey(let key, _), .unreadable(let key, _), .outOfMemory(let key):
            key
        }
    }
}

extension MarketFileError {
    public var kind: ErrorKind {
        switch self {
        case .outOfMemory: .outOfSpace
        case .unreadable: .unavailable
        case .unsupportedCompression: .unsupported
        case .empty, .unusableHeader, .badCompression, .badKey: .invalidInput
        }
    }

    public var description: String {
        switch self {
        case .empty(let key):
            "\(key) is empty: a file of quotes or bars begins with a header. Fetch it again, or remove it."
        case .unusableHeader(let key, _, let problem):
            "\(key) cannot be read: \(problem). The whole file is refused."
        case .badCompression(let key, let problem):
            "\(key) cannot be decompressed: \(problem). Fetch it again."
        case .unsupportedCompression(let key, let problem):
            "\(key) cannot be decompressed: \(problem)."
        case .badKey(let key, let problem):
            "\(key) cannot be read: \(problem)."
        case .unreadable(let key, let problem):
            "\(key) cannot be read: \(problem)."
        case .outOfMemory(let key):
            "Out of memory while reading \(key); use a smaller block size or fewer workers."
        }
    }
}
