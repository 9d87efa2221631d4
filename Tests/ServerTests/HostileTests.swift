import Foundation
import Server
import Testing

/// Hostile callers: each gets the right status or a closed connection, and the server keeps serving.
@Suite struct HostileTests {
    private func expectAlive(_ server: RunningServer) async throws {
        #expect(try await server.get("/healthz").status == 200)
    }

    @Test(arguments: [
        "evil.example", "evil.example:80", "127.0.0.1.evil.example", "127.evil.example.com", "127.0.0.256", "localhost.evil.example", "", "[::2]",
        "10.0.0.1",
    ])
    func otherHosts(_ host: String) async throws {
        let server = try await RunningServer(waits: false)
        #expect(try await server.send("GET /healthz HTTP/1.1\r\nHost: \(host)\r\n\r\n").status == 421)
        for own in ["localhost", "127.0.0.1", "[::1]", "localhost:9999"] {
            #expect(try await server.send("GET /healthz HTTP/1.1\r\nHost: \(own)\r\n\r\n").status == 200)
        }
    }

    @Test func otherSites() async throws {
        let server = try await RunningServer(waits: false)
        #expect(try await server.get("/v1/store", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"]).status == 403)
        #expect(try await server.get("/ask", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"]).status == 200)
        #expect(try await server.send("OPTIONS /v1/search HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n").status == 405)
    }

    @Test func tokens() async throws {
        let token = "a-token-of-24-characters"
        let server = try await RunningServer(token: token)
        for field in ["", "Authorization: Bearer", "Authorization: Bearer wrong", "Authorization: Basic \(token)", "Authorization: Bearer \(token)x"]
        {
            let answer = try await server.get("/v1/store", field.isEmpty ? [] : [field])
            #expect(answer.status == 401 && answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
        }
        #expect(try await server.get("/metrics").status == 401)
        #expect(try await server.post("/v1/embeddings", "{}").object["error"] is [String: Any])
        #expect(try await server.get("/v1/store", ["Authorization: Bearer \(token)"]).status == 200)
        #expect(try await server.get("/healthz").status == 200)
        #expect(try await server.get("/").status == 200)
    }

    @Test func addressesThatOthersReachNeedAToken() {
        for host in ["0.0.0.0", "192.168.1.10", "::", "example.org"] {
            #expect(throws: ServerError.self) { try ServerSettings(host: host) }
            #expect(throws: Never.self) { try ServerSettings(host: host, token: "a-token-of-24-characters") }
        }
        #expect(throws: ServerError.self) { try ServerSettings(token: "short") }
        #expect(throws: Never.self) { try ServerSettings(host: "::1") }
    }

    @Test func bodiesThatAreTooLarge() async throws {
        let server = try await RunningServer()
        // Announced: refused before it is sent.
        let socket = try RawSocket(port: server.port)
        await socket.write(
            Array("POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n".utf8))
        #expect(await socket.answer().status == 413)
        await socket.write([UInt8](repeating: 0x20, count: 4 << 20))
        #expect(await socket.isEnded())
        // Not announced: refused when it has become too large.
        let chunked = try RawSocket(port: server.port)
        await chunked.write(
            Array("POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
        let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 65_536) + Array("\r\n".utf8)
        for _ in 0..<20 { await chunked.write(chunk) }
        #expect(await chunked.answer().status == 413)
        try await expectAlive(server)
    }

    @Test func headersThatAreTooLarge() async throws {
        let server = try await RunningServer(waits: false)
        let long = try await server.get("/healthz", ["X-Long: " + String(repeating: "a", count: 100_000)])
        #expect([0, 400, 431].contains(long.status))
        let many = try await server.get("/healthz", (0..<5000).map { "X-\($0): a" })
        #expect([0, 400, 431].contains(many.status))
        let path = try await server.get("/" + String(repeating: "a", count: 100_000))
        #expect([0, 400, 404, 414].contains(path.status))
        try await expectAlive(server)
    }

    @Test(arguments: [
        "\r\n\r\n\u{0}\u{1}\u{2}", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET  HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ])
    func malformedRequests(_ text: String) async throws {
        let server = try await RunningServer(waits: false) { $0.limits.idleTime = .seconds(2) }
        let answer = try await server.send(text)
        #expect(answer.status == 0 || (400..<600).contains(answer.status))
        try await expectAlive(server)
    }

    @Test func deepJSON() async throws {
        let server = try await RunningServer()
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(try await server.post("/v1/search", deep).status == 400)
        #expect(try await server.post("/v1/search", "\u{FEFF}{}").status == 400)
        try await expectAlive(server)
    }

    @Test func slowCallers() async throws {
        let server = try await RunningServer {
            $0.limits.idleTime = .seconds(1)
            $0.limits.bodyTime = .seconds(1)
        }
        // A head that never ends.
        let head = try RawSocket(port: server.port)
        await head.write(Array("GET /healthz HTTP/1.1\r\nHost: loc".utf8))
        // A body that never ends.
        let body = try RawSocket(port: server.port)
        await body.write(
            Array("POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{".utf8))
        // Nothing at all.
        let silent = try RawSocket(port: server.port)
        #expect([0, 408].contains(await body.answer().status))
        #expect(await head.isEnded())
        #expect(await silent.isEnded())
        try await expectAlive(server)
    }

    @Test func manyIdleConnections() async throws {
        let server = try await RunningServer(waits: false)
        var sockets: [RawSocket] = []
        for _ in 0..<400 { sockets.append(try RawSocket(port: server.port)) }
        try await expectAlive(server)
        withExtendedLifetime(sockets) {}
    }

    @Test func moreRequestsThanMayWait() async throws {
        let server = try await RunningServer {
            $0.limits.concurrentRequests = 1
            $0.limits.waitingRequests = 1
        }
        let statuses = try await withThrowingTaskGroup(of: RunningServer.Answer.self) { group in
            for _ in 0..<24 {
                group.addTask { try await server.post("/v1/evolution", #"{"question": "calls", "start_year": 2000, "end_year": 2030}"#) }
            }
            return try await group.reduce(into: [RunningServer.Answer]()) { $0.append($1) }
        }
        let refused = statuses.filter { $0.status == 429 }
        #expect(statuses.allSatisfy { [200, 429].contains($0.status) } && statuses.contains { $0.status == 200 })
        #expect(!refused.isEmpty && refused.allSatisfy { $0.headers["retry-after"] == "1" })
        try await expectAlive(server)
    }

    @Test func aConnectionServesManyRequests() async throws {
        let server = try await RunningServer()
        let socket = try RawSocket(port: server.port)
        for _ in 0..<20 {
            await socket.write(Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            #expect(await socket.answer().status == 200)
        }
        // Pipelined.
        await socket.write(Array(String(repeating: "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 5).utf8))
        for _ in 0..<5 { #expect(await socket.answer().status == 200) }
    }
}
