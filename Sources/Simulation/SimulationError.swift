public import Base

/// Error while simulating a market.
public enum SimulationError: TapedeckError, Hashable {
    /// A setting is out of range.
    case invalid(String)
    /// The folder is not empty.
    case folderNotEmpty(path: String)
    /// The file system refused to write.
    case unwritable(path: String, cause: String)
}

extension SimulationError {
    public var kind: ErrorKind {
        switch self {
        case .invalid: .invalidInput
        case .folderNotEmpty: .alreadyExists
        case .unwritable: .unavailable
        }
    }

    public var description: String {
        switch self {
        case .invalid(let problem): "cannot simulate a market: \(problem)"
        case .folderNotEmpty(let path):
            "\(path) is not empty: simulated and other data must not mix. Give a new folder, or empty this one."
        case .unwritable(let path, let cause): "cannot write \(path): \(cause)"
        }
    }
}
