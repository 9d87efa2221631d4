import Foundation
import ObjectStore
import S3Support
import Testing
import TestSupport

/// A store of its own in the bucket of a server that the tests share.
struct S3Workplace {
    let folder: TemporaryFolder
    let server: S3Server
    let prefix = "test-" + UUID().uuidString.lowercased()

    init() throws {
        folder = try TemporaryFolder()
        server = try #require(S3Server.shared)
    }

    /// - Parameters:
    ///   - endpoint: of a proxy.
    ///   - change: of the settings; pieces are small, and pauses short.
    func store(
        endpoint: String? = nil, bucket: String = "tapedeck", isReadOnly: Bool = false, environment: [String: String] = [:],
        _ change: (inout S3Settings) -> Void = { _ in }
    ) throws -> S3Store {
        let variables = server.environment(cache: folder.file("cache"), endpoint: endpoint, isReadOnly: isReadOnly)
            .merging(environment) { $1 }
        var settings = try S3Settings(environment: variables, location: "s3://\(bucket)")
        settings.transfer.pieceSize = 64 << 10
        settings.transfer.partSize = S3Server.isMoto ? 64 << 10 : 5 << 20
        settings.transfer.delay = .milliseconds(2)
        settings.transfer.longestDelay = .milliseconds(20)
        change(&settings)
        return try S3Store(bucket: bucket, prefix: prefix, settings: settings)
    }

    /// Bytes that are written in three parts or more.
    func large(seed: UInt64 = 1) -> [UInt8] { bytes(S3Server.isMoto ? 200_000 : 11 << 20, seed: seed) }

    func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SplitMix(state: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }
}

@Suite(.enabled(if: S3Server.isThere)) struct S3StoreTests {
    let place: S3Workplace
    let store: S3Store

    init() throws {
        place = try S3Workplace()
        store = try place.store()
    }

    @Test(arguments: [0, 1, 65_536, 65_537, 1_000_000])
    func writtenValuesAreRead(_ count: Int) async throws {
        let bytes = place.bytes(count)
        let info = try await store.put("year_2014/batch_0.h5", bytes)
        #expect(info.size == count)
        #expect(try await store.get("year_2014/batch_0.h5") == bytes)
        let found = try await store.head("year_2014/batch_0.h5")
        #expect((found.size, found.etag) == (count, info.etag))
        #expect(abs(found.modified.timeIntervalSinceNow) < 60)
        #expect(try await store.list() == [found])
        var pieces: [UInt8] = []
        try await store.readPieces(of: "year_2014/batch_0.h5") { pieces += $0 }
        #expect(pieces == bytes)
        #expect(try await store.sha256(of: "year_2014/batch_0.h5") == ContentDigest.sha256(of: bytes))
        try await store.delete("year_2014/batch_0.h5")
        try await store.delete("year_2014/batch_0.h5")
        #expect(await error { _ = try await store.get("year_2014/batch_0.h5") }?.code == .notFound)
        #expect(await error { _ = try await store.head("year_2014/batch_0.h5") }?.code == .notFound)
        #expect(try await !store.contains("year_2014/batch_0.h5"))
    }

    @Test func ranges() async throws {
        let bytes = place.bytes(300_000)
        try await store.put("k", bytes)
        for range in [0..<1, 5..<200_000, 65_536..<131_072, 299_999..<300_000, 0..<300_000, 7..<7, 0..<0] {
            #expect(try await store.get("k", range: range) == Array(bytes[range]), "\(range)")
        }
        for range in [299_999..<300_001, 300_000..<300_001, -1..<2, 0..<300_001] {
            #expect(await error { _ = try await store.get("k", range: range) }?.code == .outOfRange, "\(range)")
        }
    }

    // MARK: Encryption and proxies

    private var trusting: [String: String] { ["AWS_CA_BUNDLE": place.server.certificates] }

    @Test func anEncryptedServerIsTrustedByItsAuthority() async throws {
        let bytes = place.bytes(300_000)
        let secure = try place.store(endpoint: place.server.secureEndpoint, environment: trusting)
        try await secure.put("k", bytes)
        #expect(try await store.get("k") == bytes)
        #expect(try await secure.get("k") == bytes)
        #expect(try await secure.list().map(\.key) == ["k"])
    }

    @Test func anUntrustedCertificateIsRejected() async throws {
        let unknown = try place.store(endpoint: place.server.secureEndpoint)
        let refusal = await error { try await unknown.put("k", [1]) }
        #expect(
            refusal?.description.contains("the certificate of \(place.server.secureEndpoint) is not trusted") == true,
            "\(String(describing: refusal))")
        #expect(refusal?.description.contains("AWS_CA_BUNDLE") == true)
        let plain = try place.store(endpoint: place.server.endpoint.replacingOccurrences(of: "http:", with: "https:"), environment: trusting)
        let noise = await error { try await plain.put("k", [1]) }
        #expect(noise?.description.contains("does not speak HTTPS; write http:// in AWS_ENDPOINT_URL_S3") == true, "\(String(describing: noise))")
    }

    @Test(arguments: [true, false])
    func proxiesAreGoneThrough(_ isSecure: Bool) async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .none }
        let endpoint = isSecure ? place.server.secureEndpoint : place.server.endpoint
        let variable = isSecure ? "HTTPS_PROXY" : "http_proxy"
        let through = try place.store(endpoint: endpoint, environment: trusting.merging([variable: proxy.address, "NO_PROXY": ""]) { $1 })
        let bytes = place.bytes(200_000)
        try await through.put("k", bytes)
        #expect(try await store.get("k") == bytes)
        #expect(!proxy.requests.isEmpty)
        // Many proxies open tunnels to port 443 only; plain HTTP needs none.
        #expect(
            proxy.requests.allSatisfy {
                isSecure ? $0.method == "CONNECT" && endpoint.hasSuffix($0.path) : $0.path.hasPrefix(endpoint + "/") && $0.method != "CONNECT"
            })
    }

    @Test func aProxyOfPlainHTTPIsReported() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .none }
        let address = proxy.address.replacing("http://", with: "http://me:secret@")
        let through = try place.store(environment: ["http_proxy": address, "NO_PROXY": ""])
        try await through.put("k", [1])
        #expect(proxy.requests.first?.fields["proxy-authorization"] == "Basic bWU6c2VjcmV0")
    }

    @Test(arguments: [true, false])
    func aProxyThatIsNotThereIsNamed(_ isSecure: Bool) async throws {
        let variables = ["http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": ""]
        let through = try place.store(
            endpoint: isSecure ? place.server.secureEndpoint : nil, environment: trusting.merging(variables) { $1 })
        let refusal = await error { try await through.put("k", [1]) }
        #expect(refusal?.description.contains("the proxy http://127.0.0.1:9 for") == true, "\(String(describing: refusal))")
    }

    @Test func aProxyThatRefusesIsNamed() async throws {
        let proxy = try FaultProxy(to: place.server.endpoint) { _ in .answer(407) }
        let through = try place.store(environment: ["http_proxy": proxy.address, "NO_PROXY": ""])
        let refusal = await error { try await through.put("k", [1]) }
        #expect(refusal?.description.contains("the proxy \(proxy.address) refuses to reach") == true, "\(String(describing: refusal))")
    }

    @Test func listingsGoOnPastAPage() async throws {
        let keys = (0..<1_050).map { "d/\($0 + 10_000)" }
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<16 {
                group.addTask {
                    for index in stride(from: part, to: keys.count, by: 16) { _ = try? await store.put(keys[index], [1]) }
                }
            }
        }
        try await store.put("e.h5", [1])
        let page = try await store.listPage(prefix: "d/", page: nil)
        #expect(page.objects.count == 1_000 && page.next != nil)
        #expect(try await store.list(prefix: "d/").map(\.key) == keys)
        #expect(try await store.list(prefix: "d/1000").count == 10)
        #expect(try await store.list().count == 1_051)
        #expect(try await store.list(prefix: "none").isEmpty)
    }

    @Test func oneOfManyCreatesAnObject() async throws {
        let winners = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask { (try? await store.put("k", [UInt8(number)], ifAbsent: true)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(winners == 1)
        #expect(await error { try await store.put("k", [9], ifAbsent: true) }?.code == .alreadyExists)
        let large = place.bytes(200_000)
        #expect(await error { try await store.put("k", large, ifAbsent: true) }?.code == .alreadyExists)
        #expect(try await store.get("k").count == 1)
    }

    @Test func replacingMindsTheVersion() async throws {
        let first = try await store.put("k", [1])
        let second = try await store.replace("k", [2], etag: first.etag)
        #expect(await error { try await store.replace("k", [3], etag: first.etag) }?.code == .changed)
        #expect(try await store.get("k") == [2])
        try await store.delete("k")
        #expect(await error { try await store.replace("k", [3], etag: second.etag) }?.code == .changed)
        #expect(try await store.list().isEmpty)
    }

    @Test func filesAreMovedInAndCached() async throws {
        let bytes = place.bytes(500_000)
        let path = try await store.temporaryPath(for: "a/b.h5")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try await store.put("a/b.h5", movingFileAt: path)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try await place.store().get("a/b.h5") == bytes)
        // What was just written is read without the server.
        let before = store.statistics.bytesReceived
        let local = try await store.localPath(of: "a/b.h5")
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: local))) == bytes)
        #expect(store.statistics.bytesReceived == before)
        // Another version is another file.
        try await store.put("a/b.h5", Array(bytes.dropFirst()))
        let other = try await store.localPath(of: "a/b.h5")
        #expect(other != local)
        #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: other))) == Array(bytes.dropFirst()))

        let outside = place.folder.file("outside")
        try Data([7]).write(to: URL(fileURLWithPath: outside))
        #expect(await error { try await store.put("a/b.h5", movingFileAt: outside, content: nil, ifAbsent: true) }?.code == .alreadyExists)
        #expect(FileManager.default.fileExists(atPath: outside))
        #expect(await error { try await store.put("a/b.h5", movingFileAt: place.folder.file("none")) }?.code == .notFound)
    }

    @Test func theCacheObeysItsLimitExceptForFilesInUse() async throws {
        let store = try place.store { $0.cacheLimit = 250_000 }
        for number in 0..<6 { try await store.put("k\(number)", place.bytes(100_000, seed: UInt64(number))) }
        func files() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: place.folder.file("cache")).filter { !$0.hasPrefix(".") }.count
        }
        // A released store holds no resources.
        for number in 0..<6 {
            _ = try await place.store { $0.cacheLimit = 250_000 }.localPath(of: "k\(number)")
        }
        #expect(try files() <= 2)
        var paths: [String] = []
        for number in 0..<6 { paths.append(try await store.localPath(of: "k\(number)")) }
        #expect(paths.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        _ = try await place.store { $0.cacheLimit = 0 }.localPath(of: "k0")
        #expect(paths.allSatisfy { FileManager.default.fileExists(atPath: $0) })
    }

    /// Pages that are fetched count as well.
    @Test func rangesMakeRoomInTheCache() async throws {
        let (store, size) = (try place.store(), 100_000)
        for number in 0..<3 { try await store.put("k\(number)", place.bytes(size, seed: UInt64(number))) }
        for number in 0..<2 { _ = try await place.store { $0.cacheLimit = 250_000 }.localPath(of: "k\(number)") }
        func files() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: place.folder.file("cache")).filter { !$0.hasPrefix(".") }.count
        }
        let content = ObjectContent(size: size, sha256: ContentDigest.sha256(of: place.bytes(size, seed: 2)))
        let reader = try place.store { $0.cacheLimit = 250_000 }
        let found = try await reader.bytes(of: "k2", content: content)
        #expect(try files() == 3)
        #expect(try found.read(0..<size) == place.bytes(size, seed: 2))
        #expect(try files() == 2)
        #expect(try found.read(0..<10) == Array(place.bytes(size, seed: 2)[..<10]))
    }

    @Test(arguments: ["", "/x", "../x", "a//b", ".tapedeck-lock", "a\nb"])
    func badKeysAreRefused(_ key: String) async {
        #expect(await error { try await store.put(key, [1]) }?.code == .invalidKey)
        #expect(await error { _ = try await store.get(key) }?.code == .invalidKey)
        #expect(await error { _ = try await store.temporaryPath(for: key) }?.code == .invalidKey)
    }

    // MARK: Wrong settings

    // SeaweedFS makes a bucket for a user who may.
    @Test(.enabled(if: S3Server.isMoto)) func aMissingBucketIsNamed() async throws {
        let store = try place.store(bucket: "no-such-bucket")
        let errors = [
            await error { _ = try await store.list() }, await error { _ = try await store.contains("k") },
            await error { try await store.put("k", [1]) }, await error { _ = try await store.get("k") },
            await error { _ = try await StoreLock.acquire(in: store, purpose: "x") },
        ]
        for found in errors {
            #expect(found?.code == .notFound)
            #expect(found?.message.contains("has no bucket 'no-such-bucket'") == true)
        }
    }

    @Test func wrongCredentialsAreNamed() async throws {
        let unknown = await error { _ = try await place.store(environment: ["AWS_ACCESS_KEY_ID": "AKIAX"]).list() }
        #expect(unknown?.code == .unauthorized)
        #expect(unknown?.remedy.contains("AWS_ACCESS_KEY_ID") == true)
        let wrong = await error { _ = try await place.store(environment: ["AWS_SECRET_ACCESS_KEY": "hush"]).contains("k") }
        #expect(wrong?.code == .unauthorized)
        #expect(wrong?.remedy.contains("AWS_SECRET_ACCESS_KEY") == true)
        #expect(wrong?.description.contains("hush") == false)
    }

    @Test func aReadOnlyUserReadsAndDoesNotWrite() async throws {
        try await store.put("k", [1, 2])
        let reader = try place.store(isReadOnly: true)
        #expect(try await reader.get("k") == [1, 2])
        #expect(try await reader.list().count == 1)
        for found in [
            await error { try await reader.put("k", [3]) }, await error { try await reader.delete("k") },
            await error { try await reader.put("big", place.bytes(200_000)) },
            await error { _ = try await StoreLock.acquire(in: reader, purpose: "x") },
        ] { #expect(found?.code == .permissionDenied, "\(String(describing: found))") }
        #expect(try await store.get("k") == [1, 2])
    }

    @Test func anUnreachableEndpointFailsSoon() async throws {
        let found = await error { _ = try await place.store(endpoint: "http://127.0.0.1:1").list() }
        #expect(found?.code == .unavailable)
        #expect(found?.message == "http://127.0.0.1:1 cannot be reached (Connection refused)")
        let unknown = await error { _ = try await place.store(endpoint: "http://no-such-host.invalid").list() }
        #expect(unknown?.message.contains("no-such-host.invalid") == true)
    }
}
