import Foundation
import ModelFiles
import ModelHub
import Testing
import TestSupport

@Suite struct HubPullTests {
    /// A server shaped like the hub, with one model, where `change` may answer in its place.
    static func hub(_ change: @escaping @Sendable (TestServer.Request) -> TestServer.Answer? = { _ in nil }) throws -> TestServer {
        try TestServer { request in
            if let answer = change(request) { return answer }
            if request.path == "/api/models/org/tiny/revision/main?blobs=true" { return .text(MadeModel.description()) }
            let prefix = "/org/tiny/resolve/\(MadeModel.commit)/"
            let file = MadeModel.files.first { request.path == prefix + $0.name }
            return file.map { .file($0.bytes, request) } ?? .notFound
        }
    }

    static func library(
        _ home: TemporaryFolder, _ server: TestServer, _ more: [String: String] = [:], policy: TransferPolicy = impatient
    ) -> ModelLibrary {
        ModelLibrary(
            environment: ["HOME": home.path, "HF_ENDPOINT": server.address].merging(more) { $1 }, policy: policy)
    }

    /// Short pauses, for tests.
    static let impatient: TransferPolicy = {
        var policy = TransferPolicy()
        policy.delay = .milliseconds(1)
        return policy
    }()

    static let repository = ".cache/huggingface/hub/models--org--tiny/"

    private func failure(_ body: () async throws -> Void) async -> ModelHubError? {
        do { try await body() } catch { return error as? ModelHubError }
        return nil
    }

    @Test func fetchesAModelIntoTheHubsCache() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub()
        let library = Self.library(home, server)
        let model = try await library.pull("org/tiny") { progress in
            #expect(progress.receivedByteCount <= progress.totalByteCount ?? 0)
        }
        let snapshot = home.path + "/" + Self.repository + "snapshots/" + MadeModel.commit
        #expect(model.folder.path == snapshot)
        #expect(try model.folder.weights().tensors["a"]?.shape == [64])
        let weights = MadeModel.sha256(MadeModel.weights)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: snapshot + "/model.safetensors")
                == "../../blobs/" + weights)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: snapshot + "/1_Pooling/config.json")
                == "../../../blobs/" + MadeModel.gitBlob(MadeModel.files[4].bytes))
        #expect(home.files.filter { $0.contains("/blobs/") }.count == MadeModel.files.count)
        #expect(!home.files.contains { $0.contains("partial") || $0.contains("incomplete") || $0.contains("escape") || $0.contains("onnx") })
        #expect(try String(contentsOfFile: home.path + "/" + Self.repository + "refs/main", encoding: .utf8) == MadeModel.commit)

        let count = server.requests.count
        #expect(count == 1 + MadeModel.files.count)
        try await library.pull("org/tiny")
        #expect(server.requests.count == count)
    }

    @Test func verifiesDownloads() async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub()
        let library = Self.library(home, server)
        try await library.pull("org/tiny")
        let intact = try library.verify("org/tiny")
        #expect(intact.isIntact)
        #expect(intact.files.count == MadeModel.files.count)
        for name in ["model.safetensors", "1_Pooling/config.json"] {
            let path = intact.path + "/" + name
            var bytes = Array(try Data(contentsOf: URL(filePath: path)))
            bytes[bytes.count - 1] ^= 1
            if name.hasSuffix("json") { bytes = Array(#"{"pooling_mode":"cls"}"#.utf8) }
            try Data(bytes).write(to: URL(filePath: path).resolvingSymlinksInPath())
            let damaged = try library.verify("org/tiny").files.filter { !$0.isIntact }
            #expect(damaged.contains { $0.name == name })
        }
    }

    @Test func sendsTheTokenToTheHubAndNowhereElse() async throws {
        let home = try TemporaryFolder()
        let store = try TestServer { _ in TestServer.Answer(body: MadeModel.weights) }
        let elsewhere = store.address
        let server = try Self.hub { request in
            request.path.hasSuffix("model.safetensors")
                ? TestServer.Answer(status: 302, fields: ["Location": elsewhere + "/signed?Signature=abc"]) : nil
        }
        try await Self.library(home, server, ["HF_TOKEN": "hf_secret"]).pull("org/tiny")
        #expect(server.requests.allSatisfy { $0.fields["authorization"] == "Bearer hf_secret" })
        #expect(store.requests.count == 1)
        #expect(store.requests.allSatisfy { $0.fields["authorization"] == nil })
    }

    /// Faults of the weights, and the error for each.
    @Test(arguments: [
        (TestServer.Answer(body: MadeModel.weights.reversed()), ModelHubError.Code.checksum),
        (TestServer.Answer(body: MadeModel.weights, cutAfter: 100), .truncated),
        (TestServer.Answer(body: Array(MadeModel.weights.dropLast())), .checksum),
        (TestServer.Answer(body: MadeModel.weights + [0]), .checksum), (.notFound, .notFound),
        (TestServer.Answer(status: 403), .unauthorized), (TestServer.Answer(status: 503), .badAnswer),
        (TestServer.Answer(status: 302, fields: ["Location": "http://127.0.0.1:1/"]), .unreachable),
    ])
    func leavesNothingHalfDone(_ answer: TestServer.Answer, _ code: ModelHubError.Code) async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { $0.path.hasSuffix("model.safetensors") ? answer : nil }
        let library = Self.library(home, server, ["HF_TOKEN": "hf_secret"])
        let error = await failure { try await library.pull("org/tiny") }
        #expect(error?.code == code, "\(error?.description ?? "")")
        #expect(error?.description.contains("hf_secret") == false)
        let weights = MadeModel.sha256(MadeModel.weights)
        #expect(!home.files.contains { $0.contains("partial") || $0.contains("refs/main") || $0.hasSuffix(weights) })
        // Only the part that arrived before the connection broke remains, so that the next attempt can resume.
        #expect(home.files.contains { $0.hasSuffix(weights + ".incomplete") } == (code == .truncated))
        #expect(throws: ModelFileError.self) { try library.locator.model("org/tiny") }

        // A good connection then fetches only the missing part.
        let good = try Self.hub()
        try await Self.library(home, good).pull("org/tiny")
        #expect(good.requests.count < 1 + MadeModel.files.count)
    }

    @Test(arguments: [
        (TestServer.Answer.notFound, ModelHubError.Code.notFound), (TestServer.Answer(status: 401), .unauthorized),
        (.text("<html>"), .badAnswer), (.text("{}"), .badAnswer), (.text(#"{"sha":"../..","siblings":[]}"#), .badAnswer),
        (.text(#"{"sha":"\#(MadeModel.commit)","siblings":[{"rfilename":"config.json"}]}"#), .badAnswer),
        (.text(#"{"sha":"\#(MadeModel.commit)","siblings":[{"rfilename":"pytorch_model.bin"}]}"#), .unsupported),
        (.text(MadeModel.description(size: 1 << 55)), .diskFull), (.text(MadeModel.description(size: .max)), .diskFull),
    ])
    func refusesDescriptionsThatMakeNoSense(_ answer: TestServer.Answer, _ code: ModelHubError.Code) async throws {
        let home = try TemporaryFolder()
        let server = try Self.hub { $0.path.hasPrefix("/api/") ? answer : nil }
        let error = await failure { try await Self.library(home, server).pull("org/tiny") }
        #expect(error?.code == code)
    }

    @Test func staysOfflineWhenToldTo() async throws {
        let server = try Self.hub()
        let home = try TemporaryFolder()
        let error = await failure { try await Self.library(home, server, ["HF_HUB_OFFLINE": "1"]).pull("minilm") }
        #expect(error?.code == .offline)
        #expect(server.requests.isEmpty)
    }

    @Test func namesTheUnreachableServer() async throws {
        let home = try TemporaryFolder()
        let library = ModelLibrary(environment: ["HOME": home.path, "HF_ENDPOINT": "http://127.0.0.1:1"])
        let error = await failure { try await library.pull("nomic") }
        #expect(error?.code == .unreachable)
        #expect(error?.description.contains("http://127.0.0.1:1/api/models/nomic-ai") == true)
    }

    @Test func goesThroughAProxy() async throws {
        let home = try TemporaryFolder()
        let proxy = try Self.hub()
        let library = ModelLibrary(
            environment: ["HOME": home.path, "HF_ENDPOINT": "http://hub.invalid", "http_proxy": proxy.address])
        let model = try await library.pull("org/tiny")
        #expect(model.folder.maxTokens == 512)
        #expect(proxy.requests.first?.path == "hub.invalid:80")
    }

    @Test func letsOneProcessFetchAtATime() async throws {
        let home = try TemporaryFolder()
        let locks = home.path + "/.cache/huggingface/hub/.locks/models--org--tiny"
        try FileManager.default.createDirectory(atPath: locks, withIntermediateDirectories: true)
        let descriptor = open(locks + "/tapedeck.lock", O_RDWR | O_CREAT, 0o644)
        #expect(flock(descriptor, LOCK_EX) == 0)
        let server = try Self.hub()
        let error = await failure { try await Self.library(home, server).pull("org/tiny") }
        #expect(error?.code == .busy)
        close(descriptor)
        try await Self.library(home, server).pull("org/tiny")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
    func namesAFullDisk() throws {
        let writer = try FileWriter(path: "/dev/full")
        var code: ModelHubError.Code?
        [UInt8](repeating: 0, count: 4096).withUnsafeBytes { bytes in
            do throws(ModelHubError) { try writer.write(bytes) } catch { code = error.code }
        }
        #expect(code == .diskFull)
    }

    @Test func namesACacheThatCannotBeMade() async throws {
        let home = try TemporaryFolder()
        try Data().write(to: URL(filePath: home.path + "/.cache"))
        let server = try Self.hub()
        let error = await failure { try await Self.library(home, server).pull("org/tiny") }
        #expect(error?.code == .unwritable)
    }
}
