import Foundation
import Glibc

/// A proxy between a client and an HTTP server on loopback that injects network faults into single requests.
public final class FaultProxy: Sendable {
    /// What happens to a request.
    public enum Fault: Sendable {
        /// It goes through.
        case none
        /// Answered here with this status, XML body and fields; the server never sees it.
        case answer(Int, String = "", fields: [String: String] = [:])
        /// The connection is reset before the server sees it.
        case reset
        /// The server does its work, and the connection is reset before the answer.
        case loseAnswer
        /// The server does its work, and no answer comes.
        case stall(seconds: Double)
        /// The answer's body ends in the middle, and with it the connection.
        case truncate
        /// The answer's body ends in the middle, with the shorter length in its header.
        case shorten
        /// A part of an object comes with status 200, as if it were the whole.
        case partAsWhole
        /// The answer's body comes twice.
        case duplicateAnswer
        /// The request comes twice; the second answer is the client's.
        case duplicateRequest
    }

    public struct Request: Sendable {
        public let method: String
        /// Header fields, by names in small letters.
        public let fields: [String: String]
        /// With its query.
        public let path: String
        /// Which of all requests it is, from 0.
        public let number: Int
        /// The status that the server answered, 0 when it never saw it.
        public var status = 0
    }

    private final class Log: @unchecked Sendable {
        let lock = NSLock()
        var requests: [Request] = []
    }

    /// `http://127.0.0.1:port`.
    public let address: String
    private let listening: Int32
    private let log = Log()

    /// Requests in the order in which they came.
    public var requests: [Request] { log.lock.withLock { log.requests } }

    /// - Parameters:
    ///   - server: the port of the server on loopback.
    ///   - fault: chooses what happens to a request.
    public init(to server: String, _ fault: @escaping @Sendable (Request) -> Fault) throws {
        guard let port = URLComponents(string: server)?.port else { throw CocoaError(.fileReadUnknown) }
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, length) == 0 && listen(listening, 64) == 0 && getsockname(listening, $0, &length) == 0
            }
        }
        guard isListening else { throw CocoaError(.fileWriteUnknown) }
        self.listening = listening
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        let log = self.log
        Thread.detachNewThread {
            while true {
                let connection = accept(listening, nil, nil)
                guard connection >= 0 else {
                    close(listening)
                    return
                }
                Thread.detachNewThread {
                    Self.serve(connection, port, log, fault)
                    close(connection)
                }
            }
        }
    }

    deinit { shutdown(listening, Int32(SHUT_RDWR)) }

    private static func loopback(port: Int) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(port).bigEndian
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return place
    }

    // MARK: One connection, one request

    private static func serve(_ connection: Int32, _ port: Int, _ log: Log, _ fault: (Request) -> Fault) {
        guard let (head, rest) = readHead(connection) else { return }
        var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].components(separatedBy: " ")
        guard words.count > 1 else { return }
        var body = rest
        let length = field("content-length", lines).flatMap { Int($0) } ?? 0
        while body.count < length {
            guard let more = readSome(connection) else { return }
            body += more
        }
        let pairs = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces)) }
        }
        let fields = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        let request = log.lock.withLock {
            let request = Request(method: words[0], fields: fields, path: words[1], number: log.requests.count)
            log.requests.append(request)
            return request
        }
        let kind = fault(request)
        if words[0] == "CONNECT", case .none = kind { return tunnel(connection, words[1]) }
        if case .reset = kind { return reset(connection) }
        if case .answer(let status, let text, let fields) = kind {
            var answer = "HTTP/1.1 \(status) Test\r\nContent-Length: \(text.utf8.count)\r\nConnection: close\r\n"
            for (name, value) in fields { answer += "\(name): \(value)\r\n" }
            return sendAll(connection, Array((answer + "\r\n" + (words[0] == "HEAD" ? "" : text)).utf8))
        }
        // A request to a proxy names the server.
        if let url = URLComponents(string: words[1]), url.scheme == "http" {
            lines[0] = [words[0], url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? ""), words[2]].joined(separator: " ")
        }
        // One request a connection: the end of the answer is the end of the connection.
        lines = lines.filter { !$0.lowercased().hasPrefix("connection:") && !$0.isEmpty } + ["Connection: close"]
        let message = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        if case .duplicateRequest = kind { _ = exchange(message, port) }
        guard let answer = exchange(message, port), let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
        let answerLines = String(decoding: answer[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        log.lock.withLock { log.requests[request.number].status = Int(answerLines[0].components(separatedBy: " ").dropFirst().first ?? "") ?? 0 }
        let content = answer[end.upperBound...]
        switch kind {
        case .loseAnswer: reset(connection)
        case .stall(let seconds): Thread.sleep(forTimeInterval: seconds)
        case .truncate where !content.isEmpty: sendAll(connection, Array(answer.dropLast((content.count + 1) / 2)))
        case .shorten where !content.isEmpty:
            let kept = content.count / 2
            let others = answerLines.filter { !$0.lowercased().hasPrefix("content-length:") }
            sendAll(
                connection, Array((others.joined(separator: "\r\n") + "\r\nContent-Length: \(kept)\r\n\r\n").utf8) + content.prefix(kept))
        case .partAsWhole:
            let others = answerLines.dropFirst().filter { !$0.lowercased().hasPrefix("connection:") }
            let status = answerLines[0].hasPrefix("HTTP/1.1 206") ? "HTTP/1.1 200 OK" : answerLines[0]
            sendAll(connection, Array(([status] + others + ["Connection: close"]).joined(separator: "\r\n").utf8) + Array("\r\n\r\n".utf8) + content)
        case .duplicateAnswer:
            let others = answerLines.filter { !$0.lowercased().hasPrefix("connection:") }
            sendAll(connection, Array((others.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content + content)
        default: sendAll(connection, Array(answer))
        }
    }

    /// Passes all bytes on to a port on loopback, and back.
    private static func tunnel(_ connection: Int32, _ place: String) {
        guard let port = place.split(separator: ":").last.flatMap({ Int($0) }), let server = connect(to: port) else { return }
        sendAll(connection, Array("HTTP/1.1 200 OK\r\n\r\n".utf8))
        let isDone = DispatchSemaphore(value: 0)
        for (from, to) in [(connection, server), (server, connection)] {
            Thread.detachNewThread {
                while let bytes = readSome(from) { sendAll(to, bytes) }
                shutdown(to, Int32(SHUT_WR))
                isDone.signal()
            }
        }
        isDone.wait()
        isDone.wait()
        close(server)
    }

    private static func field(_ name: String, _ lines: [String]) -> String? {
        lines.first { $0.lowercased().hasPrefix(name + ":") }?.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
    }

    private static func readHead(_ connection: Int32) -> (head: [UInt8], rest: [UInt8])? {
        var bytes: [UInt8] = []
        while bytes.count < 1 << 16 {
            guard let more = readSome(connection) else { return nil }
            bytes += more
            if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                return (Array(bytes[..<end.lowerBound]), Array(bytes[end.upperBound...]))
            }
        }
        return nil
    }

    private static func readSome(_ connection: Int32) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            count = max(0, read(connection, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Sends a request to the server on a connection of its own.
    private static func exchange(_ message: [UInt8], _ port: Int) -> [UInt8]? {
        guard let connection = connect(to: port) else { return nil }
        defer { close(connection) }
        sendAll(connection, message)
        var answer: [UInt8] = []
        while let more = readSome(connection) { answer += more }
        return answer
    }

    private static func connect(to port: Int) -> Int32? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = loopback(port: port)
        let isConnected = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if !isConnected { close(connection) }
        return isConnected ? connection : nil
    }

    private static func sendAll(_ connection: Int32, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Makes the connection close with a reset.
    private static func reset(_ connection: Int32) {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
}
