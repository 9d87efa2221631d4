import Foundation
import Networking

/// Maps a failed S3 response to an error and a retry decision.
struct S3Failure: Sendable {
    enum Remedy: Sendable {
        /// Retry the request.
        case retry(after: Duration?)
        /// The credentials were refused; look for newer ones.
        case renewCredentials
        /// The server does not accept checksum fields.
        case omitChecksums
        case none
    }

    let error: StoreError
    let remedy: Remedy

    init(_ error: StoreError, _ remedy: Remedy = .none) {
        self.error = error
        self.remedy = remedy
    }

    /// The request's context, for judging its response.
    struct Context {
        /// Address of the store.
        let location: String
        let bucket: String
        /// Address of the server.
        let server: String
        let region: String
        /// Key in the store; empty for the store as a whole.
        let key: String
        let proxy: HTTPProxy?
        let isSigned: Bool
    }

    /// Judges a response by its status, its XML (`Error` with `Code` and `Message`) and its clock.
    init(_ response: S3Response, _ context: Context, now: Date) {
        let document = S3Document(response.body)
        let code = document?["Code"]?.text ?? ""
        let said = Self.shortened(document?["Message"]?.text ?? "")
        func failure(
            _ kind: StoreError.Code, _ message: String, _ advice: String, ofStore: Bool = false, _ remedy: Remedy = .none
        ) -> S3Failure {
            S3Failure(
                StoreError(kind, location: context.location, key: ofStore ? "" : context.key, message, remedy: advice), remedy)
        }
        let answer = [code, said].filter { !$0.isEmpty }.joined(separator: ": ")
        let status = "\(response.status)" + (answer.isEmpty ? "" : " \(answer)")
        if response.status == 407 {
            self = failure(
                .unavailable,
                "the proxy \(context.proxy.map { $0.address + " " } ?? "")refuses to reach \(context.server) without a user and password",
                "write them in HTTP_PROXY or HTTPS_PROXY, as in http://user:password@host:port", ofStore: true)
            return
        }
        // An HTML page does not come from S3, whatever its status.
        if document == nil, response.isPage {
            let isRetried = [408, 429, 500, 502, 503, 504].contains(response.status)
            let sender = context.proxy.map { "the proxy \($0.address), or a server behind it," } ?? "\(context.server)"
            self = failure(
                .unavailable, "\(sender) answers \(response.status) with a web page, as no server of S3 does",
                context.proxy == nil
                    ? "check the endpoint (AWS_ENDPOINT_URL_S3), and any proxy in front of the server"
                    : "check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and the endpoint",
                ofStore: true, isRetried ? .retry(after: nil) : .none)
            return
        }
        if [400, 501].contains(response.status), Self.isAboutChecksums(code, said) {
            self = failure(
                .unsupported, "\(context.server) does not accept checksums (\(status))", "keep the store on a server that accepts them",
                ofStore: true, .omitChecksums)
            return
        }
        switch (code, response.status) {
        case ("NoSuchBucket", _):
            self = failure(
                .notFound, "\(context.server) has no bucket '\(context.bucket)'",
                "create it (mc mb, aws s3 mb), or check the name and the endpoint", ofStore: true)
        case ("NoSuchKey", _), ("", 404):
            self = failure(.notFound, "there is no such object", "check the name")
        case ("RequestTimeTooSkewed", _):
            self = failure(
                .unauthorized, Self.skew(response, now: now), "set the clock (chronyd, ntpd) of whichever is wrong, and run again",
                ofStore: true)
        case ("InvalidAccessKeyId", _):
            self = failure(
                .unauthorized, "\(context.server) does not know the access key", "check AWS_ACCESS_KEY_ID or the profile, and the endpoint",
                ofStore: true, .renewCredentials)
        case ("SignatureDoesNotMatch", _):
            self = failure(
                .unauthorized, "\(context.server) does not accept the signature: the secret key is wrong, or a proxy alters requests",
                "check AWS_SECRET_ACCESS_KEY or the profile", ofStore: true, .renewCredentials)
        case ("ExpiredToken", _), ("TokenRefreshRequired", _), ("InvalidToken", _):
            self = failure(
                .unauthorized, "the credentials have \(code == "InvalidToken" ? "a session token that is not accepted" : "expired")",
                "get new ones and run again; nothing was lost", ofStore: true, .renewCredentials)
        case ("AuthorizationHeaderMalformed", _), ("PermanentRedirect", _), (_, 301), (_, 307):
            let region = document?["Region"]?.text ?? response.fields["x-amz-bucket-region"]
            let place = document?["Endpoint"]?.text
            self = failure(
                .invalidLocation,
                "the bucket is not reached at \(context.server) as of region \(context.region) (\(status))",
                region.map { "set AWS_REGION=\($0)" } ?? place.map { "set AWS_ENDPOINT_URL_S3=https://\($0)" }
                    ?? "check AWS_REGION and AWS_ENDPOINT_URL_S3", ofStore: true)
        case ("XMinioStorageFull", _), ("QuotaExceeded", _), ("XMinioAdminBucketQuotaExceeded", _), (_, 507):
            self = failure(.storageFull, "the server has no space left (\(status))", "free some space and run again; nothing was lost")
        case ("SlowDown", _), ("RequestTimeout", _), ("InternalError", _), ("OperationAborted", _), ("ThrottlingException", _),
            ("ConditionalRequestConflict", _), ("IncompleteBody", _), ("BadDigest", _), ("XAmzContentSHA256Mismatch", _),
            (_, 408), (_, 429), (_, 500), (_, 502), (_, 503), (_, 504):
            let seconds = response.fields["retry-after"].flatMap { UInt16($0) }
            self = failure(
                .unavailable, "\(context.server) answers \(status)", "try again later; nothing was lost",
                .retry(after: seconds.map { .seconds(Int($0)) }))
        case ("NotImplemented", _), (_, 501):
            let isMinIO = response.fields["server"]?.lowercased().contains("minio") == true
            self = failure(
                .unsupported, "\(context.server) cannot do it (\(status))",
                isMinIO ? "use a MinIO of 2024 or later" : "use another server: docs/s3-servers.md lists tested servers")
        case (_, 401), (_, 403):
            self = failure(
                .permissionDenied, "\(context.server) refuses it (\(status))",
                context.isSigned
                    ? "the credentials need the right to list the bucket, and to read, write and delete what is in it"
                    : "requests are unsigned (s3-anonymous): the bucket must allow anyone to list and read it",
                .renewCredentials)
        case (_, 405):
            self = failure(
                .permissionDenied, "\(context.server) refuses it (\(status))", "check the endpoint, and the rights of the credentials")
        case (_, 400) where response.text.contains("HTTPS"):
            self = failure(
                .invalidLocation, "\(context.server) expects HTTPS (\(status))", "write https:// in AWS_ENDPOINT_URL_S3", ofStore: true)
        default:
            self = failure(.unavailable, "\(context.server) answers \(status)", "check that the endpoint is an S3 server")
        }
    }

    /// Whether the server refuses checksum fields as such, rather than a checksum that does not match.
    private static func isAboutChecksums(_ code: String, _ said: String) -> Bool {
        let text = said.lowercased()
        guard text.contains(S3Request.checksumPrefix) || text.contains("x-amz-sdk-checksum") else { return false }
        return !code.contains("Mismatch") && code != "BadDigest"
    }

    private static func skew(_ response: S3Response, now: Date) -> String {
        guard let time = response.fields["date"].flatMap(S3Time.field) else {
            return "this machine's clock and the server's are too far apart"
        }
        let seconds = Int(now.timeIntervalSince(time))
        let size = abs(seconds)
        let text = size < 120 ? "\(size) seconds" : size < 7_200 ? "\(size / 60) minutes" : "\(size / 3_600) hours"
        return "this machine's clock is \(text) \(seconds > 0 ? "ahead of" : "behind") the server's, which accepts 15 minutes"
    }

    /// A server's message in one line of limited length.
    private static func shortened(_ text: String) -> String {
        let line = text.map { $0.isNewline ? " " : $0 }.filter { !$0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }
        return line.count > 200 ? String(line.prefix(200)) + "…" : String(line)
    }
}

extension S3Response {
    /// Start of the body, as text.
    fileprivate var text: String { String(decoding: body.prefix(1_024), as: UTF8.self) }

    /// Whether the body is HTML.
    fileprivate var isPage: Bool {
        if fields["content-type"]?.lowercased().hasPrefix("text/html") == true { return true }
        let start = text.drop { $0.isWhitespace }.prefix(14).lowercased()
        return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
    }
}
