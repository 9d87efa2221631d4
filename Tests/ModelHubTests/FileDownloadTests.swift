import Foundation
import ModelFiles
import ModelHub
import Synchronization
import Testing
import TestSupport

/// Broken connections and faulty servers: the file arrives complete, or the next attempt resumes the received part.
@Suite struct FileDownloadTests {
    static let weights = MadeModel.sha256(MadeModel.weights)
    static let count = MadeModel.weights.count

    /// A hub whose answers for the weights a test chooses; `attempt` counts from 0.
    static func hub(
        _ answer: @escaping @Sendable (_ attempt: Int, _ request: TestServer.Request) -> TestServer.Answer?
    ) throws -> TestServer {
        let attempts = Counter()
        return try HubPullTests.hub { request in
            guard isForWeights(request) else { return nil }
            return answer(attempts.next(), request) ?? .file(MadeModel.weights, request)
        }
    }

    static func isForWeights(_ request: TestServer.Request) -> Bool { request.path.hasSuffix("model.safetensors") }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock { count in
                count += 1; return count - 1
            }
        }
    }

    /// Ranges of 64 bytes, three at a time.
    static func policy(attempts: Int = 6) -> TransferPolicy {
        var policy = HubPullTests.impatient
        policy.rangeByteCount = 64
        policy.connections = 3
        policy.attempts = attempts
        return policy
    }

    private func incomplete(_ home: TemporaryFolder) throws -> String {
        let blobs = home.path + "/" + HubPullTests.repository + "blobs"
        try FileManager.default.createDirectory(atPath: blobs, withIntermediateDirectories: true)
        return blobs + "/" + Self.weights + ".incomplete"
    }

    /// Pulls the model and compares its weights, byte for byte.
    private func expectWhole(
        _ home: TemporaryFolder, _ server: TestServer, policy: TransferPolicy = HubPullTests.impatient
    ) async throws {
        let model = try await HubPullTests.library(home, server, policy: policy).pull("org/tiny")
        #expect(try Array(Data(contentsOf: URL(filePath: model.folder.weightsFile))) == MadeModel.weights)
        #expect(!home.files.contains { $0.hasSuffix(".incomplete") })
    }

    private func code(
        _ home: TemporaryFolder, _ server: TestServer, policy: TransferPolicy = HubPullTests.impatient
    ) async -> ModelHubError.Code? {
        do {
            try await HubPullTests.library(home, server, policy: policy).pull("org/tiny")
            return nil
        } catch { return (error as? ModelHubError)?.code }
    }

    private func ranges(_ server: TestServer) -> [String] {
        server.requests.filter(Self.isForWeights).map { $0.fields["range"] ?? "" }
    }

    // MARK: - Going on

    @Test func resumesAfterALostConnection() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { attempt, request in
            var answer = TestServer.Answer.file(MadeModel.weights, request)
            answer.cutAfter = attempt < 2 ? 100 : nil
            return answer
        }
        try await expectWhole(home, server)
        #expect(ranges(server) == ["", "bytes=100-\(Self.count - 1)", "bytes=200-\(Self.count - 1)"])
        let tags = server.requests.filter(Self.isForWeights).map { $0.fields["if-range"] }
        #expect(tags == [nil, "\"v1\"", "\"v1\""])
    }

    @Test func resumesTheDownloadOfAnEarlierProcess() async throws {
        let home = try TemporaryFolder()
        let cut = try Self.hub { _, request in
            var answer = TestServer.Answer.file(MadeModel.weights, request)
            answer.cutAfter = 100
            return answer
        }
        #expect(
            await code(
                home, cut,
                policy: {
                    var policy = HubPullTests.impatient; policy.attempts = 1; return policy
                }()) == .truncated)
        #expect(try Array(Data(contentsOf: URL(filePath: incomplete(home)))) == Array(MadeModel.weights.prefix(100)))
        let good = try HubPullTests.hub()
        try await expectWhole(home, good)
        #expect(ranges(good) == ["bytes=100-\(Self.count - 1)"])
    }

    @Test func requestsNothingForACompleteFile() async throws {
        let home = try TemporaryFolder()
        try Data(MadeModel.weights).write(to: URL(filePath: incomplete(home)))
        let server = try HubPullTests.hub()
        try await expectWhole(home, server)
        #expect(ranges(server) == [])
    }

    /// Anything may be at the file's path.
    @Test(arguments: [1, 150, FileDownloadTests.count, FileDownloadTests.count + 1, 5000])
    func restartsWhenThePartialFileDiffers(_ length: Int) async throws {
        for policy in [HubPullTests.impatient, Self.policy()] {
            let home = try TemporaryFolder()
            try Data(repeating: 7, count: length).write(to: URL(filePath: incomplete(home)))
            try await expectWhole(home, HubPullTests.hub(), policy: policy)
        }
    }

    // MARK: - Ranges

    @Test func fetchesRangesSideBySide() async throws {
        let home = try TemporaryFolder()
        let now = Mutex((count: 0, most: 0))
        let server = try Self.hub { attempt, _ in
            // The first request is alone: its answer shows whether the server supports ranges. Others wait for each other.
            guard attempt > 0 else { return nil }
            now.withLock { $0 = ($0.count + 1, max($0.most, $0.count + 1)) }
            for _ in 0..<2000 where now.withLock({ $0.most < 3 }) { usleep(1000) }
            now.withLock { $0.count -= 1 }
            return nil
        }
        let last = Mutex(0)
        let library = HubPullTests.library(home, server, policy: Self.policy())
        try await library.pull("org/tiny") { progress in
            guard progress.file == "model.safetensors" else { return }
            #expect(progress.totalByteCount == Self.count)
            last.withLock {
                #expect(progress.receivedByteCount >= $0)
                $0 = progress.receivedByteCount
            }
        }
        #expect(now.withLock { $0.most } == 3)
        #expect(last.withLock { $0 } == Self.count)
        let expected = stride(from: 0, to: Self.count, by: 64).map { "bytes=\($0)-\(min($0 + 64, Self.count) - 1)" }
        #expect(ranges(server).sorted() == expected.sorted())
        let path = try library.locator.model("org/tiny").folder.weightsFile
        #expect(try Array(Data(contentsOf: URL(filePath: path))) == MadeModel.weights)
    }

    @Test func keepsTheBeginningOfRangesThatFail() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { _, request in
            guard request.fields["range"]?.hasPrefix("bytes=128-") == true else { return nil }
            var answer = TestServer.Answer.file(MadeModel.weights, request)
            answer.cutAfter = 10
            return answer
        }
        #expect(await code(home, server, policy: Self.policy(attempts: 1)) == .truncated)
        #expect(try Array(Data(contentsOf: URL(filePath: incomplete(home)))) == Array(MadeModel.weights.prefix(138)))
        try await expectWhole(home, server, policy: Self.policy(attempts: 1))
    }

    @Test func makesDoWithAServerWithoutRanges() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { attempt, _ in
            TestServer.Answer(body: MadeModel.weights, cutAfter: attempt < 2 ? 100 * (attempt + 1) : nil)
        }
        try await expectWhole(home, server, policy: Self.policy())
        #expect(ranges(server).count == 3)
    }

    /// A file of another tag, or a server that forgets about ranges half-way.
    @Test(arguments: [true, false])
    func makesDoWithAServerThatLosesItsRanges(_ isForGood: Bool) async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { attempt, request in
            if isForGood { return attempt < 2 ? nil : TestServer.Answer(body: MadeModel.weights) }
            return .file(MadeModel.weights, request, tag: attempt < 2 ? "\"v1\"" : "\"v2\"")
        }
        try await expectWhole(home, server, policy: Self.policy())
    }

    @Test(arguments: ["", "bytes 1-64/321", "bytes */321", "bytes 0-63", "bytes 0-63/60", "items 0-63/321", "bytes 9-3/321"])
    func refusesRangesThatWereNotAskedFor(_ range: String) async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { _, _ in
            TestServer.Answer(status: 206, fields: ["Content-Range": range], body: Array(MadeModel.weights.prefix(64)))
        }
        #expect(await code(home, server, policy: Self.policy()) == .badAnswer)
    }

    @Test func removesAFileWithAWrongRange() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { _, request in
            var answer = TestServer.Answer.file(MadeModel.weights, request)
            if request.fields["range"]?.hasPrefix("bytes=128-") == true { answer.body[3] ^= 1 }
            return answer
        }
        #expect(await code(home, server, policy: Self.policy()) == .checksum)
        #expect(!home.files.contains { $0.contains(Self.weights) })
    }

    // MARK: - Trying again

    @Test(arguments: [
        TestServer.Answer(status: 429, fields: ["Retry-After": "0"]), .init(status: 500), .init(status: 502),
        .init(status: 503), .hangUp, .init(delay: 1), .init(body: MadeModel.weights, cutAfter: 3, silence: 1),
    ])
    func triesAgain(_ answer: TestServer.Answer) async throws {
        let home = try TemporaryFolder()
        var policy = HubPullTests.impatient
        policy.silence = .milliseconds(200)
        let seen = Mutex<Set<String>>([])
        // Every address fails once.
        let server = try HubPullTests.hub { request in
            seen.withLock { $0.insert(request.path).inserted } && (answer.body.isEmpty || Self.isForWeights(request)) ? answer : nil
        }
        try await expectWhole(home, server, policy: policy)
    }

    @Test func waitsForASlowStart() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { _, request in
            var answer = TestServer.Answer.file(MadeModel.weights, request)
            answer.delay = 0.3
            return answer
        }
        try await expectWhole(home, server, policy: Self.policy())
    }

    @Test(arguments: [TestServer.Answer(status: 503), .hangUp])
    func givesUpInTheEnd(_ answer: TestServer.Answer) async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { _, _ in answer }
        #expect(await code(home, server) == (answer.status == 503 ? .badAnswer : .unreachable))
        #expect(ranges(server).count == HubPullTests.impatient.attempts)
    }

    /// After any sequence of faults, the file is complete, or there is an error and a prefix of the file.
    @Test(arguments: 0..<40)
    func survivesAnySequenceOfFaults(_ seed: UInt64) async throws {
        let home = try TemporaryFolder()
        let random = Mutex(SplitMix(state: seed))
        let server = try Self.hub { _, request in
            random.withLock { random in
                var answer = TestServer.Answer.file(MadeModel.weights, request)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: answer.cutAfter = Int.random(in: 0..<64, using: &random)
                case 1: answer = .init(status: 503)
                case 2: answer = .hangUp
                case 3: answer = .init(body: MadeModel.weights, cutAfter: Int.random(in: 0..<400, using: &random))
                case 4: answer = .file(MadeModel.weights, request, tag: "\"other\"")
                default: break
                }
                return answer
            }
        }
        for _ in 0..<100 {
            guard await code(home, server, policy: Self.policy(attempts: 2)) != nil else { break }
            if let rest = try? Data(contentsOf: URL(filePath: incomplete(home))) {
                #expect(Array(rest) == Array(MadeModel.weights.prefix(rest.count)))
            }
        }
        try await expectWhole(home, server)
    }

    @Test func writesOnlyUnderTheLockThatOtherToolsTake() async throws {
        let home = try TemporaryFolder()
        let locks = home.path + "/.cache/huggingface/hub/.locks/models--org--tiny"
        try FileManager.default.createDirectory(atPath: locks, withIntermediateDirectories: true)
        let descriptor = open("\(locks)/\(Self.weights).lock", O_RDWR | O_CREAT, 0o644)
        #expect(flock(descriptor, LOCK_EX) == 0)
        let server = try HubPullTests.hub()
        #expect(await code(home, server) == .busy)
        close(descriptor)
        try await expectWhole(home, server)
    }
}
