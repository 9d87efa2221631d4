import Base
import Foundation

/// Where a server listens, who may call it, and what it grants a caller.
public struct ServerSettings: Sendable {
    /// Address to listen on.
    public var host = "127.0.0.1"
    /// 0 takes a free port.
    public var port = 8080
    /// The bearer token that callers must send; `nil` on loopback only.
    public var token: String?
    public var limits = Limits()

    /// What a single caller can take from the others.
    public struct Limits: Sendable {
        /// Bytes of a request's body.
        public var bodyBytes = 1 << 20
        /// Bytes of the body of an embeddings request.
        public var embeddingsBodyBytes = 8 << 20
        /// Bytes of all header fields of a request.
        public var headerBytes = 16 << 10
        /// Number of header fields.
        public var headerFields = 64
        /// Texts of an embeddings request.
        public var inputs = 2048
        /// Time for a request's work. Work that takes longer is cancelled.
        public var requestTime = Duration.seconds(30)
        /// Time for a request's body to arrive.
        public var bodyTime = Duration.seconds(15)
        /// Time after which a connection without a request is closed.
        public var idleTime = Duration.seconds(60)
        /// Requests that work at the same time.
        public var concurrentRequests = max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)
        /// Requests that wait for others to finish; more are refused.
        public var waitingRequests = 64
        /// Tokens that wait to be encoded; a request that finds more is refused.
        public var waitingTokens = 1 << 20
        /// Open connections; more wait in the system's queue.
        public var connections = 16_000

        public init() {}
    }

    /// - Parameters:
    ///   - host: address to listen on.
    ///   - port: 0 takes a free port.
    ///   - token: the bearer token; required for addresses other than those of loopback.
    /// - Throws: `ServerError` for an address that other machines reach, without a token; for a token that is too short.
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

    /// Whether only programs of this machine can connect.
    public var isLoopback: Bool { Self.isLoopback(host) }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        // Not a name that only begins like an address.
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
