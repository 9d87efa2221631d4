public import Base
import Foundation

/// Address, token and limits of a server.
public struct ServerSettings: Sendable {
    /// Address to listen on.
    public var host = "127.0.0.1"
    /// Port to listen on; 0 picks a free port.
    public var port = 8080
    /// Bearer token that callers must send. May be `nil` only on loopback.
    public var token: String?
    public var limits = Limits()
    /// Folder of the reports that `/v1/backtests` gives; `nil` for none.
    public var backtests: String?

    /// Limits of requests and connections, which keep one caller from starving the others.
    public struct Limits: Sendable {
        /// Most bytes of a request body.
        public var bodyBytes = 1 << 20
        /// Most bytes of an embeddings request body.
        public var embeddingsBodyBytes = 8 << 20
        /// Most bytes of all header fields of a request.
        public var headerBytes = 16 << 10
        /// Most header fields of a request.
        public var headerFields = 64
        /// Most texts of an embeddings request.
        public var inputs = 2048
        /// Time for a request's work. Work that takes longer is cancelled.
        public var requestTime = Duration.seconds(30)
        /// Time for a request's body to arrive.
        public var bodyTime = Duration.seconds(15)
        /// Time after which a connection without a request is closed.
        public var idleTime = Duration.seconds(60)
        /// Most requests that run at the same time.
        public var concurrentRequests = max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)
        /// Most requests that wait for others to finish; further ones are rejected.
        public var waitingRequests = 64
        /// Most tokens that wait to be encoded; while more wait, requests are rejected.
        public var waitingTokens = 1 << 20
        /// Most open connections; further ones wait in the system's queue.
        public var connections = 16_000

        public init() {}
    }

    /// Checks and stores the settings.
    /// - Parameters:
    ///   - host: address to listen on.
    ///   - port: port to listen on; 0 picks a free port.
    ///   - token: bearer token; required unless `host` is a loopback address.
    /// - Throws: `ServerError` if the token is missing on an address that other machines can reach, or if it is too short.
    public init(host: String = "127.0.0.1", port: Int = 8080, token: String? = nil) throws(ServerError) {
        self.host = host
        self.port = port
        self.token = token
        if let token, token.utf8.count < 16 || !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw ServerError(.invalidUsage, "TAPEDECK_TOKEN must be at least 16 printable ASCII characters without spaces")
        }
        guard isLoopback || token != nil else {
            throw ServerError(
                .invalidUsage, "\(host) can be reached from other machines, and no token protects the server",
                remedy: "set TAPEDECK_TOKEN, or listen on 127.0.0.1")
        }
    }

    /// Whether only programs on this machine can connect.
    public var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        // Parses all four parts: a host name such as 127.example.org is not an address.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
    }
}

/// A failure to start a server.
public struct ServerError: TapedeckError {
    public let kind: ErrorKind
    public let message: String
    public let remedy: String

    init(_ kind: ErrorKind, _ message: String, remedy: String = "") {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }
}
