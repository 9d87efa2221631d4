public import Base
/// Why a feature or price file, or what it holds of one ticker, cannot be used.
public struct FeatureFileError: TapedeckError, Equatable {
    /// Path of the file.
    public let file: String
    /// The ticker; nil when the whole file is meant.
    public let ticker: String?
    /// What is wrong and, where there is one, the remedy.
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
