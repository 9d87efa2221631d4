import Foundation
import StrictJSON

/// Errors in words. The errors of this package say what, why and what to do; those of Foundation are put into a
/// sentence here, so that no Swift value is ever printed.
enum ErrorText {
    static func describe(_ error: any Error) -> String {
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
