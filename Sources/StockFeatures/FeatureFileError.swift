public import Base
/// Error in a feature or price file, or in its data of one ticker.
public struct FeatureFileError: TapedeckError, Equatable {
    /// Path of the file.
    public let file: String
    /// The ticker; nil if the error concerns the whole file.
    public let ticker: String?
    /// Cause and, where there is one, remedy.
    public let message: String

    package init(file: String, ticker: String? = nil, _ message: String) {
        self.file = file
        self.ticker = ticker
        self.message = message
    }

    public var description: String { ticker.map { "\(file): \($0): \(message)" } ?? "\(file): \(message)" }
}

extension FeatureFileError {
    public var kind: ErrorKind { .invalidInput }
}
