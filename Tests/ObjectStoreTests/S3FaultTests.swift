import Foundation
import ObjectStore
import S3Support
import Synchronization
import Testing
import TestSupport

private let slowDown = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"

/// The store behind a faulty proxy: nothing is lost, and nothing is written twice.
@Suite(.enabled(if: S3Server.isThere)) struct S3FaultTests {
    let place: S3Workplace

    init() throws { place = try S3Workplace() }

    /// One of a kind of fault for each first try of a request; the second try goes through.
    @Test(arguments: [
        FaultProxy.Fault.answer(500), .answer(503, slowDown), .answer(429, fields: ["Retry-After": "0"]), .answer(502, "<html>"),
        .reset, .loseAnswer, .stall(seconds: 0.6), .truncate, .shorten, .duplicateAnswer, .duplicateRequest,
    ])
    func everyFirstTryFails(_ fault: FaultProxy.Fault) async throws {
        let seen = Mutex<Set<String>>([])
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            seen.withLock { $0.insert(request.method + request.path).inserted } ? fault : .none
        }
        var silence = Duration.seconds(20)
        if case .stall = fault { silence = .milliseconds(300) }
        let store = try place.store(endpoint: proxy.address) { $0.transfer.silence = silence }
        let small = place.bytes(1_000)
        let large = place.large(seed: 2)
        try await store.put("small", small)
        try await store.put("large", large)
        let made = try await store.put("once", small, ifAbsent: true)
        try await store.put("once-large", large, ifAbsent: true)
        let replaced = try await store.replace("once", large, etag: made.etag)
        #expect(try await store.get("small") == small)
        #expect(try await store.get("large") == large)
        #expect(try await store.head("once").etag == replaced.etag)
        let path = try await store.localPath(of: "once-large")
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) == large)
        #expect(try await store.list().map(\.key) == ["large", "once", "once-large", "small"])
        try await store.delete("small")

        let direct = try place.store()
        #expect(try await direct.get("once") == large)
        #expect(try await direct.get("once-large") == large)
        #expect(try await direct.list().map(\.key) == ["large", "once", "once-large"])
        if case .duplicateRequest = fault { return }
        // The server has accepted one of the conditional writes, despite all retries.
        let once = proxy.requests.filter { $0.method == "PUT" && $0.path.hasSuffix("/once") && $0.status == 200 }
        #expect(once.count == 1)
        if case .duplicateAnswer = fault { return }
        #expect(store.statistics.retries > 5)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func faultsOfAllKinds(_ seed: UInt64) async throws {
        let random = Mutex(SplitMix(state: seed))
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in
            random.withLock { random in
                switch Int.random(in: 0..<24, using: &random) {
                case 0: .answer(503, slowDown)
                case 1: .reset
                case 2: .loseAnswer
                case 3: .truncate
                case 4: .shorten
                case 5: .duplicateAnswer
                case 6: .answer(500)
                default: .none
                }
            }
        }
        let store = try place.store(endpoint: proxy.address)
        let keys = (0..<24).map { "k\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, key) in keys.enumerated() {
                group.addTask {
                    let bytes = place.bytes(number * 12_000, seed: UInt64(number))
                    let info = try await store.put(key, bytes, ifAbsent: number % 2 == 0)
                    if number % 3 == 0 { try await store.replace(key, Array(bytes.reversed()), etag: info.etag) }
                    if number % 5 == 4 { try await store.delete(key) }
                }
            }
            try await group.waitForAll()
        }
        let direct = try place.store()
        for (number, key) in keys.enumerated() where number % 5 != 4 {
            let bytes = place.bytes(number * 12_000, seed: UInt64(number))
            let expected = number % 3 == 0 ? Array(bytes.reversed()) : bytes
            #expect(try await direct.get(key) == expected)
            #expect(try await store.get(key) == expected)
        }
        #expect(try await direct.list().count == 20)
        #expect(try await store.list() == direct.list())
    }

    @Test func anObjectReplacedDuringAReadIsDetected() async throws {
        let direct = try place.store()
        try await direct.put("k", place.bytes(400_000))
        let store = try place.store { $0.transfer.parallelism = 1 }
        let other = place.bytes(400_000, seed: 9)
        let found = await error {
            var isFirst = true
            try await store.readPieces(of: "k") { _ in
                guard isFirst else { return }
                isFirst = false
                let done = DispatchSemaphore(value: 0)
                Task.detached {
                    try await direct.put("k", other)
                    done.signal()
                }
                done.wait()
            }
        }
        #expect(found?.code == .changed)
    }

    @Test func aFailedUploadLeavesNoParts() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.path.contains("partNumber=3") ? .answer(403, "<Error><Code>AccessDenied</Code></Error>") : .none
        }
        let store = try place.store(endpoint: proxy.address)
        #expect(await error { try await store.put("k", place.large()) }?.code == .permissionDenied)
        #expect(try await store.list().isEmpty)
        #expect(proxy.requests.contains { $0.method == "DELETE" && $0.path.contains("uploadId=") && $0.status == 204 })
    }

    @Test func aServerThatStaysAwayIsGivenUp() async throws {
        let isAway = Mutex(false)
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in isAway.withLock { $0 } ? .reset : .none }
        let store = try place.store(endpoint: proxy.address) { $0.transfer.attempts = 4 }
        try await store.put("k", [1])
        isAway.withLock { $0 = true }
        let found = await error { try await store.put("k", [2]) }
        #expect(found?.code == .unavailable)
        #expect(found?.key == "k")
        #expect(store.statistics.retries == 3)
        isAway.withLock { $0 = false }
        #expect(try await store.get("k") == [1])
    }

    // MARK: What servers say

    /// - Parameter fields: made when the answer is.
    private func answer(
        _ status: Int, _ code: String, fields: @autoclosure @escaping @Sendable () -> [String: String] = [:]
    ) async throws -> StoreError? {
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in
            .answer(status, "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>said</Message></Error>", fields: fields())
        }
        let store = try place.store(endpoint: proxy.address) { $0.transfer.attempts = 2 }
        return await error { _ = try await store.get("k") }
    }

    private static func date(after seconds: TimeInterval) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date(timeIntervalSinceNow: seconds))
    }

    @Test func aWrongClockIsMeasured() async throws {
        let found = try await answer(403, "RequestTimeTooSkewed", fields: ["Date": Self.date(after: 3_690)])
        #expect(found?.code == .unauthorized)
        #expect(found?.message.hasPrefix("this machine's clock is 61 minutes behind the server's") == true)
        let ahead = try await answer(403, "RequestTimeTooSkewed", fields: ["Date": Self.date(after: -10_830)])
        #expect(ahead?.message.contains("3 hours ahead of") == true)
    }

    @Test func failuresAreNamed() async throws {
        #expect(try await answer(400, "ExpiredToken")?.message.contains("expired") == true)
        #expect(try await answer(507, "XMinioStorageFull")?.code == .storageFull)
        let region = try await answer(301, "PermanentRedirect", fields: ["x-amz-bucket-region": "eu-west-1"])
        #expect(region?.remedy == "set AWS_REGION=eu-west-1")
        #expect(try await answer(503, "SlowDown")?.message.contains("503 SlowDown: said") == true)
        #expect(try await answer(418, "Teapot")?.remedy.contains("is an S3 server") == true)
    }

    @Test func expiredCredentialsAreLookedUpAgain() async throws {
        let good = place.server.environment(cache: "")
        func file(_ secret: String) throws {
            try place.folder.write(
                Array("[default]\naws_access_key_id=\(good["AWS_ACCESS_KEY_ID"] ?? "")\naws_secret_access_key=\(secret)\n".utf8),
                to: "credentials")
        }
        try file("old")
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.number == 0 ? .answer(400, "<Error><Code>ExpiredToken</Code></Error>") : .none
        }
        let store = try place.store(
            endpoint: proxy.address,
            environment: [
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": place.folder.file("credentials"),
            ])
        try file(good["AWS_SECRET_ACCESS_KEY"] ?? "")
        try await store.put("k", [1])
        #expect(try await store.get("k") == [1])
    }

    // MARK: What servers do in ways of their own

    @Test func aPartWithStatus200IsAPart() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .partAsWhole }
        let store = try place.store(endpoint: proxy.address)
        for size in [0, 1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 400_000] {
            let bytes = place.bytes(size)
            try await store.put("k", bytes)
            #expect(try await store.get("k") == bytes)
            var read: [UInt8] = []
            try await store.readPieces(of: "k", size: size) { read += $0 }
            #expect(read == bytes)
            #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: try await store.localPath(of: "k")))) == bytes)
        }
        let bytes = place.bytes(400_000)
        #expect(try await store.get("k", range: 100_000..<200_001) == Array(bytes[100_000..<200_001]))
    }

    @Test func anObjectOfAnotherSizeThanListedIsRefused() async throws {
        let store = try place.store()
        try await store.put("k", place.bytes(100))
        var isCalled = false
        let found = await error { try await store.readPieces(of: "k", size: 101) { _ in isCalled = true } }
        #expect(found?.code == .changed)
        #expect(found?.message.contains("listed with 101 bytes, and 100 are there") == true)
        #expect(!isCalled)
    }

    /// Credentials that another program renews while many requests are under way: a server may say no more than 403 of old ones.
    @Test func renewedCredentialsServeAllRequests() async throws {
        let good = place.server.environment(cache: "")
        func file(_ id: String) throws {
            let lines = "[default]\naws_access_key_id=\(id)\naws_secret_access_key=\(good["AWS_SECRET_ACCESS_KEY"] ?? "")\n"
            try place.folder.write(Array(lines.utf8), to: "credentials")
        }
        try file("EXPIRED")
        for number in 0..<12 { try await place.store().put("k\(number)", [UInt8(number)]) }
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            let isOld = request.fields["authorization"]?.contains("Credential=EXPIRED/") == true
            return isOld ? .answer(403, "<Error><Code>AccessDenied</Code></Error>") : .none
        }
        let store = try place.store(
            endpoint: proxy.address,
            environment: [
                "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SHARED_CREDENTIALS_FILE": place.folder.file("credentials"),
            ])
        #expect(await error { _ = try await store.head("k0") }?.code == .permissionDenied)
        try file(good["AWS_ACCESS_KEY_ID"] ?? "")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    switch number % 3 {
                    case 0: _ = try await store.head("k\(number)")
                    case 1: try await store.put("k\(number)", [1])
                    default: #expect(try await store.get("k\(number)") == [UInt8(number)])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aServerWithoutChecksumsIsWrittenToWithoutThem() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            guard let name = request.fields.keys.first(where: { $0.hasPrefix("x-amz-checksum") }) else { return .none }
            return .answer(400, "<Error><Code>InvalidArgument</Code><Message>Unsupported header '\(name)'</Message></Error>")
        }
        let store = try place.store(endpoint: proxy.address)
        let large = place.large()
        try await store.put("large", large)
        try await store.put("small", [1])
        #expect(try await place.store().get("large") == large)
        #expect(try await place.store().get("small") == [1])
        // It is asked once.
        #expect(proxy.requests.count { $0.fields.keys.contains { $0.hasPrefix("x-amz-checksum") } } == 1)
    }

    @Test func aWebPageIsNotAPermissionError() async throws {
        let page = "<!DOCTYPE html><html><body>Access denied by policy</body></html>"
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .answer(403, page, fields: ["Content-Type": "text/html"]) }
        let store = try place.store(endpoint: proxy.address)
        let found = await error { try await store.put("k", [1]) }
        #expect(found?.code == .unavailable)
        #expect(found?.message.contains("answers 403 with a web page") == true)
    }

    @Test func publicBucketsAreReadWithoutASignature() async throws {
        let bytes = place.bytes(100_000)
        try await place.store().put("k", bytes)
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.fields["authorization"] == nil ? .answer(403, "<Error><Code>AccessDenied</Code></Error>") : .none
        }
        let store = try place.store(
            endpoint: proxy.address,
            environment: ["TAPEDECK_S3_ANONYMOUS": "true", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        let found = await error { _ = try await store.get("k") }
        #expect(found?.code == .permissionDenied)
        #expect(found?.remedy.contains("s3-anonymous") == true)
        #expect(proxy.requests.allSatisfy { $0.fields["authorization"] == nil })
    }

    /// Objects read by digest are requested once.
    @Test func aKnownObjectIsReadOnceAndThenCached() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .none }
        let store = try place.store(endpoint: proxy.address)
        let bytes = place.bytes(10_000)
        let content = ObjectContent(size: bytes.count, sha256: ContentDigest.sha256(of: bytes))
        try await place.store().put("k", bytes)
        let first = try await store.localPath(of: "k", content: content)
        #expect(proxy.requests.count == 1)
        #expect(try await store.localPath(of: "k", content: content) == first)
        #expect(proxy.requests.count == 1)
        // The current object is returned, even if it has changed since.
        let other = place.bytes(10_000, seed: 2)
        try await place.store().put("k2", other)
        let path = try await store.localPath(of: "k2", content: content)
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) == other)
        let again = ObjectContent(size: other.count, sha256: ContentDigest.sha256(of: other))
        #expect(try await store.localPath(of: "k2", content: again) == path)
        #expect(proxy.requests.count == 2)
        // What was written is there.
        let made = place.folder.file("made")
        try Data(bytes).write(to: URL(fileURLWithPath: made))
        try await store.put("k3", movingFileAt: made, content: content)
        let count = proxy.requests.count
        _ = try await store.localPath(of: "k3", content: content)
        #expect(proxy.requests.count == count)
    }

    /// Ranges are fetched once for all stores of this machine, and have the object's bytes in any order and with any threads.
    @Test func rangesAreFetchedOnceAndKept() async throws {
        let bytes = place.bytes(3_000_001)
        let content = ObjectContent(size: bytes.count, sha256: ContentDigest.sha256(of: bytes))
        try await place.store().put("k", bytes)
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .none }
        var random = SplitMix(state: 5)
        let ranges = (0..<200).map { _ in
            let start = Int.random(in: 0..<bytes.count, using: &random)
            return start..<min(bytes.count, start + Int.random(in: 0...300_000, using: &random))
        }
        let first = try await place.store(endpoint: proxy.address).bytes(of: "k", content: content)
        #expect(first.isRemote && first.size == bytes.count)
        let start = try first.read(100_000..<100_010)
        #expect(start == Array(bytes[100_000..<100_010]))
        #expect(proxy.requests.count == 1)
        await withTaskGroup(of: Bool.self) { group in
            for range in ranges { group.addTask { (try? first.read(range)) == Array(bytes[range]) } }
            for await isRight in group { #expect(isRight) }
        }
        let received = proxy.requests.count
        let second = try await place.store(endpoint: proxy.address).bytes(of: "k", content: content)
        for range in ranges { #expect(try second.read(range) == Array(bytes[range])) }
        #expect(proxy.requests.count == received)
        #expect(throws: StoreError.self) { try second.read(0..<bytes.count + 1) }
        // A copy of the whole object serves, where there is one.
        let whole = try await place.store(endpoint: proxy.address).localPath(of: "k", content: content)
        #expect(try await place.store(endpoint: proxy.address).bytes(of: "k", content: content).path == whole)
    }

    @Test func rangesOfAReplacedObjectAreRefused() async throws {
        let bytes = place.bytes(1_000_000)
        let store = try place.store()
        try await store.put("k", bytes)
        let found = try await store.bytes(of: "k", content: ObjectContent(size: bytes.count, sha256: ContentDigest.sha256(of: bytes)))
        #expect(try found.read(0..<10) == Array(bytes[..<10]))
        try await store.put("k", place.bytes(1_000_000, seed: 9))
        #expect(throws: StoreError.self) { try found.read(500_000..<500_010) }
        #expect(try found.read(0..<10) == Array(bytes[..<10]))
    }

    /// An upload whose parts could be neither completed nor removed, as when its writer is killed.
    private func abandonUpload(_ key: String) async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { request in
            request.path.contains("partNumber=") || request.method == "DELETE" ? .answer(403, "<Error><Code>AccessDenied</Code></Error>") : .none
        }
        let store = try place.store(endpoint: proxy.address)
        #expect(await error { try await store.put(key, place.large()) }?.code == .permissionDenied)
    }

    @Test func abandonedUploadsAreRemoved() async throws {
        let keys = (0..<3).map { "year_2014/batch_\($0).h5" }
        for key in keys { try await abandonUpload(key) }
        let store = try place.store()
        #expect(try await store.leftovers { keys.contains($0) }.map(\.key).sorted() == keys)
        try await store.removeLeftovers { keys.contains($0) }
        #expect(try await store.leftovers { _ in true }.isEmpty)
    }

    // To moto, every upload began in 2010.
    @Test(.enabled(if: !S3Server.isMoto)) func uploadsThatMayBeAtWorkStayForADay() async throws {
        try await abandonUpload("other")
        let store = try place.store()
        try await store.removeLeftovers { _ in false }
        #expect(try await store.leftovers { _ in false }.isEmpty)
        #expect(try await store.leftovers { _ in true }.map(\.key) == ["other"])
    }

    @Test(arguments: [400, 403, 404, 405, 501, 200])
    func aServerThatListsNoUploadsHasNoneToRemove(_ status: Int) async throws {
        let answer = status == 200 ? "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>" : "<Error><Code>X</Code></Error>"
        let proxy = try FaultProxy(to: place.server.endpoint) { $0.path.contains("uploads=") ? .answer(status, answer) : .none }
        let store = try place.store(endpoint: proxy.address)
        #expect(try await store.leftovers { _ in true }.isEmpty)
        let lock = try await StoreLock.acquire(in: store, purpose: "x")
        lock.release()
    }
}
