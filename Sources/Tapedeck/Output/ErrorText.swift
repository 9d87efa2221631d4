import Foundation
import StrictJSON

/// Describes errors. Errors of this package already say what failed, why, and what to do. This adds sentences for errors of
/// Foundation, which would otherwise print as Swift values.
package enum ErrorText {
    package static func describe(_ error: any Error) -> String {
        switch error {
        case let error as DecodingError: return error.sentence
        case let error as CocoaError:
            let cause = (error.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
            let text = cause ?? error.localizedDescription
            return error.filePath.map { "\($0): \(text)" } ?? text
        case let error as POSIXError: return String(cString: strerror(error.code.rawValue))
        case let error as URLError: return error.localizedDescription
        case is CancellationError: return "the run was cancelled"
        case let error as any CustomStringConvertible where !(error is NSError): return error.description
        default: return error.localizedDescription
        }
    }
}
