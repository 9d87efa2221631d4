import AsyncHTTPClient
import Foundation
import NIOHTTP1
import Networking
import NIOCore
import Synchronization

/// A request to a bucket.
struct S3Request: Sendable {
    var method: String
    /// Key of the object in the bucket; `nil` for the bucket itself.
    var key: String?
    var query: [(name: String, value: String)] = []
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// SHA-256 of the body, as 64 hexadecimal digits.
    var bodySHA256 = Self.emptySHA256
    /// Size limit of the response, in bytes.
    var limit = 16 << 20

    static let checksumPrefix = "x-amz-checksum"

    /// Whether a server without checksum support might refuse the request.
    var hasChecksums: Bool { fields.contains { $0.name.hasPrefix(Self.checksumPrefix) } }

    private static let emptySHA256 = ContentDigest.sha256(of: [])
}

/// A complete response.
struct S3Response: Sendable {
    var status: Int
    /// Header fields, by lower-case name.
    var fields: [String: String] = [:]
    var body: [UInt8] = []

    /// Version of the object, without quotes.
    var etag: String { (fields["etag"] ?? "").filter { $0 != "\"" } }
}

/// Sends signed requests to one bucket, and retries where that may help.
///
/// Cancelling a task does not abort a request in progress, just as it would not abort a file operation; but no further
/// attempt is made.
final class S3Client: Sendable {
    let location: String
    let bucket: String
    let settings: S3Settings
    let address: S3Address
    private let http: HTTPClient
    private let proxy: HTTPProxy?
    private let state: Mutex<State>

    private struct State {
        /// `nil` for unsigned requests.
        var credentials: S3Credentials?
        var versionForm = S3VersionForm.quoted
        /// Whether the server refuses checksum fields. Signatures still include the SHA-256 of what is sent.
        var keepsNoChecksums = false
        var statistics = StoreStatistics()
        /// Whether any server has responded so far.
        var hasAnswered = false
    }

    /// - Throws: `StoreError` with code `.invalidLocation` or `.unauthorized`, or the error for unreadable certificates.
    init(bucket: String, location: String, settings: S3Settings) throws(StoreError) {
        self.bucket = bucket
        self.location = location
        self.settings = settings
        // A certificate for *.host does not cover names with further dots.
        let isPathStyle = settings.isPathStyle || (bucket.contains(".") && settings.endpoint?.hasPrefix("http://") != true)
        address = try S3Address(
            endpoint: settings.endpoint, region: settings.region, bucket: bucket, isPathStyle: isPathStyle)
        state = Mutex(
            State(
                credentials: settings.isAnonymous
                    ? nil : try S3Credentials.read(environment: settings.environment, location: location)))
        proxy = HTTPProxy(for: address.server, environment: settings.environment)
        http = try S3Connections.shared(
            certificates: settings.certificates, proxy: proxy, server: address.server, silence: settings.transfer.silence,
            location: location)
    }

    /// Whether checksums are sent to the server; some servers refuse them.
    var keepsChecksums: Bool { state.withLock { !$0.keepsNoChecksums } }

    /// How the server expects versions in conditions; determined when the lock is taken.
    var versionForm: S3VersionForm {
        get { state.withLock { $0.versionForm } }
        set { state.withLock { $0.versionForm = newValue } }
    }

    var statistics: StoreStatistics { state.withLock { $0.statistics } }

    func count(_ change: (inout StoreStatistics) -> Void) { state.withLock { change(&$0.statistics) } }

    /// Sends a request until it gets a definitive response.
    /// - Parameters:
    ///   - key: key of the object in the store, for errors; empty for the store as a whole.
    ///   - accepting: statuses to return to the caller, besides 200, 204 and 206.
    ///   - isWhole: whether a successful response is complete; if not, the request is retried.
    func send(
        _ request: S3Request, key: String, accepting: Set<Int> = [],
        isWhole: @escaping @Sendable (S3Response) -> Bool = { _ in true }
    ) async throws(StoreError) -> S3Response {
        var failures = 0
        var isRenewed = false
        var isWithoutChecksums = false
        while true {
            let credentials = state.withLock { $0.credentials }
            // In a separate task, so that cancelling this task does not cancel the request.
            let outcome = await Task(executorPreference: RequestExecutor.shared) {
                await self.attempt(request, credentials, key: key, accepting: accepting, isWhole: isWhole)
            }.value
            // The credentials may have been refused because another program or request has renewed them in the meantime.
            if outcome.mayBeOfOldCredentials, !isRenewed, renewCredentials(after: credentials) {
                isRenewed = true
                continue
            }
            switch outcome {
            case .success(let response): return response
            case .failure(let failure):
                switch failure.remedy {
                case .none, .renewCredentials: throw failure.error
                case .omitChecksums:
                    guard request.hasChecksums, !isWithoutChecksums else { throw failure.error }
                    isWithoutChecksums = true
                    state.withLock { $0.keepsNoChecksums = true }
                case .retry(let delay):
                    failures += 1
                    let policy = settings.transfer
                    let hasAnswered = state.withLock { $0.hasAnswered }
                    guard failures < (hasAnswered ? policy.attempts : policy.firstAttempts), !Task.isCancelled else {
                        throw failure.error
                    }
                    count { $0.retries += 1 }
                    try? await Task.sleep(for: policy.delay(afterFailures: failures, requested: delay))
                }
            }
        }
    }

    /// Sends a request once and blocks this thread until the response. Used for the lock, which must not be delayed by
    /// computations that keep the task threads busy.
    /// - Returns: `nil` if there is no response in time.
    func sendBlocking(_ request: S3Request, within limit: Duration) -> S3Response? {
        let deadline = NIODeadline.now() + .milliseconds(max(1, Int64(limit / .milliseconds(1))))
        let credentials = state.withLock { $0.credentials }
        let response = exchangeBlocking(request, credentials, deadline)
        guard let response, [401, 403].contains(response.status), renewCredentials(after: credentials) else { return response }
        return exchangeBlocking(request, state.withLock { $0.credentials }, deadline)
    }

    private func exchangeBlocking(
        _ request: S3Request, _ credentials: S3Credentials?, _ deadline: NIODeadline
    ) -> S3Response? {
        guard
            var message = try? HTTPClient.Request(
                url: url(request), method: .init(rawValue: request.method), headers: .init(fields(request, credentials)))
        else { return nil }
        if !request.body.isEmpty { message.body = .bytes(request.body) }
        count { $0.requests += 1 }
        guard let answer = try? http.execute(request: message, deadline: deadline).wait() else { return nil }
        var response = S3Response(status: Int(answer.status.code))
        for field in answer.headers { response.fields[field.name.lowercased()] = field.value }
        response.body = answer.body.map { Array($0.readableBytesView) } ?? []
        return response
    }

    // MARK: One attempt

    private enum Outcome: Sendable {
        case success(S3Response)
        case failure(S3Failure)

        var mayBeOfOldCredentials: Bool {
            switch self {
            case .success(let response): [401, 403].contains(response.status)
            case .failure(let failure):
                if case .renewCredentials = failure.remedy { true } else { false }
            }
        }
    }

    private func attempt(
        _ request: S3Request, _ credentials: S3Credentials?, key: String, accepting: Set<Int>, isWhole: @Sendable (S3Response) -> Bool
    ) async -> Outcome {
        count { $0.requests += 1 }
        let response: S3Response
        do {
            response = try await exchange(request, credentials)
        } catch {
            return .failure(S3TransportError.failure(error, location: location, key: key, server: address.server, proxy: proxy))
        }
        state.withLock { $0.hasAnswered = true }
        // A response with a success status can still report a failure in its body.
        let isError = request.method == "POST" && S3Document(response.body)?.name == "Error"
        if [200, 204, 206].contains(response.status), !isError {
            if isWhole(response) { return .success(response) }
            return .failure(
                S3Failure(
                    StoreError(
                        .unavailable, location: location, key: key, "\(address.server) sent an unexpected response",
                        remedy: "try again; check that it is an S3 server and that no proxy alters its answers"), .retry(after: nil)))
        }
        if accepting.contains(response.status) { return .success(response) }
        var judged = response
        if isError, S3Document(response.body)?["Code"]?.text == "InternalError" { judged.status = 500 }
        return .failure(
            S3Failure(
                judged,
                S3Failure.Context(
                    location: location, bucket: bucket, server: address.server, region: settings.region, key: key,
                    proxy: proxy, isSigned: credentials != nil), now: Date()))
    }

    private func exchange(_ request: S3Request, _ credentials: S3Credentials?) async throws -> S3Response {
        var message = HTTPClientRequest(url: url(request))
        message.method = .init(rawValue: request.method)
        message.headers = .init(fields(request, credentials))
        if !request.body.isEmpty || request.method == "PUT" || request.method == "POST" {
            message.body = .bytes(ByteBuffer(bytes: request.body))
        }
        let answer = try await http.execute(message, deadline: .now() + .hours(1))
        var response = S3Response(status: Int(answer.status.code))
        for field in answer.headers { response.fields[field.name.lowercased()] = field.value }
        guard request.method != "HEAD" else { return response }
        if let length = response.fields["content-length"].flatMap({ Int($0) }) {
            response.body.reserveCapacity(min(length, request.limit))
        }
        for try await buffer in answer.body {
            guard response.body.count + buffer.readableBytes <= request.limit else { throw S3TransportError.tooLong }
            response.body.append(contentsOf: buffer.readableBytesView)
        }
        return response
    }

    private func url(_ request: S3Request) -> String {
        let query = request.query.isEmpty ? "" : "?" + S3Signature.canonicalQuery(request.query)
        // With a proxy for plain HTTP, the connection goes to the proxy (see S3Connections).
        let place = address.scheme == "http" ? proxy?.address : nil
        return (place ?? address.server) + address.path(request.key) + query
    }

    /// Header fields of a request, including its signature.
    private func fields(_ request: S3Request, _ credentials: S3Credentials?) -> [(String, String)] {
        let keepsNoChecksums = state.withLock { $0.keepsNoChecksums }
        let own = request.fields.filter { !keepsNoChecksums || !$0.name.hasPrefix(S3Request.checksumPrefix) }
        let fields = [(name: "Host", value: address.host)] + own
        var added: [(name: String, value: String)] = []
        if let credentials {
            added = S3Signature(credentials: credentials, region: settings.region).sign(
                method: request.method, path: address.path(request.key), query: request.query, fields: fields,
                payloadSHA256: request.bodySHA256, date: Date())
        }
        return (fields + added + [(name: "User-Agent", value: "tapedeck")]).map { ($0.name, $0.value) }
    }

    /// Checks for newer credentials than the refused ones: another request may have found them, or another program may have
    /// written them to the file.
    private func renewCredentials(after refused: S3Credentials?) -> Bool {
        guard let refused else { return false }
        return state.withLock { state in
            guard state.credentials == refused else { return true }
            guard let found = try? S3Credentials.read(environment: settings.environment, location: location) else { return false }
            state.credentials = found
            return found != refused
        }
    }
}

/// How a server expects an object's version in a condition: RFC 9110 puts the ETag in quotes, but some servers compare the
/// field with the bare ETag.
enum S3VersionForm: Sendable, CaseIterable {
    case quoted, bare

    func field(_ etag: String) -> (name: String, value: String) {
        ("If-Match", self == .quoted ? "\"\(etag)\"" : etag)
    }
}
