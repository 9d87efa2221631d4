public import Base
import HDF5

/// Error in a feature or price file, or in its data of one ticker.
public struct FeatureFileError: TapedeckError, Equatable {
    /// Path of the file.
    public let file: String
    /// The ticker; nil if the error concerns the whole file.
    public let ticker: String?
    /// Cause and, where there is one, remedy.
    public let message: String
    public let kind: ErrorKind

    package init(file: String, ticker: String? = nil, _ message: String, kind: ErrorKind = .invalidInput) {
        self.file = file
        self.ticker = ticker
        self.message = message
        self.kind = kind
    }

    /// The same failure, of a file or a ticker in it.
    package init(file: String, ticker: String? = nil, _ error: any Error) {
        switch error {
        case let error as HDF5Error: self.init(file: file, ticker: ticker, error.within(file), kind: error.kind)
        case let error as FeatureFileError: self = error
        case let error as any TapedeckError: self.init(file: file, ticker: ticker, "could not be read: \(error)", kind: error.kind)
        default: self.init(file: file, ticker: ticker, "could not be read: \(error)", kind: .unavailable)
        }
    }

    public var description: String { ticker.map { "\(file): \($0): \(message)" } ?? "\(file): \(message)" }
}
