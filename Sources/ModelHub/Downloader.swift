import AsyncHTTPClient
import Crypto
import ModelFiles

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Fetches over HTTP, into memory or into files.
struct Downloader: Sendable {
    let client: HTTPClient

    /// Time without a byte after which a connection is given up.
    private static let silence: Int64 = 60

    /// Lends a downloader that reaches `address`, and the hosts it redirects to, as the environment says.
    static func with<Result: Sendable>(
        _ settings: NetworkSettings, for address: String, _ body: (Downloader) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .follow(max: 10, allowCycles: false),
            timeout: .init(connect: .seconds(15), read: .seconds(silence)))
        // Otherwise a refused connection is asked for again and again until the time for connecting is over.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = settings.proxy(for: address) {
            let authorization = proxy.credentials.map {
                HTTPClient.Authorization.basic(credentials: Data($0.utf8).base64EncodedString())
            }
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let result = try await body(Downloader(client: client))
            try await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// Header fields to send with a request. `Authorization` is not sent on to other hosts.
    typealias Fields = [(name: String, value: String)]

    /// Fetches a small answer whole.
    func bytes(_ address: String, fields: Fields = [], limit: Int = 16 << 20) async throws -> [UInt8] {
        let response = try await get(address, fields)
        return try await translating(address, isReceiving: true) {
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

    /// What a file must turn out to be.
    struct Expectation {
        var byteCount: Int?
        /// Lower-case SHA-256.
        var sha256: String?
        /// Lower-case SHA-1 of git's object for the file, which names small files on the hub.
        var gitBlob: String?
    }

    /// Fetches a file to `path`, which is there afterwards only if it is complete and what was expected.
    func file(
        _ address: String, fields: Fields = [], to path: String, expecting: Expectation,
        progress: (_ received: Int, _ total: Int?) -> Void
    ) async throws {
        let response = try await get(address, fields)
        let length = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        do {
            if let length, let expected = expecting.byteCount, length != expected {
                throw ModelHubError(
                    .checksum, Self.shown(address), "the server sends \(length) bytes of a file of \(expected)")
            }
            try await receive(
                response, address, to: path, expecting: expecting, total: expecting.byteCount ?? length, progress: progress)
        } catch {
            remove(path)
            throw error
        }
    }

    private func receive(
        _ response: HTTPClientResponse, _ address: String, to path: String, expecting: Expectation, total: Int?,
        progress: (_ received: Int, _ total: Int?) -> Void
    ) async throws {
        let writer = try FileWriter(path: path)
        var sha256 = SHA256()
        var gitBlob = Insecure.SHA1()
        if let total { gitBlob.update(data: Data("blob \(total)\0".utf8)) }
        var received = 0
        progress(0, total)
        try await translating(address, isReceiving: true) {
            for try await buffer in response.body {
                let count = buffer.readableBytes
                received += count
                if let total, received > total { break }
                try buffer.withUnsafeReadableBytes { bytes in
                    sha256.update(bufferPointer: bytes)
                    if expecting.gitBlob != nil { gitBlob.update(bufferPointer: bytes) }
                    try writer.write(bytes)
                }
                progress(received, total)
            }
        }
        guard total == nil || received == total else {
            throw ModelHubError(
                .truncated, Self.shown(address), "the connection ended after \(received) of \(total ?? 0) bytes; try again")
        }
        for (expected, found) in [
            (expecting.sha256, hexadecimal(sha256.finalize())), (expecting.gitBlob, hexadecimal(gitBlob.finalize())),
        ] {
            guard expected == nil || expected == found else {
                throw ModelHubError(
                    .checksum, Self.shown(address),
                    "what arrived is not the file: its checksum is \(found) instead of \(expected ?? ""); it was removed. "
                        + "A proxy may have altered it; try again, or elsewhere")
            }
        }
        try writer.synchronize()
    }

    private func get(_ address: String, _ fields: Fields) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address)
        request.headers.add(name: "User-Agent", value: "tapedeck")
        for field in fields { request.headers.add(name: field.name, value: field.value) }
        let response = try await translating(address) { try await client.execute(request, timeout: .hours(24)) }
        guard response.status.code != 200 else { return response }
        let status = "\(response.status.code) \(response.status.reasonPhrase)"
        switch response.status.code {
        case 401, 403:
            throw ModelHubError(
                .unauthorized, Self.shown(address), "the server refuses it (\(status)); if the model is gated or private, "
                    + "accept its terms and set HF_TOKEN. The hub also answers so for models that do not exist")
        case 404, 410:
            throw ModelHubError(.notFound, Self.shown(address), "the server has no such thing (\(status))")
        default:
            throw ModelHubError(.badAnswer, Self.shown(address), "the server answered \(status); try again later")
        }
    }

    /// An address without what may be secret: credentials and signatures.
    static func shown(_ address: String) -> String {
        guard var parts = URLComponents(string: address) else { return "the address" }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        parts.fragment = nil
        return parts.string ?? "the address"
    }

    static func host(_ address: String) -> String { URLComponents(string: address)?.host ?? "?" }

    /// Turns the client's errors into ours: before an answer they mean that nobody was reached, within one that it broke
    /// off.
    private func translating<Result>(
        _ address: String, isReceiving: Bool = false, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as ModelHubError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch let error as HTTPClientError where error == .cancelled {
            throw CancellationError()
        } catch let error as HTTPClientError where error == .redirectLimitReached || error == .redirectCycleDetected {
            throw ModelHubError(.badAnswer, Self.shown(address), "the server redirects without end")
        } catch {
            let cause = (error as? HTTPClientError)?.shortDescription ?? "\(error)"
            throw isReceiving
                ? ModelHubError(.truncated, Self.shown(address), "the connection broke off (\(cause)); try again")
                : ModelHubError(
                    .unreachable, Self.shown(address), "no connection (\(cause)); check the network, HTTPS_PROXY and "
                        + "NO_PROXY")
        }
    }
}
