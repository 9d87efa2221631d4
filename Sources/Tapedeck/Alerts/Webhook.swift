import AsyncHTTPClient
import Base
import Digests
import Foundation
import NIOCore
import NIOHTTP1
import Networking

/// A server that receives events as signed requests.
///
/// Each event is a `POST` of its JSON with the fields `Idempotency-Key` (the event's `id`), `Tapedeck-Timestamp` (seconds since 1970) and
/// `Tapedeck-Signature`: `v1=` and the HMAC-SHA256 (RFC 2104), in hexadecimal, of the timestamp, a full stop and the body, with the secret as
/// key.
public struct Webhook: Sendable {
    private let address: Secret
    private let host: String
    private let secret: Secret
    private let environment: [String: String]
    /// Most requests for one event.
    public var attempts = 5
    /// Pause before the second request; doubled before each further one.
    public var pause = Duration.seconds(1)
    /// Time limit for an answer.
    public var patience = Duration.seconds(30)

    /// Creates the webhook that `TAPEDECK_WEBHOOK_URL` and `TAPEDECK_WEBHOOK_SECRET` configure.
    /// - Returns: `nil` if `TAPEDECK_WEBHOOK_URL` is not set.
    /// - Throws: `AlertError` if the address is not an HTTP URL or names a user, or if the secret is not set.
    public init?(environment: [String: String]) throws(AlertError) {
        guard let text = environment["TAPEDECK_WEBHOOK_URL"], !text.isEmpty else { return nil }
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.scheme == "https" || url.scheme == "http" else {
            throw AlertError(.invalidInput, "TAPEDECK_WEBHOOK_URL is not an HTTP URL", remedy: "write https://host/path")
        }
        guard url.user == nil, url.password == nil else {
            throw AlertError(
                .invalidInput, "TAPEDECK_WEBHOOK_URL names a user", remedy: "leave the user out; the receiver checks the signature of each request")
        }
        guard let secret = environment["TAPEDECK_WEBHOOK_SECRET"], !secret.isEmpty else {
            throw AlertError(
                .invalidInput, "events are sent with a signature, and TAPEDECK_WEBHOOK_SECRET is not set",
                remedy: "set it to the secret that the receiver knows")
        }
        address = Secret(text)
        self.host = host
        self.secret = Secret(secret)
        self.environment = environment
    }

    /// The signature of a request.
    static func signature(of body: [UInt8], timestamp: Int, secret: String) -> String {
        "v1=" + Digest.hmacSHA256(of: Array("\(timestamp).".utf8) + body, key: Array(secret.utf8)).hexadecimal
    }

    /// Sends an event. Retries after transient failures: no connection, no answer in time, and the statuses 408, 425, 429 and 5xx.
    /// - Throws: `AlertError` naming the host and the last failure, but not the address, because its path may be a credential.
    func send(_ body: [UInt8], id: String) async throws {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(15)))
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = HTTPProxy(for: address.exposed, environment: environment) {
            let authorization = proxy.credentials.map {
                HTTPClient.Authorization.basic(credentials: Data($0.exposed.utf8).base64EncodedString())
            }
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await send(body, id: id, client)
            try await client.shutdown()
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func send(_ body: [UInt8], id: String, _ client: HTTPClient) async throws {
        var failure = ""
        for attempt in 0..<max(1, attempts) {
            if attempt > 0 { try await Task.sleep(for: pause * (1 << (attempt - 1))) }
            let timestamp = Int(Date.now.timeIntervalSince1970)
            var request = HTTPClientRequest(url: address.exposed)
            request.method = .POST
            request.headers.add(name: "User-Agent", value: "tapedeck")
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: "Idempotency-Key", value: id)
            request.headers.add(name: "Tapedeck-Timestamp", value: String(timestamp))
            request.headers.add(name: "Tapedeck-Signature", value: Self.signature(of: body, timestamp: timestamp, secret: secret.exposed))
            request.body = .bytes(ByteBuffer(bytes: body))
            let answer: HTTPClientResponse
            do {
                answer = try await client.execute(request, timeout: .nanoseconds(Int64(patience / .nanoseconds(1))))
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failure = (error as? HTTPClientError)?.shortDescription ?? "no connection"
                continue
            }
            let code = answer.status.code
            if (200..<300).contains(code) { return }
            failure = "the answer is \(code) \(answer.status.reasonPhrase)"
            guard code >= 500 || [408, 425, 429].contains(code) else {
                throw AlertError(
                    .unavailable, "the webhook at \(host) refuses the event: \(failure)",
                    remedy: "check the address and the secret; the next run sends it again")
            }
        }
        throw AlertError(
            .unavailable, "the webhook at \(host) did not accept the event in \(attempts) requests: \(failure)",
            remedy: "the next run sends it again")
    }
}
