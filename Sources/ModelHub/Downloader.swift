import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Networking

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sends HTTP requests. `FileDownload` fetches files with it.
struct Downloader: Sendable {
    let client: HTTPClient
    let policy: TransferPolicy

    /// Provides a downloader for `address` and the hosts it redirects to, with the environment's network settings.
    static func with<Result: Sendable>(
        _ settings: NetworkSettings, for address: String, policy: TransferPolicy,
        _ body: (Downloader) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .follow(max: 10, allowCycles: false),
            timeout: .init(
                connect: .seconds(15), read: .milliseconds(max(1, Int64(policy.silence / .milliseconds(1))))))
        // Otherwise the client retries a refused connection until the connect timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        // HTTP/2 would send all ranges over one connection, no faster than a single range.
        configuration.httpVersion = .http1Only
        if let proxy = settings.proxy(for: address) {
            let authorization = proxy.credentials.map {
                HTTPClient.Authorization.basic(credentials: Data($0.exposed.utf8).base64EncodedString())
            }
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(Downloader(client: client, policy: policy))
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// Header fields of a request. `Authorization` is not sent to other hosts.
    typealias Fields = [(name: String, value: String)]

    /// Fetches a small answer whole.
    func bytes(_ address: String, fields: Fields = [], limit: Int = 16 << 20) async throws -> [UInt8] {
        try await retrying(isFirstContact: true) {
            let response = try await get(address, fields)
            return try await receiving(address) {
                var bytes: [UInt8] = []
                for try await buffer in response.body {
                    bytes.append(contentsOf: buffer.readableBytesView)
                    guard bytes.count <= limit else {
                        throw ModelHubError(.badAnswer, Self.shown(address), "the answer is longer than \(limit) bytes")
                    }
                }
                return bytes
            }
        }
    }

    /// Sends one request.
    /// - Returns: an answer with status 200 or 206.
    /// - Throws: `TransientFailure`; `ModelHubError` for failures that a retry would not change.
    func get(_ address: String, _ fields: Fields) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "User-Agent", value: "tapedeck")
        for field in fields { request.headers.add(name: field.name, value: field.value) }
        let response = try await asking(address) { try await client.execute(request, timeout: .hours(24)) }
        let status = "\(response.status.code) \(response.status.reasonPhrase)"
        switch response.status.code {
        case 200, 206: return response
        case 401, 403:
            throw ModelHubError(
                .unauthorized, Self.shown(address),
                "the server refuses it (\(status)); if the model is gated or private, "
                    + "accept its terms and set HF_TOKEN. The hub gives the same answer for models that do not exist")
        case 404, 410:
            throw ModelHubError(.notFound, Self.shown(address), "not found on the server (\(status))")
        case 416: throw RangeRefused()
        case 408, 429, 500...599:
            let seconds = response.headers.first(name: "Retry-After").flatMap { UInt16($0) }
            throw TransientFailure(
                cause: ModelHubError(.badAnswer, Self.shown(address), "the server answered \(status); try again later"),
                delay: seconds.map { .seconds(Int($0)) })
        default:
            throw ModelHubError(.badAnswer, Self.shown(address), "the server answered \(status); try again later")
        }
    }

    /// The requested range begins at or after the end of the file (416).
    struct RangeRefused: Error {}

    /// An address without possible secrets: credentials and signatures.
    static func shown(_ address: String) -> String {
        guard var parts = URLComponents(string: address) else { return "the address" }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        parts.fragment = nil
        return parts.string ?? "the address"
    }

    static func host(_ address: String) -> String { URLComponents(string: address)?.host ?? "?" }

    /// Converts the client's errors while the body of an answer arrives: the connection was lost.
    func receiving<Result>(_ address: String, _ body: () async throws -> Result) async throws -> Result {
        try await translating(address, body) { error in
            TransientFailure(
                cause: ModelHubError(
                    .truncated, Self.shown(address), "the connection broke off (\(Self.cause(error))); try again"))
        }
    }

    /// Converts the client's errors before there is an answer: the server was not reached.
    private func asking<Result>(_ address: String, _ body: () async throws -> Result) async throws -> Result {
        try await translating(address, body) { error in
            let known = error as? HTTPClientError
            return TransientFailure(
                cause: ModelHubError(
                    .unreachable, Self.shown(address),
                    "no connection (\(Self.cause(error))); check the network, "
                        + "HTTPS_PROXY and NO_PROXY"),
                reachedServer: known == .remoteConnectionClosed || known == .readTimeout)
        }
    }

    private func translating<Result>(
        _ address: String, _ body: () async throws -> Result, failure: (any Error) -> TransientFailure
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as ModelHubError {
            throw error
        } catch let error as TransientFailure {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch let error as HTTPClientError where error == .cancelled {
            throw CancellationError()
        } catch let error as HTTPClientError where error == .redirectLimitReached || error == .redirectCycleDetected {
            throw ModelHubError(.badAnswer, Self.shown(address), "the server redirects too often")
        } catch {
            throw failure(error)
        }
    }

    private static func cause(_ error: any Error) -> String { (error as? HTTPClientError)?.shortDescription ?? "\(error)" }
}
