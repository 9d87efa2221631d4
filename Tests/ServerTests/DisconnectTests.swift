import Foundation
import Server
import Synchronization
import Tapedeck
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

/// A caller who hangs up ends the work for the request.
@Suite(.serialized) struct DisconnectTests {
    private let request = Array("POST /v1/endless HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".utf8)

    private func server() async throws -> RunningServer {
        let endless = try Endpoint("endless", "Never ends.", hasRows: false, EndlessRequest.self)
        return try await RunningServer(endpoints: Endpoint.all() + [endless]) {
            $0.limits.concurrentRequests = 1
            $0.limits.waitingRequests = 4
            $0.limits.requestTime = .seconds(600)
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
}
