public import Base

/// Why a backtest cannot run, or its result cannot be used.
public struct BacktestError: TapedeckError, Equatable {
    /// What went wrong, for programs.
    public enum Code: String, Sendable {
        /// A setting, a file or a combination of them is invalid.
        case invalidInput
        /// Inputs do not match: models, clusters, caches.
        case mismatch
        /// There is nothing to trade: no prices, no sessions, no tickers.
        case empty
        /// A file is not of the expected form.
        case malformed
        /// The original system also fails here, and its rules were requested.
        case originalFault
        /// A file cannot be written.
        case unavailable
    }

    public let code: Code
    /// What failed, on which input, why, and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public var kind: ErrorKind {
        switch code {
        case .invalidInput, .originalFault: .invalidInput
        case .mismatch: .conflict
        case .empty: .notFound
        case .malformed: .damaged
        case .unavailable: .unavailable
        }
    }
}
