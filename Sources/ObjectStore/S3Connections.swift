internal import AsyncHTTPClient
internal import Foundation
internal import Networking
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// The HTTP clients of this process: stores that are reached alike share connections. They last as long as the process.
enum S3Connections {
    private struct Kind: Hashable {
        let certificates: String?
        let proxy: HTTPProxy?
        let silence: Duration
    }

    private static let clients = Mutex<[Kind: HTTPClient]>([:])

    /// - Throws: `StoreError` with code `.invalidLocation` when the file of certificates cannot be used.
    static func shared(
        certificates: String?, proxy: HTTPProxy?, silence: Duration, location: String
    ) throws(StoreError) -> HTTPClient {
        let kind = Kind(certificates: certificates, proxy: proxy, silence: silence)
        if let client = clients.withLock({ $0[kind] }) { return client }
        let client = try make(kind, location: location)
        return clients.withLock { clients in
            if let first = clients[kind] {
                // Another thread was faster; this one has no connections yet.
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
        // Tries are counted here, not there; and pieces side by side need connections side by side.
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
        if let proxy = kind.proxy {
            let authorization = proxy.credentials.map {
                HTTPClient.Authorization.basic(credentials: Data($0.exposed.utf8).base64EncodedString())
            }
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
