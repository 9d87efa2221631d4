import Base
import Encoders
import HTTPTypes
import Hummingbird
import NIOCore
import Queries
import StrictJSON
import Tapedeck

/// An error response: problem details (RFC 9457).
struct Problem: Error {
    let status: HTTPResponse.Status
    /// Stable identifier for programs.
    let code: String
    let title: String
    /// What is wrong with this request.
    let detail: String
    /// What to do about it; empty when `detail` says it.
    var remedy = ""
    /// The request member at fault, for clients of OpenAI's API.
    var member: String?
    /// Seconds after which the caller may try again.
    var retryAfter: Int?
    /// Header fields required by the status.
    var headers = HTTPFields()
    /// Whether the connection is closed instead of reading the rest of the request body.
    var closesConnection = false

    /// Whether the request was rejected before its body was read.
    var precedesBody: Bool {
        ["unknown_path", "wrong_method", "wrong_host", "cross_site", "unauthorized", "wrong_content_type"].contains(code)
    }

    static func malformed(_ detail: String, remedy: String = "") -> Problem {
        Problem(status: .badRequest, code: "malformed_request", title: "Malformed request", detail: detail, remedy: remedy)
    }

    static func invalid(_ detail: String, remedy: String = "", member: String? = nil) -> Problem {
        Problem(status: .badRequest, code: "invalid_request", title: "Invalid request", detail: detail, remedy: remedy, member: member)
    }

    static func unknownPath(_ path: String) -> Problem {
        Problem(
            status: .notFound, code: "unknown_path", title: "Unknown path", detail: "there is no \(path.prefix(200)) here",
            remedy: "/openapi.json lists the paths")
    }

    static func wrongMethod(_ method: String, allowed: String) -> Problem {
        var headers = HTTPFields()
        headers[.allow] = allowed
        return Problem(
            status: .methodNotAllowed, code: "wrong_method", title: "Wrong method", detail: "this path does not take \(method.prefix(20))",
            remedy: "use \(allowed)", headers: headers)
    }

    static let wrongHost = Problem(
        status: .misdirectedRequest, code: "wrong_host", title: "Wrong host",
        detail: "this server listens on loopback and answers requests for localhost, 127.0.0.1 and [::1] only",
        remedy: "a reverse proxy must set one of these in Host", closesConnection: true)

    static let crossSite = Problem(
        status: .forbidden, code: "cross_site", title: "Cross-site request", detail: "a page of another site made this request",
        remedy: "call the API from a program, or from this server's own pages")

    static let unauthorized: Problem = {
        var headers = HTTPFields()
        headers[.wwwAuthenticate] = "Bearer realm=\"tapedeck\""
        return Problem(
            status: .unauthorized, code: "unauthorized", title: "Token missing or wrong",
            detail: "the request carries no valid bearer token", remedy: "send Authorization: Bearer with the server's TAPEDECK_TOKEN",
            headers: headers)
    }()

    static let wrongType = Problem(
        status: .unsupportedMediaType, code: "wrong_content_type", title: "Wrong content type",
        detail: "the body must be JSON", remedy: "send Content-Type: application/json")

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            status: .contentTooLarge, code: "body_too_large", title: "Body too large",
            detail: "the body of a request to this path may have \(limit) bytes", closesConnection: true)
    }

    static let slowBody = Problem(
        status: .requestTimeout, code: "slow_body", title: "Body too slow", detail: "the body did not arrive in time", closesConnection: true)

    static let busy = Problem(
        status: .tooManyRequests, code: "too_many_requests", title: "Too many requests",
        detail: "the queue of waiting requests is full", remedy: "try again later", retryAfter: 1)

    static func tookTooLong(_ limit: Duration) -> Problem {
        Problem(
            status: .serviceUnavailable, code: "timeout", title: "Took too long",
            detail: "the work took longer than \(limit.components.seconds) s and was cancelled",
            remedy: "ask for fewer days, names or results", retryAfter: 1)
    }

    static let loading = Problem(
        status: .serviceUnavailable, code: "loading", title: "Loading", detail: "the server is loading the models and the store",
        remedy: "try again in a second; /readyz tells when it is ready", retryAfter: 1)

    /// Maps an error to a response. Quotes only messages about the request itself, because others may name files of this machine.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as RequestError:
            self.init(
                status: Self.status(of: error.kind), code: error.kind == .unsupported ? "contradiction" : "invalid_request",
                title: error.kind == .unsupported ? "Contradiction" : "Invalid request", detail: error.message, remedy: error.remedy)
        case let error as QueryError:
            self.init(status: Self.status(of: error.kind), code: Self.code(of: error.kind), title: Self.title(of: error.kind), detail: error.message)
        case let error as JSONError: self = .malformed("the body is not valid JSON: \(error)")
        // Other errors are not the caller's fault: a missing object of the store is not an unknown name, and its credentials are not a
        // token.
        case let error as any TapedeckError where error.kind == .unavailable || error.kind == .busy:
            self.init(
                status: Self.status(of: error.kind), code: Self.code(of: error.kind), title: Self.title(of: error.kind),
                detail: "the server could not answer", remedy: "its log has the reason, under this request's id",
                retryAfter: 5)
        default:
            self.init(
                status: .internalServerError, code: "internal", title: "Internal error", detail: "the server could not answer",
                remedy: "its log has the reason, under this request's id")
        }
    }

    init(
        status: HTTPResponse.Status, code: String, title: String, detail: String, remedy: String = "", member: String? = nil,
        retryAfter: Int? = nil, headers: HTTPFields = HTTPFields(), closesConnection: Bool = false
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.member = member
        self.retryAfter = retryAfter
        self.headers = headers
        self.closesConnection = closesConnection
    }

    private static func status(of kind: ErrorKind) -> HTTPResponse.Status { HTTPResponse.Status(code: kind.httpStatus) }

    private static func code(of kind: ErrorKind) -> String { kind.rawValue.snakeCased }

    private static func title(of kind: ErrorKind) -> String {
        switch kind {
        case .notFound: "Not found"
        case .unsupported: "Cannot be answered"
        case .invalidInput, .invalidUsage: "Invalid request"
        case .busy: "Busy"
        case .unavailable: "Unavailable"
        default: "Failed"
        }
    }

    // MARK: Responses

    func response(id: String) -> Response {
        var body: [String: JSONValue] = [
            "type": .string("urn:tapedeck:problem:\(code)"), "title": .string(title), "status": .integer(status.code), "detail": .string(detail),
            "code": .string(code), "request_id": .string(id),
        ]
        if !remedy.isEmpty { body["remedy"] = .string(remedy) }
        return response(.object(body), type: "application/problem+json")
    }

    /// The error in the format of OpenAI's API.
    func openAIResponse() -> Response {
        let type =
            switch status.code {
            case 401, 403: "authentication_error"
            case 429: "rate_limit_error"
            case 500...: "server_error"
            default: "invalid_request_error"
            }
        let error: JSONValue = [
            "message": .string(remedy.isEmpty ? detail : "\(detail); \(remedy)"), "type": .string(type),
            "param": member.map(JSONValue.string) ?? .null,
            "code": .string(code),
        ]
        return response(["error": error], type: "application/json")
    }

    private func response(_ body: JSONValue, type: String) -> Response {
        var headers = headers
        headers[.contentType] = type
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if closesConnection { headers[.connection] = "close" }
        let bytes = (try? JSONText.encode(body)) ?? []
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
