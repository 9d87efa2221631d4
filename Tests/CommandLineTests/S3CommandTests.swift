import Foundation
import ObjectStore
import S3Support
import Testing
import TestSupport

/// Sources and stores in a bucket, with the program itself.
@Suite(.enabled(if: S3Server.isThere)) struct S3CommandTests {
    private let place: Workplace
    private let server: S3Server
    /// A prefix for this test only.
    private let address = "s3://tapedeck/cli-" + UUID().uuidString.lowercased()

    init() throws {
        place = try Workplace()
        server = try #require(S3Server.shared)
    }

    private func tool(_ changes: [String: String] = [:], endpoint: String? = nil, isReadOnly: Bool = false) -> Tool {
        var tool = place.tool
        tool.environment.merge(
            server.environment(cache: place.path("cache"), endpoint: endpoint, isReadOnly: isReadOnly)
        ) { $1 }
        tool.environment.merge(changes) { $1 }
        return tool
    }

    private func open(_ name: String) throws -> any ObjectStore {
        try StoreLocation(parsing: address + "/" + name).open(
            creating: false, environment: server.environment(cache: place.path("cache")))
    }

    /// Puts a folder's files into the bucket.
    private func upload(_ folder: String, as name: String) async throws {
        let store = try open(name)
        for (key, bytes) in try place.folder.contents(of: folder) where !key.hasPrefix(".") { try await store.put(key, bytes) }
    }

    private func contents(of name: String) async throws -> [String: [UInt8]] {
        let store = try open(name)
        var found: [String: [UInt8]] = [:]
        for object in try await store.list() { found[object.key] = try await store.get(object.key) }
        return found
    }

    /// Objects of a folder that are the store's content, without the lock and objects with times.
    private func content(_ all: [String: [UInt8]]) -> [String: [UInt8]] {
        all.filter { !$0.key.hasPrefix(".") && !$0.key.contains("/events/") }
    }

    @Test func anExportToS3IsTheSameAsAFolder() async throws {
        let tool = self.tool()
        let export = ["export", "--to", "milvus", "--store", "store", "--each", "row", "--out"]
        #expect(try tool(export + ["here"]).status == 0)
        let made = try tool(export + [address + "/export"])
        #expect(made.status == 0, "\(made.errors)")
        #expect(try await contents(of: "export") == place.folder.contents(of: "here").filter { !$0.key.hasPrefix(".") })
        #expect(try tool(export + [address + "/export"]).output.contains("complete already"))
        // A store in a bucket is exported as well, and indices are copied.
        let generated = try tool("generate", "--source", "market", "--store", address + "/store")
        #expect(generated.status == 0, "\(generated.errors)")
        let indices = try tool("export", "--to", "faiss", "--store", address + "/store", "--out", "indices")
        #expect(indices.status == 0, "\(indices.errors)")
        #expect(
            try place.folder.bytes("indices/indices/minilm_year_2014.faiss")
                == place.folder.bytes("store/financial-embeddings/indices/minilm_year_2014.faiss"))
    }

    @Test func aStoreOnS3IsTheSameAsAFolder() async throws {
        let tool = self.tool()
        let here = try tool("generate", "--source", "market", "--store", "local")
        #expect(here.status == 0, "\(here.errors)")
        let made = try tool("generate", "--source", "market", "--store", address + "/store")
        #expect(made.status == 0, "\(made.errors)")
        let local = content(try place.folder.contents(of: "local"))
        let remote = content(try await contents(of: "store"))
        #expect(Set(remote.keys) == Set(local.keys))
        #expect(remote.filter { local[$0.key] != $0.value }.keys.sorted() == [])
        func answers(_ store: String) throws -> NSArray {
            let output = try tool("search", "deep in the money calls", "--json", "--store", store).output
            let found = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
            return try #require(found["results"] as? NSArray)
        }
        #expect(try answers(address + "/store").count > 0)
        #expect(try answers(address + "/store") == answers("local"))
        let status = try tool("status", "--store", address + "/store")
        #expect(status.status == 0, "\(status.errors)")
        // A machine that has no copies fetches what questions read.
        let elsewhere = self.tool(["TAPEDECK_CACHE": place.path("other-cache")])
        for question in ["deep in the money calls", "most traded puts", "average volume of calls"] {
            let here = try tool("search", question, "--json", "--store", "local"),
                there = try elsewhere("search", question, "--json", "--store", address + "/store")
            func results(_ text: String) throws -> NSArray? {
                try (JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["results"] as? NSArray
            }
            #expect(there.status == 0, "\(there.errors)")
            #expect(try results(there.output) == results(here.output))
        }
        let copies = try FileManager.default.contentsOfDirectory(atPath: place.path("other-cache"))
        #expect(copies.contains { $0.hasPrefix("ranges-") })
        #expect(!copies.contains { !$0.hasPrefix("ranges-") && $0.hasSuffix("batch_0.h5") })
        // Once more: nothing to do, and the lock is free.
        let again = try tool("generate", "--source", "market", "--store", address + "/store")
        #expect(again.status == 0, "\(again.errors)")
        #expect(content(try await contents(of: "store")) == remote)
    }

    @Test func aSourceOnS3IsReadLikeAFolder() async throws {
        try await upload("market", as: "market")
        let made = try tool()("generate", "--source", address + "/market", "--store", "other")
        #expect(made.status == 0, "\(made.errors)")
        func batches(_ store: String) throws -> [String: [UInt8]] {
            try place.folder.contents(of: store).filter { $0.key.hasSuffix(".h5") && $0.key.contains("parts") }
        }
        #expect(try batches("other") == batches("store"))
        let both = try tool()("generate", "--source", address + "/market", "--store", address + "/store")
        #expect(both.status == 0, "\(both.errors)")
        let question = try tool()("search", "calls", "--store", address + "/store", "--json")
        #expect(question.status == 0 && question.output.contains("similarity"), "\(question.errors)")
    }

    @Test func aStoreOnS3IsCheckedAndMended() async throws {
        try await upload("store", as: "store")
        let before = try await contents(of: "store")
        let name = address + "/store", store = try open("store"), tool = self.tool()
        #expect(try tool("verify", "--store", name).output.hasPrefix("intact: "))
        // Damage is detected although the object was read before.
        for (key, command) in [
            ("financial-embeddings/indices/minilm_year_2014.faiss", "index rebuild"),
            ("financial-embeddings/year_2014/batch_0.h5", "verify --repair"),
        ] {
            var bytes = try await store.get(key)
            bytes[bytes.count / 2] ^= 1
            try await store.put(key, bytes)
            let found = try tool("verify", "--store", name)
            #expect(found.status == 1 && found.output.contains(key) && found.output.contains(command), "\(found)")
            if command == "index rebuild" {
                let rebuilt = try tool("index", "rebuild", "--store", name, "--all")
                #expect(rebuilt.status == 0, "\(rebuilt.errors)")
                #expect(try await store.get(key) == before[key])
            }
        }
        #expect(try tool("verify", "--store", name, "--repair").status == 0)
        #expect(try tool("generate", "--source", "market", "--store", name).status == 0)
        #expect(try tool("verify", "--store", name).output.hasPrefix("intact: "))
        let mended = try await contents(of: "store")
        try await store.put("financial-embeddings/year_2014/batch_99.h5", [1])
        #expect(try tool("gc", "--store", name, "--dry-run").output.contains("would remove 1 object, 1 B"))
        #expect(try tool("gc", "--store", name).output.contains("removed 1 object, 1 B"))
        #expect(try await contents(of: "store") == mended)
    }

    @Test func aKilledRunIsResumed() async throws {
        let name = address + "/store"
        for delay in [0.15, 0.3, 0.5, 0.8] {
            let process = try tool().start(
                ["generate", "--source", "market", "--store", name, "--batch-size", "40"], messages: "killed")
            try await Task.sleep(for: .seconds(delay))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let resumed = try tool()("generate", "--source", "market", "--store", name, "--batch-size", "40")
        #expect(resumed.status == 0, "\(resumed.errors)")
        let whole = try tool()("generate", "--source", "market", "--store", "whole", "--batch-size", "40")
        #expect(whole.status == 0, "\(whole.errors)")
        let local = content(try place.folder.contents(of: "whole"))
        let remote = content(try await contents(of: "store"))
        #expect(local.filter { remote[$0.key] != $0.value }.keys.sorted() == [])
    }

    /// A network that fails for a while, and one that stays down.
    @Test func aRunSurvivesABadNetwork() async throws {
        #expect(try tool()("generate", "--source", "market", "--store", "local").status == 0)
        let proxy = try FaultProxy(to: server.endpoint) { request in
            switch request.number % 7 {
            case 2: .answer(503, "<Error><Code>SlowDown</Code></Error>")
            case 4: .loseAnswer
            case 6: .truncate
            default: .none
            }
        }
        let made = try tool(endpoint: proxy.address)("generate", "--source", "market", "--store", address + "/store")
        #expect(made.status == 0, "\(made.errors)")
        let local = content(try place.folder.contents(of: "local"))
        #expect(content(try await contents(of: "store")) == local)
        let cut = try FaultProxy(to: server.endpoint) { request in
            request.number < 12 ? .none : .answer(403, "<Error><Code>AccessDenied</Code></Error>")
        }
        let failed = try tool(endpoint: cut.address)("generate", "--source", "market", "--store", address + "/cut")
        #expect(failed.status == 1 && !failed.errors.isEmpty)
        #expect(try tool()("generate", "--source", "market", "--store", address + "/cut").status == 0)
        #expect(content(try await contents(of: "cut")) == local)
    }

    // MARK: Wrong input

    @Test(arguments: ["generate --source market", "search calls", "status"])
    func wrongSettings(_ command: String) throws {
        func run(_ tool: Tool, _ store: String) throws -> Tool.Outcome {
            try tool.shell("\"$TAPEDECK\" \(command) --store \(store)")
        }
        expectFailure(try run(tool(endpoint: "http://127.0.0.1:1"), address), naming: "127.0.0.1:1", "Connection refused", "AWS_ENDPOINT_URL_S3")
        expectFailure(try run(tool(endpoint: "nonsense"), address), naming: "nonsense", "AWS_ENDPOINT_URL_S3")
        expectFailure(try run(tool(["AWS_SECRET_ACCESS_KEY": "hush-hush"]), address), naming: "secret key is wrong", "AWS_SECRET_ACCESS_KEY")
        expectFailure(try run(tool(["AWS_ACCESS_KEY_ID": "AKIAX"]), address), naming: "does not know the access key")
        expectFailure(
            try run(tool(["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""]), address), naming: "no credentials", "AWS_PROFILE")
        expectFailure(try run(tool(), "s3://no-such-bucket/x"), naming: "no bucket 'no-such-bucket'", "mc mb")
        let skewed = try FaultProxy(to: server.endpoint) { _ in
            .answer(
                403, "<Error><Code>RequestTimeTooSkewed</Code><Message>x</Message></Error>",
                fields: ["Date": "Wed, 21 Oct 2015 07:28:00 GMT"])
        }
        expectFailure(try run(tool(endpoint: skewed.address), address), naming: "clock is", "ahead of the server's", "set the clock")
    }

    @Test func aReadOnlyStore() throws {
        expectFailure(
            try tool(isReadOnly: true)("generate", "--source", "market", "--store", address), naming: "refuses it (403", "right to")
        let empty = try tool(isReadOnly: true)("search", "calls", "--store", address)
        expectFailure(empty, naming: "no Tapedeck store", "generate")
    }

    @Test func theFileOfSettingsLeadsToTheServer() throws {
        var tool = self.tool()
        tool.environment["AWS_ENDPOINT_URL_S3"] = nil
        tool.environment["TAPEDECK_CACHE"] = nil
        let lines = "s3-endpoint: \(server.endpoint)\ns3-path-style: true\nstore: \(address)\ncache: kept\ncache-size: 1G\n"
        try Data(lines.utf8).write(to: URL(fileURLWithPath: place.path("tapedeck.yaml")))
        let made = try tool("generate", "--source", "market")
        #expect(made.status == 0, "\(made.errors)")
        #expect(FileManager.default.fileExists(atPath: place.path("kept")))
        tool.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        expectFailure(try tool("status"), naming: "127.0.0.1:1")
    }

    // MARK: What is asked of a server

    @Test func fewRequestsAreMade() async throws {
        try await upload("market", as: "market")
        let proxy = try FaultProxy(to: server.endpoint) { _ in .none }
        let tool = self.tool(endpoint: proxy.address)
        func requests(_ arguments: String...) throws -> [FaultProxy.Request] {
            let before = proxy.requests.count
            let outcome = try tool(arguments)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return Array(proxy.requests.dropFirst(before))
        }
        func told(_ requests: [FaultProxy.Request]) -> Comment { "\(requests.map { "\($0.method) \($0.path)" }.joined(separator: "\n"))" }
        let store = address + "/store"
        let generate = ["generate", "--source", address + "/market", "--store", store]
        #expect(try tool(generate).status == 0)
        let nothing = try requests("generate", "--source", address + "/market", "--store", store)
        let listings = nothing.count { $0.path.contains("list-type=2") && $0.path.contains("market") }
        #expect(nothing.count <= listings + 10, told(nothing))
        let objects = try await open("store").list().count { $0.key.hasSuffix(".h5") || $0.key.hasSuffix(".faiss") }
        // Another machine has no copies on its disk.
        var elsewhere = self.tool(["TAPEDECK_CACHE": place.path("other-cache")], endpoint: proxy.address)
        let before = proxy.requests.count
        let cold = try elsewhere("search", "calls", "--store", store)
        #expect(cold.status == 0, "\(cold.errors)")
        // Two of them ask whether workers have a plan.
        #expect(proxy.requests.count - before <= objects + 7, told(Array(proxy.requests.dropFirst(before))))
        elsewhere.environment["TAPEDECK_CACHE"] = place.path("other-cache")
        let warmBefore = proxy.requests.count
        #expect(try elsewhere("search", "puts", "--store", store).output.isEmpty == false)
        #expect(proxy.requests.count - warmBefore <= 4, told(Array(proxy.requests.dropFirst(warmBefore))))
    }

    @Test func anOutageIsNotReportedAsDamage() async throws {
        let store = address + "/store"
        #expect(try tool()("generate", "--source", "market", "--store", store).status == 0)
        let before = try await contents(of: "store")
        let away = try FaultProxy(to: server.endpoint) { request in
            request.method != "PUT" && request.path.contains("batch_0.h5")
                ? .answer(503, "<Error><Code>SlowDown</Code></Error>", fields: ["Retry-After": "0"]) : .none
        }
        for arguments in [["verify"], ["verify", "--repair"]] {
            let outcome = try tool(endpoint: away.address)(arguments + ["--store", store])
            #expect(outcome.status == 3, "\(outcome.output) \(outcome.errors)")
            #expect(outcome.output.contains("could not be read: financial-embeddings/year_2014/batch_0.h5"), "\(outcome.output)")
            #expect(!outcome.output.contains("damaged:"), "\(outcome.output)")
        }
        let forbidden = try FaultProxy(to: server.endpoint) { request in
            request.method == "PUT" || request.method == "DELETE" ? .none : .answer(403, "<Error><Code>AccessDenied</Code></Error>")
        }
        let outcome = try tool(endpoint: forbidden.address)("verify", "--store", store)
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(content(try await contents(of: "store")) == content(before))
    }
}
