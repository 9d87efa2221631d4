import AsyncHTTPClient
import Foundation
import Networking
import NIOCore
import NIOPosix
import NIOSSL

/// Why a request got no response.
enum S3TransportError: Error {
    /// The response exceeds the request's size limit.
    case tooLong

    /// Converts an error of the HTTP client.
    static func failure(_ error: any Error, location: String, key: String, server: String, proxy: HTTPProxy?) -> S3Failure {
        func failure(_ message: String, _ advice: String, _ remedy: S3Failure.Remedy = .retry(after: nil)) -> S3Failure {
            S3Failure(StoreError(.unavailable, location: location, key: key, message, remedy: advice), remedy)
        }
        // With a proxy, connections go to the proxy.
        func unreachable(_ cause: String) -> String {
            guard let proxy else { return "\(server) cannot be reached (\(cause))" }
            return "the proxy \(proxy.address) for \(server) cannot be reached (\(cause))"
        }
        let whereToLook =
            proxy == nil
            ? "check the endpoint (AWS_ENDPOINT_URL_S3), and that the server runs"
            : "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and that the proxy runs"
        let later = "check the network and run again; nothing was lost"
        switch error {
        case S3TransportError.tooLong:
            return failure("\(server) sends more than requested", "check that the endpoint is an S3 server")
        case let error as HTTPClientError where error == .readTimeout || error == .writeTimeout || error == .deadlineExceeded:
            return failure("\(server) has stopped answering", later)
        case let error as HTTPClientError where error == .connectTimeout || error == .getConnectionFromPoolTimeout:
            return failure(
                proxy == nil ? "\(server) does not answer" : unreachable("it does not answer"),
                proxy == nil ? "check the endpoint (AWS_ENDPOINT_URL_S3), and whether the network needs HTTPS_PROXY" : whereToLook)
        case let error as HTTPClientError where error == .proxyAuthenticationRequired || error == .invalidProxyResponse:
            return failure(
                "the proxy \(proxy.map { $0.address + " " } ?? "")refuses to reach \(server)", "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY", .none)
        case let error as HTTPClientError:
            return failure("the connection to \(server) was lost (\(error.shortDescription))", later)
        case let error as NIOConnectionError:
            if error.dnsAError != nil || error.dnsAAAAError != nil {
                if proxy != nil { return failure(unreachable("its name is not known"), whereToLook) }
                return failure("the host name in \(server) is not known", "check the endpoint (AWS_ENDPOINT_URL_S3) and the network")
            }
            return failure(unreachable(error.connectionErrors.first.map { cause($0.error) } ?? "no connection"), whereToLook)
        // An address that is a number needs no lookup; in that case the client does not wrap the system's error.
        case let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode):
            return failure(unreachable(cause(error)), whereToLook)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            let text = "\(error)"
            if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("failedToValidateHostname") || text.contains("unableToValidateCertificate")
            {
                return failure(
                    "the certificate of \(server) is not trusted",
                    "name a file with its authority's certificate with AWS_CA_BUNDLE, and check the host's name", .none)
            }
            if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
                return failure("\(server) does not speak HTTPS", "write http:// in AWS_ENDPOINT_URL_S3", .none)
            }
            return failure("no encrypted connection to \(server) (\(text.prefix(200)))", "is the endpoint http:// rather than https://?")
        default:
            return failure("the connection to \(server) was lost (\(cause(error)))", later)
        }
    }

    private static func cause(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        return String("\(error)".prefix(200))
    }
}
