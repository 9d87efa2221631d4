import Foundation

/// An HTTP server on loopback whose answers a test chooses. After `CONNECT`, as a proxy, it answers in place of any host.
final class TestServer: Sendable {
    struct Answer: Sendable {
        var status = 200
        var fields: [String: String] = [:]
        var body: [UInt8] = []
        /// Ends the connection after this many bytes of the body.
        var cutAfter: Int?
        /// Seconds before the first byte.
        var delay = 0.0
        /// Seconds between the last byte and the end of the connection.
        var silence = 0.0

        static func text(_ text: String) -> Answer { Answer(body: Array(text.utf8)) }
        static let notFound = Answer(status: 404)
        /// Closes the connection without an answer.
        static let hangUp = Answer(status: 0)

        /// A file on a server that supports ranges and entity tags (RFC 9110, 14.2 and 13.1.5).
        static func file(_ bytes: [UInt8], _ request: Request, tag: String = "\"v1\"") -> Answer {
            let isOther = request.fields["if-range"].map { $0 != tag } ?? false
            guard let range = request.fields["range"], range.hasPrefix("bytes="), !isOther else {
                return Answer(fields: ["ETag": tag], body: bytes)
            }
            let ends = range.dropFirst(6).split(separator: "-").map { Int($0) ?? 0 }
            guard ends[0] < bytes.count else { return Answer(status: 416) }
            let last = min(ends.count > 1 ? ends[1] : bytes.count, bytes.count - 1)
            return Answer(
                status: 206, fields: ["ETag": tag, "Content-Range": "bytes \(ends[0])-\(last)/\(bytes.count)"],
                body: Array(bytes[ends[0]...last]))
        }
    }

    struct Request: Sendable {
        /// With its query.
        let path: String
        /// Names in small letters.
        let fields: [String: String]
    }

    /// `http://127.0.0.1:port`.
    let address: String
    private let descriptor: Int32
    private let log: Log

    /// Requests in the order in which they came.
    var requests: [Request] { log.lock.withLock { log.requests } }

    private final class Log: @unchecked Sendable {
        let lock = NSLock()
        var requests: [Request] = []
    }

    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, length) == 0 && listen(listening, 16) == 0 && getsockname(listening, $0, &length) == 0
            }
        }
        guard isListening else { throw CocoaError(.fileWriteUnknown) }
        descriptor = listening
        address = "http://127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        let log = Log()
        self.log = log
        Thread.detachNewThread {
            while true {
                let connection = accept(listening, nil, nil)
                guard connection >= 0 else {
                    // Closed here and not in `deinit`, so that no other socket gets the number while this one waits.
                    close(listening)
                    return
                }
                Thread.detachNewThread {
                    Self.serve(connection, log, answer)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func serve(_ connection: Int32, _ log: Log, _ answer: (Request) -> Answer) {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8), head.count < 1 << 16 {
            guard read(connection, &byte, 1) == 1 else { return }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let words = lines[0].components(separatedBy: " ")
        guard words.count > 1 else { return }
        let request = Request(path: words[1], fields: fields)
        log.lock.withLock { log.requests.append(request) }
        if lines[0].hasPrefix("CONNECT ") {
            let accepted = Array("HTTP/1.1 200 Connected\r\n\r\n".utf8)
            guard accepted.withUnsafeBytes({ send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) > 0 else { return }
            return serve(connection, log, answer)
        }
        let answer = answer(request)
        if answer.delay > 0 { Thread.sleep(forTimeInterval: answer.delay) }
        guard answer.status > 0 else { return }
        var text = "HTTP/1.1 \(answer.status) Test\r\nContent-Length: \(answer.body.count)\r\nConnection: close\r\n"
        for (name, value) in answer.fields { text += "\(name): \(value)\r\n" }
        let bytes = Array((text + "\r\n").utf8) + answer.body.prefix(answer.cutAfter ?? answer.body.count)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
        if answer.silence > 0 { Thread.sleep(forTimeInterval: answer.silence) }
    }
}
