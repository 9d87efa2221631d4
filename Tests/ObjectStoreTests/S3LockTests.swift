import Foundation
import ObjectStore
import S3Support
import Synchronization
import Testing

@Suite(.enabled(if: S3Server.isThere)) struct S3LockTests {
    let place: S3Workplace

    init() throws { place = try S3Workplace() }

    @Test func theSecondWriterLearnsWhoHoldsTheLock() async throws {
        let store = try place.store()
        let first = try await StoreLock.acquire(in: store, purpose: "generate")
        let found = await error { _ = try await StoreLock.acquire(in: try place.store(), purpose: "resume") }
        #expect(found?.code == .locked)
        #expect(found?.message.contains("generate (process \(getpid()) on ") == true)
        #expect(try await store.list().isEmpty)
        first.release()
        let second = try await StoreLock.acquire(in: try place.store(), purpose: "resume")
        first.release()
        #expect(await error { _ = try await StoreLock.acquire(in: store, purpose: "x") }?.code == .locked)
        second.release()
        // Once released, writing is as free as before.
        try await store.put("k", [1])
    }

    /// Puts a lock there as another process would.
    private func plant(pid: Int32, host: String, expiry: Double) async throws {
        let store = try place.store()
        let owner = LockOwner(pid: pid, host: host, since: "2026-01-01T00:00:00Z", purpose: "generate")
        let content = S3Lock.Content(owner: owner, id: UUID().uuidString, expiry: expiry, renewals: 0)
        try await store.putLock(content)
    }

    @Test func theLockOfADeadOwnerIsFree() async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["true"]
        try process.run()
        process.waitUntilExit()
        let host = ProcessInfo.processInfo.hostName
        try await plant(pid: process.processIdentifier, host: host, expiry: 60)
        _ = try await StoreLock.acquire(in: try place.store(), purpose: "x")
        // A process of our own number that is not ours: one before a restart of the container.
        try await plant(pid: getpid(), host: host, expiry: 60)
        _ = try await StoreLock.acquire(in: try place.store(), purpose: "x")
    }

    @Test func anOwnerElsewhereIsDeadWhenItIsSilentForLong() async throws {
        try await plant(pid: 1, host: "elsewhere", expiry: 10)
        let found = await error { _ = try await StoreLock.acquire(in: try place.store(), purpose: "x") }
        #expect(found?.code == .locked)
        #expect(found?.message.contains("on elsewhere") == true)
        try await plant(pid: 1, host: "elsewhere", expiry: 0)
        try await Task.sleep(for: .seconds(3))
        _ = try await StoreLock.acquire(in: try place.store(), purpose: "x")
    }

    @Test func aLivingOwnerIsNotReportedDead() async throws {
        let first = try await StoreLock.acquire(in: try place.store { $0.transfer.lockExpiry = .seconds(3) }, purpose: "x")
        for _ in 0..<6 {
            try await Task.sleep(for: .seconds(1))
            let other = try place.store()
            #expect(await error { _ = try await StoreLock.acquire(in: other, purpose: "y") }?.code == .locked)
        }
        first.release()
    }

    @Test func aLostLockEndsWriting() async throws {
        let store = try place.store { $0.transfer.lockExpiry = .seconds(30) }
        let lock = try await StoreLock.acquire(in: store, purpose: "x")
        try await store.put("k", [1])
        // Another writer takes it.
        try await plant(pid: 1, host: "elsewhere", expiry: 60)
        // The next renewal notices; until then writes go through.
        for _ in 0..<300 {
            if (try? await store.put("other", [2])) == nil { break }
            try await Task.sleep(for: .milliseconds(200))
        }
        let found = await error { try await store.put("k", [2]) }
        #expect(found?.code == .locked)
        #expect(found?.message.contains("lock was lost") == true)
        #expect(try await store.get("k") == [1])
        lock.release()
        // Releasing it does not take it from its new owner.
        #expect(await error { _ = try await StoreLock.acquire(in: try place.store(), purpose: "y") }?.code == .locked)
    }

    @Test func aLockThatCannotBeRenewedIsLost() async throws {
        let isAway = Mutex(false)
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in isAway.withLock { $0 } ? .reset : .none }
        let store = try place.store(endpoint: proxy.address) { $0.transfer.lockExpiry = .milliseconds(900) }
        let lock = try await StoreLock.acquire(in: store, purpose: "x")
        isAway.withLock { $0 = true }
        try await Task.sleep(for: .milliseconds(1_400))
        isAway.withLock { $0 = false }
        #expect(await error { try await store.put("k", [2]) }?.code == .locked)
        lock.release()
    }

    /// Renewals whose answers are lost are still renewals.
    @Test func lostAnswersDoNotLoseTheLock() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.method == "PUT" && request.path.hasSuffix("lock") && request.number % 2 == 1 ? .loseAnswer : .none
        }
        let store = try place.store(endpoint: proxy.address) { $0.transfer.lockExpiry = .seconds(9) }
        let lock = try await StoreLock.acquire(in: store, purpose: "x")
        try await Task.sleep(for: .seconds(5))
        try await store.put("k", [2])
        lock.release()
        _ = try await StoreLock.acquire(in: try place.store(), purpose: "y")
    }

    @Test func aServerThatIgnoresConditionsIsRefused() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.method == "PUT" ? .answer(200, fields: ["ETag": "\"x\""]) : .none
        }
        let found = await error { _ = try await StoreLock.acquire(in: try place.store(endpoint: proxy.address), purpose: "x") }
        #expect(found?.code == .unsupported)
        #expect(found?.message.contains("If-None-Match") == true)
    }

    @Test func conditionsAreHonoured() async throws {
        let store = try place.store()
        try await store.checkConditionalWrites(probing: "control/probe")
        #expect(try await store.list().isEmpty)
    }

    @Test func aVersionHasItsAgeByTheServersClock() async throws {
        let store = try place.store()
        #expect(try await store.version(of: "claim") == nil)
        let info = try await store.put("claim", [7])
        try await Task.sleep(for: .seconds(2))
        let found = try #require(try await store.version(of: "claim"))
        #expect(found.bytes == [7] && found.etag == info.etag)
        #expect((1..<60).contains(found.age))
    }

    // MARK: Servers with ways of their own

    private static let failed = "<Error><Code>PreconditionFailed</Code></Error>"

    /// Some compare the field with the ETag literally, without the quotes that belong around it.
    @Test func aServerThatWantsNoQuotesIsHeld() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.method == "PUT" && request.fields["if-match"]?.hasPrefix("\"") == true ? .answer(412, Self.failed) : .none
        }
        try await plant(pid: 1, host: "elsewhere", expiry: 0)
        try await Task.sleep(for: .seconds(2))
        let store = try place.store(endpoint: proxy.address) { $0.transfer.lockExpiry = .seconds(3) }
        let lock = try await StoreLock.acquire(in: store, purpose: "x")
        let first = try await store.put("k", [1])
        try await store.replace("k", [2], etag: first.etag)
        #expect(await error { try await store.replace("k", [3], etag: first.etag) }?.code == .changed)
        // It is renewed as well.
        try await Task.sleep(for: .seconds(4))
        try await store.put("k", [4])
        lock.release()
        _ = try await StoreLock.acquire(in: try place.store(), purpose: "y")
    }

    /// Handling of conditions that makes a server unusable for a store.
    enum Way: CaseIterable { case refusesVersions, acceptsAnyVersion, knowsNone }

    @Test(arguments: Way.allCases) func aServerWithoutConditionalWritesIsRejected(_ way: Way) async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            guard request.method == "PUT" else { return .none }
            return switch way {
            case .refusesVersions where request.fields["if-match"] != nil: .answer(412, Self.failed)
            case .acceptsAnyVersion where request.fields["if-match"]?.contains("0000000000") == true: .answer(200, fields: ["ETag": "\"x\""])
            case .knowsNone where request.fields["if-none-match"] != nil: .answer(501, "<Error><Code>NotImplemented</Code></Error>")
            default: .none
            }
        }
        let store = try place.store(endpoint: proxy.address)
        let found = await error { _ = try await StoreLock.acquire(in: store, purpose: "x") }
        #expect(found?.code == .unsupported)
        #expect(found?.message.contains("two writers could not be kept apart") == true)
        #expect(found?.remedy.contains("docs/s3-servers.md") == true)
        // The test lock is removed.
        #expect(try await place.store().lockedBy() == nil)
        // Several writers without a lock get the same error.
        let fresh = try place.store(endpoint: proxy.address)
        #expect(await error { try await fresh.checkConditionalWrites(probing: "control/probe") }?.code == .unsupported)
        #expect(try await place.store().list().isEmpty)
    }
}
