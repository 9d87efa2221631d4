import Backtest
import Base
import Digests
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import ServiceLifecycle
import StrictJSON
import Tapedeck

/// Request context that exposes the connection.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    /// The thread that reads and writes the connection's socket, for tasks that do not compute for long.
    var loop: LoopExecutor { LoopExecutor(channel.eventLoop) }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Handles requests: authenticates the caller, routes the path, limits the work and reports errors.
struct Responder: HTTPResponder {
    typealias Context = ConnectionContext

    let store: Store
    let settings: ServerSettings
    let readiness: Readiness
    let admission: Admission
    let metrics: ServerMetrics
    let logger: Logger
    private let endpoints: [String: Endpoint]
    private let backtests: BacktestFolder?
    private let pages = Pages()
    private let description: [UInt8]
    private let token: Digest?

    private static let embeddingsPath = "/v1/embeddings"
    private static let largeBody = 256 << 10
    /// Texts of larger bodies are parsed and tokenised on threads for long computations.
    private static let quickBody = 4 << 10

    init(
        store: Store, settings: ServerSettings, endpoints: [Endpoint], readiness: Readiness, admission: Admission, metrics: ServerMetrics,
        logger: Logger
    ) throws {
        self.store = store
        self.settings = settings
        self.readiness = readiness
        self.admission = admission
        self.metrics = metrics
        self.logger = logger
        backtests = try settings.backtests.map { try BacktestFolder($0) }
        self.endpoints = Dictionary(uniqueKeysWithValues: endpoints.map { ($0.path, $0) })
        description = try JSONText.encode(OpenAPIDocument(endpoints: endpoints, needsToken: settings.token != nil).json)
        token = settings.token.map { Digest.sha256(of: $0) }
    }

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let start = ContinuousClock.now
        let id = Self.id(of: request)
        let path = request.uri.path
        var route = Self.embeddingsPath == path ? path : "other"
        metrics.began()
        var response: Response
        do {
            try check(request, path)
            if path == Self.embeddingsPath {
                try Self.check(request, "POST")
                response = try await embed(request, context)
            } else {
                // Queries and pages leave the thread that serves the sockets to short work.
                response = try await withTaskExecutorPreference(globalConcurrentExecutor) { try await answer(request, path, context, &route) }
            }
        } catch let error as HTTPParserError {
            metrics.ended(path: route, status: 400, seconds: 0)
            // The connection is unusable after a parser error. Hummingbird answers and closes it.
            throw error
        } catch is CancellationError {
            // The caller has disconnected.
            response = Response(status: .init(code: 499, reasonPhrase: "Client Closed Request"))
        } catch {
            let problem = Problem(error)
            if problem.status.code >= 500, !(error is Problem) {
                logger.error("failed", metadata: ["id": "\(id)", "path": "\(route)", "error": "\(ErrorText.describe(error))"])
            }
            response = path == Self.embeddingsPath ? problem.openAIResponse() : problem.response(id: id)
            if problem.closesConnection || problem.precedesBody && Self.hasBody(request) { Self.close(context.channel, after: &response) }
        }
        let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
        complete(&response, id: id, path: path, elapsed: elapsed)
        if request.method == .head { response = response.createHeadResponse() }
        metrics.ended(path: route, status: response.status.code, seconds: elapsed / 1000)
        logger.info(
            "request",
            metadata: [
                "id": "\(id)", "method": "\(request.method.rawValue.prefix(16))", "path": "\(route)", "status": "\(response.status.code)",
                "ms": "\((elapsed * 1000).rounded() / 1000)",
            ])
        return response
    }

    // MARK: Authentication

    private static let idBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.".utf8)

    /// The caller's `X-Request-Id` if it is short and contains only safe characters, otherwise a new id.
    private static func id(of request: Request) -> String {
        if let own = request.headers[.requestID], (1...64).contains(own.utf8.count), own.utf8.allSatisfy(idBytes.contains) { return own }
        return String(UInt64.random(in: .min ... .max), radix: 16)
    }

    private func check(_ request: Request, _ path: String) throws {
        guard path.hasPrefix("/") else { throw Problem.malformed("the request's target is not a path") }
        if settings.isLoopback {
            let authority = request.head.authority ?? ""
            // Rejects names that another site resolves to this machine (DNS rebinding).
            let host =
                authority.hasPrefix("[")
                ? String(authority.dropFirst().prefix { $0 != "]" }) : String(authority.split(separator: ":", omittingEmptySubsequences: false)[0])
            guard ServerSettings.isLoopback(host) else { throw Problem.wrongHost }
        }
        if request.headers[.secFetchSite] == "cross-site", request.headers[.secFetchMode] != "navigate" { throw Problem.crossSite }
        guard let token, needsToken(path) else { return }
        let words = (request.headers[.authorization] ?? "").split(separator: " ", maxSplits: 1)
        // Compares all bytes of the digests: the time that the comparison takes reveals nothing about the token.
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw Problem.unauthorized }
        let given = Digest.sha256(of: String(words[1]))
        var difference: UInt8 = 0
        given.withUnsafeBytes { given in
            token.withUnsafeBytes { token in
                for (left, right) in zip(given, token) { difference |= left ^ right }
            }
        }
        guard difference == 0 else { throw Problem.unauthorized }
    }

    /// Pages, probes and the OpenAPI document contain no data, so they need no token.
    private func needsToken(_ path: String) -> Bool {
        pages[path] == nil && !["/healthz", "/readyz", "/openapi.json"].contains(path)
    }

    // MARK: Routing

    private func answer(_ request: Request, _ path: String, _ context: ConnectionContext, _ route: inout String) async throws -> Response {
        if let endpoint = endpoints[path] {
            route = path
            try Self.check(request, "POST")
            return try await ask(endpoint, request, context)
        }
        if let file = pages[path] {
            route = "page"
            try Self.check(request, "GET")
            return page(file, request)
        }
        let names = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        if names.count == 4, names[0] == "v1", names[1] == "runs", names[3] == "events" {
            route = "/v1/runs/{id}/events"
            try Self.check(request, "GET")
            return try await events(ofRun: names[2], context)
        }
        if names.count == 3, names[0] == "v1", names[1] == "backtests" {
            route = "/v1/backtests/{id}"
            try Self.check(request, "GET")
            return try Self.rows(try await report(ofBacktest: names[2], context), request)
        }
        let fixed = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/store", "/v1/runs", "/v1/models", "/v1/backtests"]
        guard fixed.contains(path) else { throw Problem.unknownPath(path) }
        route = path
        try Self.check(request, "GET")
        switch path {
        case "/healthz": return Self.text("ok\n")
        case "/readyz":
            guard case .ready = readiness.state else { throw Problem.loading }
            return Self.text("ready\n")
        case "/metrics":
            var isReady = false
            var waiting: [String: Int] = [:]
            if case .ready(let service) = readiness.state { (isReady, waiting) = (true, service.waitingTokens) }
            return Self.text(
                metrics.text(isReady: isReady, load: admission.load, waitingTokens: waiting), type: ServerMetrics.contentType)
        case "/openapi.json": return Self.json(description)
        case "/v1/models": return Self.json(try JSONText.encode(try readiness.embeddings().list))
        case "/v1/backtests": return try Self.rows(try await listOfBacktests(context), request)
        case "/v1/store": return Self.json(try await work(context) { try JSONText.encode(try await store.overview()) })
        default: return Self.json(try await work(context) { try JSONText.encode(["results": try await store.runs()]) })
        }
    }

    private static func check(_ request: Request, _ method: String) throws {
        let allowed = method == "GET" ? ["GET", "HEAD"] : [method]
        guard allowed.contains(request.method.rawValue) else {
            throw Problem.wrongMethod(request.method.rawValue, allowed: allowed.joined(separator: ", "))
        }
    }

    private func ask(_ endpoint: Endpoint, _ request: Request, _ context: ConnectionContext) async throws -> Response {
        let body = try JSONValue(parsing: try await bytes(of: request, context, limit: settings.limits.bodyBytes, on: nil))
        _ = try readiness.embeddings()
        let answer = try await work(context) { try await endpoint.answer(body, store) }
        return try Self.rows(answer, request)
    }

    /// An answer as JSON, or its rows in the form that the caller prefers.
    private static func rows(_ answer: [UInt8], _ request: Request) throws -> Response {
        guard let form = wantedTable(request) else { return json(answer) }
        guard let rows = try RowTable.table(of: try JSONValue(parsing: answer), as: form) else {
            throw Problem(
                status: .notAcceptable, code: "no_rows", title: "No rows", detail: "this answer has no rows to give as \(form.mediaType)",
                remedy: "send Accept: application/json")
        }
        return Self.response(rows, type: form.contentType)
    }

    /// The first table that the caller accepts; `nil` where it accepts JSON.
    private static func wantedTable(_ request: Request) -> RowTable.Form? {
        let types = (request.headers[.accept] ?? "").split(separator: ",").map { $0.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces) }
        guard !types.contains("application/json") else { return nil }
        return types.lazy.compactMap { type in [.parquet, .csv].first { (form: RowTable.Form) in form.mediaType == type } }.first
    }

    private func embed(_ request: Request, _ context: ConnectionContext) async throws -> Response {
        let limits = settings.limits
        let bytes = try await bytes(of: request, context, limit: limits.embeddingsBodyBytes, on: context.loop)
        let service = try readiness.embeddings()
        // A large body takes many times its size when parsed, so it must pass admission.
        let isLarge = bytes.count > Self.largeBody
        let answer = try await within(
            limits.requestTime, or: .tookTooLong(limits.requestTime), for: try await Self.watch(context),
            on: bytes.count > Self.quickBody ? CPUExecutor.shared : context.loop
        ) {
            if isLarge { try await admission.enter() }
            defer { if isLarge { admission.leave() } }
            return try await service.answer(try JSONValue(parsing: bytes))
        }
        return Self.json(answer)
    }

    private func page(_ file: Pages.File, _ request: Request) -> Response {
        var headers: HTTPFields = [.contentType: file.type, .eTag: file.etag, .cacheControl: "no-cache", .contentSecurityPolicy: Pages.policy]
        if request.headers[values: .ifNoneMatch].contains(file.etag) {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
    }

    // MARK: Backtests

    private func listOfBacktests(_ context: ConnectionContext) async throws -> [UInt8] {
        try await work(context) {
            var answer: [String: JSONValue] = ["results": [], "not_read": .object([:]), "has_folder": .bool(backtests != nil)]
            if let backtests {
                let listing = try JSONValue(parsing: try JSONText.encode(try backtests.list()))
                for name in ["results", "not_read"] { answer[name] = listing[name] }
            }
            return try JSONText.encode(JSONValue.object(answer))
        }
    }

    private func report(ofBacktest id: String, _ context: ConnectionContext) async throws -> [UInt8] {
        let name = id.removingPercentEncoding ?? id
        let report = try await work(context) { try backtests?.report(name) }
        guard let report else {
            throw Problem(
                status: .notFound, code: "not_found", title: "Not found", detail: "there is no backtest '\(name.prefix(64))'",
                remedy: "GET /v1/backtests lists them")
        }
        return try JSONText.encode(report)
    }

    // MARK: Runs

    /// Streams the progress of a run as server-sent events until it ends.
    private func events(ofRun id: String, _ context: ConnectionContext) async throws -> Response {
        let first = try await work(context) {
            let runs = try await store.runs()
            return id == "latest" ? runs.first : runs.first { $0.run == id }
        }
        guard let first else {
            throw Problem(
                status: .notFound, code: "not_found", title: "Not found", detail: "the store has no run '\(id.prefix(64))'",
                remedy: "GET /v1/runs lists the runs")
        }
        let watch = try await Self.watch(context)
        let body = ResponseBody { [store] writer in
            try await withTaskExecutorPreference(globalConcurrentExecutor) {
                for try await progress in RunFeed(store: store, first: first).cancelOnGracefulShutdown() {
                    if watch.isGone { break }
                    let event =
                        if let progress {
                            "event: progress\ndata: \(String(decoding: try JSONText.encode(progress), as: UTF8.self))\n\n"
                        } else {
                            ": nothing new\n\n"
                        }
                    try await writer.write(ByteBuffer(string: event))
                }
                try await writer.finish(nil)
            }
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }

    // MARK: Limits

    /// Waits for admission, then runs the work until it finishes, times out or the caller disconnects.
    private func work<Value: Sendable>(_ context: ConnectionContext, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let watch = try await Self.watch(context)
        let task = Task {
            try await admission.enter()
            return try await limited(settings.limits.requestTime, finished: { admission.leave() }, body)
        }
        return try await withTaskCancellationHandler {
            try await watch.during(gone: { task.cancel() }) { try await task.value }
        } onCancel: {
            task.cancel()
        }
    }

    /// Watches whether the caller is still connected.
    /// - Throws: `CancellationError` if the connection is closed already, and its handlers are gone.
    private static func watch(_ context: ConnectionContext) async throws -> ConnectionWatch {
        let pipeline = context.channel.pipeline
        do {
            if context.channel.eventLoop.inEventLoop { return try pipeline.syncOperations.handler(type: ConnectionWatch.self) }
            return try await pipeline.handler(type: ConnectionWatch.self).get()
        } catch {
            throw CancellationError()
        }
    }

    /// Reads a JSON body of at most `limit` bytes.
    private func bytes(
        of request: Request, _ context: ConnectionContext, limit: Int, on executor: (any TaskExecutor)?
    ) async throws -> [UInt8] {
        let type = (request.headers[.contentType] ?? "").prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        guard type == "application/json" else { throw Problem.wrongType }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Problem.tooLarge(limit) }
        let stream = request.body
        do {
            let buffer = try await within(settings.limits.bodyTime, or: .slowBody, for: try await Self.watch(context), on: executor) {
                try await stream.collect(upTo: limit)
            }
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit)
        }
    }

    private static func hasBody(_ request: Request) -> Bool {
        request.headers[.transferEncoding] != nil || request.headers[.contentLength].map { $0 != "0" } ?? false
    }

    // MARK: Responses

    private static func json(_ bytes: [UInt8]) -> Response { response(bytes, type: "application/json") }

    private static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response { response(Array(text.utf8), type: type) }

    private static func response(_ bytes: [UInt8], type: String) -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Adds the header fields that every response has.
    private func complete(_ response: inout Response, id: String, path: String, elapsed: Double) {
        response.headers[.requestID] = id
        response.headers[.contentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.resourcePolicy] = "same-origin"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        if path == Self.embeddingsPath { response.headers[.processingTime] = String(Int(elapsed.rounded())) }
    }

    /// Closes the connection one second after the response. A caller that is still sending when the connection closes may never read the
    /// response.
    private static func close(_ channel: any Channel, after response: inout Response) {
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) } }
            try await body.write(writer)
        }
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
    static let processingTime = Self("OpenAI-Processing-Ms")!
    static let contentTypeOptions = Self("X-Content-Type-Options")!
    static let referrerPolicy = Self("Referrer-Policy")!
    static let resourcePolicy = Self("Cross-Origin-Resource-Policy")!
    static let secFetchSite = Self("Sec-Fetch-Site")!
    static let secFetchMode = Self("Sec-Fetch-Mode")!
}
