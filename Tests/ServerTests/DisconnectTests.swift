import Encoders
import Foundation
import Server
import Synchronization
import Tapedeck
import TestSupport
import Testing

/// Work that waits until it is cancelled.
private struct EndlessRequest: StoreRequest {
    /// How many began and how many were cancelled.
    static let counts = Mutex((begun: 0, cancelled: 0))

    init(_ reader: inout RequestReader) throws {}

    func answer(from store: Store) async throws -> [String: String] {
        Self.counts.withLock { $0.begun += 1 }
        do {
            try await Task.sleep(for: .seconds(600))
        } catch {
            Self.counts.withLock { $0.cancelled += 1 }
            throw error
        }
        return [:]
    }
}

/// The work for a request ends when the caller disconnects or the time limit expires.
@Suite(.serialized) struct DisconnectTests {
    private let request = Array("POST /v1/endless HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".utf8)

    private func server(requestTime: Duration = .seconds(600)) async throws -> RunningServer {
        let endless = try Endpoint("endless", "Never ends.", hasRows: false, EndlessRequest.self)
        return try await RunningServer(endpoints: Endpoint.all() + [endless]) {
            $0.limits.concurrentRequests = 1
            $0.limits.waitingRequests = 4
            $0.limits.requestTime = requestTime
        }
    }

    /// Waits up to a minute for something to become true.
    private func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<3000 {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test func workIsCancelledAndItsSlotIsFree() async throws {
        let server = try await server()
        let before = EndlessRequest.counts.withLock { $0 }
        var caller: RawSocket? = try RawSocket(port: server.port)
        await caller?.write(request)
        #expect(try await eventually { EndlessRequest.counts.withLock { $0.begun } == before.begun + 1 })
        caller = nil
        #expect(try await eventually { EndlessRequest.counts.withLock { $0.cancelled } == before.cancelled + 1 })
        // The only slot is free again.
        #expect(try await server.post("/v1/explain", #"{"question": "calls"}"#).status == 200)
        #expect(try await server.get("/metrics").text.contains("tapedeck_server_requests_total{path=\"/v1/endless\",status=\"499\"} 1"))
    }

    @Test func aCallerThatWaitsInTheQueueLeavesIt() async throws {
        let server = try await server()
        let before = EndlessRequest.counts.withLock { $0 }
        var worker: RawSocket? = try RawSocket(port: server.port)
        await worker?.write(request)
        #expect(try await eventually { EndlessRequest.counts.withLock { $0.begun } == before.begun + 1 })
        var waiting: RawSocket? = try RawSocket(port: server.port)
        await waiting?.write(request)
        #expect(try await eventually { try await server.get("/metrics").text.contains("tapedeck_server_waiting_requests 1") })
        waiting = nil
        #expect(try await eventually { try await server.get("/metrics").text.contains("tapedeck_server_waiting_requests 0") })
        // It never began.
        #expect(EndlessRequest.counts.withLock { $0.begun } == before.begun + 1)
        worker = nil
        #expect(try await eventually { EndlessRequest.counts.withLock { $0.cancelled } == before.cancelled + 1 })
    }

    @Test func workThatTakesTooLong() async throws {
        let server = try await server(requestTime: .milliseconds(200))
        let before = EndlessRequest.counts.withLock { $0 }
        let answer = try await server.post("/v1/endless", "{}")
        #expect(answer.status == 503 && answer.object["code"] as? String == "timeout")
        #expect(try await eventually { EndlessRequest.counts.withLock { $0.cancelled } == before.cancelled + 1 })
        #expect(try await server.get("/healthz").status == 200)
    }

    @Test func aTextThatWaitsIsNotEncoded() async throws {
        let folder = try TemporaryFolder()
        let server = try await RunningServer(try await RunningServer.makeStore(in: folder, models: ["minilm"]))
        let encoder = try #require(try await server.store.sentenceEncoders()["minilm"])
        func metric(_ name: String) async throws -> Int? {
            let lines = try await server.get("/metrics").text.split(separator: "\n")
            return lines.first { $0.hasPrefix("tapedeck_server_\(name)") }?.split(separator: " ").last.flatMap { Int($0) }
        }
        func waits() async throws -> Bool { try await metric("waiting_tokens{model=\"minilm\"}") != 0 }
        // Work of another caller keeps the encoder's threads busy, so that texts wait.
        let texts = Array(repeating: String(repeating: "put ", count: 62), count: 40_000)
        let isDone = Mutex(false)
        encoder.encoder.start(encoder.tokens(of: texts, as: .document, limit: 64)) { _ in isDone.withLock { $0 = true } }
        let body = #"{"model": "minilm", "input": "put"}"#
        let request = Array(
            "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                .utf8)
        // The first batches wait in the encoder, the next text in the server.
        var callers: [RawSocket] = []
        var oneWaits = false
        while !oneWaits, callers.count < 20 {
            let caller = try RawSocket(port: server.port)
            await caller.write(request)
            callers.append(caller)
            try await Task.sleep(for: .milliseconds(50))
            oneWaits = try await waits()
        }
        #expect(oneWaits)
        callers.removeLast()
        #expect(try await eventually { try await !waits() })
        #expect(!isDone.withLock { $0 }, "the other work ended before the caller left")
        for caller in callers { #expect(await caller.answer().status == 200) }
        #expect(try await metric("embedded_texts_total") == callers.count)
        #expect(try await server.get("/metrics").text.contains("tapedeck_server_requests_total{path=\"/v1/embeddings\",status=\"499\"} 1"))
    }
}
