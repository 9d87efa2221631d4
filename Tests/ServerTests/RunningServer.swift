import Foundation
import Logging
import Server
import Synchronization
import Tapedeck
import TestSupport
import TinyStore

/// A server on a free port of loopback over a small store, with a client that sends given bytes.
final class RunningServer: Sendable {
    let store: Store
    let port: Int
    private let task: Task<Void, any Error>

    /// One store for all tests: it is read only.
    private static let shared = Task { () -> (TemporaryFolder, Store) in
        let folder = try TemporaryFolder()
        return (folder, try await makeStore(in: folder, models: ["minilm", "bge-base"]))
    }

    /// The folder of the store, which no answer may name.
    static var folder: String { get async throws { try await shared.value.0.path } }

    /// Opens a new store of the small market.
    static func makeStore(in folder: TemporaryFolder, models: [String]) async throws -> Store {
        for (seed, key) in models.enumerated() {
            let name = "models/\(key)"
            if key == "nomic" {
                try TinyModel.writeNomic(to: folder, name: name, seed: UInt64(seed + 1))
            } else {
                try TinyModel.write(to: folder, name: name, seed: UInt64(seed + 1))
            }
        }
        var options = StoreOptions(
            creates: true, threads: 2, environment: ["TAPEDECK_MODELS": folder.file("models"), "HOME": folder.path])
        options.loadsAllModels = true
        try await TinyMarket.write(to: folder, name: "market", quirkRate: 0)
        let store = try await Store.open(folder.file("store"), options)
        var configuration = try store.configuration(source: folder.file("market"))
        configuration.models = models
        configuration.precision = .f32
        try await store.generate(configuration)
        return store
    }

    /// Starts a server and waits until its models are loaded.
    /// - Parameters:
    ///   - own: the store to serve; by default one that all tests share.
    ///   - endpoints: by default all.
    init(
        _ own: Store? = nil, token: String? = nil, waits: Bool = true, endpoints: [Endpoint]? = nil,
        _ change: (inout ServerSettings) -> Void = { _ in }
    ) async throws {
        if let own { store = own } else { store = try await Self.shared.value.1 }
        var settings = try ServerSettings(port: 0, token: token)
        change(&settings)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let server = APIServer(store, settings: settings, logger: logger, endpoints: try endpoints ?? Endpoint.all())
        let (addresses, sink) = AsyncStream.makeStream(of: String.self)
        task = Task {
            defer { sink.finish() }
            try await server.run { sink.yield($0) }
        }
        guard let address = await addresses.first(where: { _ in true }), let port = address.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw CocoaError(.featureUnsupported)
        }
        self.port = port
        guard waits else { return }
        for _ in 0..<5000 {
            if try await send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200 { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw CocoaError(.featureUnsupported)
    }

    deinit { task.cancel() }

    struct Answer {
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
        var object: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }
    }

    func get(_ path: String, _ fields: [String] = []) async throws -> Answer {
        try await send("GET \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n")
    }

    func post(_ path: String, _ body: String, _ fields: [String] = ["Content-Type: application/json"]) async throws -> Answer {
        try await send(
            "POST \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nContent-Length: \(body.utf8.count)\r\n"
                + fields.map { $0 + "\r\n" }.joined() + "\r\n" + body)
    }

    /// Sends text over a new connection and reads one answer; status 0 when the connection ends without one.
    func send(_ text: String) async throws -> Answer {
        let socket = try RawSocket(port: port)
        await socket.write(Array(text.utf8))
        return await socket.answer()
    }
}

/// A connection to a port of this machine. Its calls wait on threads of their own: the server runs in this process, on the threads that
/// the tests' tasks have.
final class RawSocket: @unchecked Sendable {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        var limit = timeval(tv_sec: 180, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    private func apart<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in Thread.detachNewThread { continuation.resume(returning: body()) } }
    }

    /// - Returns: whether the server took all of it.
    @discardableResult
    func write(_ bytes: [UInt8]) async -> Bool {
        await apart { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Whether the other end has closed the connection, within the time to wait.
    func isEnded() async -> Bool {
        await apart { [descriptor] in
            var byte: UInt8 = 0
            return recv(descriptor, &byte, 1, 0) == 0 || errno == ECONNRESET
        }
    }

    /// The next answer; status 0 when the connection ends without one.
    func answer() async -> RunningServer.Answer { await apart { self.readAnswer() } }

    private func readAnswer() -> RunningServer.Answer {
        var answer = RunningServer.Answer()
        let end = Array("\r\n\r\n".utf8)
        guard let head = read(until: { $0.firstRange(of: end) }) else { return answer }
        let lines = String(decoding: received[..<head.lowerBound], as: UTF8.self).split(separator: "\r\n")
        answer.status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { answer.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let length = answer.headers["content-length"].flatMap { Int($0) } ?? 0
        _ = read { $0.count >= head.upperBound + length ? 0..<0 : nil }
        let bodyEnd = min(received.count, head.upperBound + length)
        answer.body = Array(received[head.upperBound..<bodyEnd])
        received.removeFirst(bodyEnd)
        return answer
    }

    private func read(until found: ([UInt8]) -> Range<Int>?) -> Range<Int>? {
        while true {
            if let range = found(received) { return range }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[..<count]
        }
    }
}
