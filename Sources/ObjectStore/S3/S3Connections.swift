import AsyncHTTPClient
import Foundation
import Networking
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// The HTTP clients of this process. Stores with the same connection settings share a client, which lives as long as the
/// process.
enum S3Connections {
    private struct Kind: Hashable {
        let certificates: String?
        let proxy: HTTPProxy?
        /// The server to reach through the proxy; `nil` without a proxy.
        let server: String?
        let silence: Duration
    }

    private static let clients = Mutex<[Kind: HTTPClient]>([:])

    /// - Throws: `StoreError` with code `.invalidLocation` when the certificate file cannot be used.
    static func shared(
        certificates: String?, proxy: HTTPProxy?, server: String, silence: Duration, location: String
    ) throws(StoreError) -> HTTPClient {
        let kind = Kind(certificates: certificates, proxy: proxy, server: proxy == nil ? nil : server, silence: silence)
        if let client = clients.withLock({ $0[kind] }) { return client }
        let client = try make(kind, location: location)
        return clients.withLock { clients in
            if let first = clients[kind] {
                // Another thread was faster; this client has no connections yet.
                client.shutdown { _ in }
                return first
            }
            clients[kind] = client
            return client
        }
    }

    private static func make(_ kind: Kind, location: String) throws(StoreError) -> HTTPClient {
        let silence = TimeAmount.milliseconds(max(1, Int64(kind.silence / .milliseconds(1))))
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: min(silence, .seconds(10)), read: silence, write: silence))
        // Attempts are counted by `S3Client`, and parallel pieces need parallel connections.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        configuration.httpVersion = .http1Only
        if let path = kind.certificates {
            var tls = TLSConfiguration.makeClientConfiguration()
            do {
                guard FileManager.default.isReadableFile(atPath: path), !(try NIOSSLCertificate.fromPEMFile(path)).isEmpty else {
                    throw NIOSSLError.failedToLoadCertificate
                }
            } catch {
                throw StoreError(
                    .invalidLocation, location: location, "\(path) is not a file of certificates in PEM form",
                    remedy: "correct AWS_CA_BUNDLE, or unset it to trust what the system trusts")
            }
            tls.trustRoots = .file(path)
            configuration.tlsConfiguration = tls
        }
        if let proxy = kind.proxy, let server = kind.server {
            let authorization = proxy.credentials.map {
                HTTPClient.Authorization.basic(credentials: Data($0.exposed.utf8).base64EncodedString())
            }
            if server.hasPrefix("https:") {
                configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
            } else {
                // By default the client tunnels (CONNECT) all requests through a proxy, and many proxies tunnel only to port
                // 443.
                configuration.http1_1ConnectionDebugInitializer = { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        let encoder = try pipeline.context(handlerType: HTTPRequestEncoder.self).handler
                        try pipeline.addHandler(
                            AbsoluteForm(server: server, authorization: authorization?.headerValue), position: .after(encoder))
                    }
                }
            }
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

/// Puts the server into the request line, as required for a plain HTTP proxy (RFC 9112, 3.2.2).
private final class AbsoluteForm: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private let server: String
    /// Value of the `Proxy-Authorization` field.
    private let authorization: String?

    init(server: String, authorization: String?) {
        self.server = server
        self.authorization = authorization
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var part = unwrapOutboundIn(data)
        if case .head(var head) = part {
            head.uri = server + head.uri
            if let authorization { head.headers.replaceOrAdd(name: "Proxy-Authorization", value: authorization) }
            part = .head(head)
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
