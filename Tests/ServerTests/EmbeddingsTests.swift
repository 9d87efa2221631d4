import Foundation
import Tapedeck
import Testing
import TestSupport

/// `/v1/embeddings` as OpenAI's clients use it.
@Suite struct EmbeddingsTests {
    private static let running = Task { try await RunningServer() }

    let server: RunningServer

    init() async throws { server = try await Self.running.value }

    private func vectors(_ body: String) async throws -> [[Float]] {
        let answer = try await server.post("/v1/embeddings", body)
        #expect(answer.status == 200, "\(answer.text)")
        let data = try #require(answer.object["data"] as? [[String: Any]])
        #expect(data.map { $0["index"] as? Int } == Array(0..<data.count))
        return try data.map { try #require($0["embedding"] as? [Double]).map { Float($0) } }
    }

    @Test func vectorsAreTheEncodersOwn() async throws {
        let texts = ["deep in the money call option", "put", "stock at the money", "call"]
        let encoder = try #require(try await server.store.sentenceEncoders()["minilm"])
        let expected = try await encoder.encode(texts, as: .document)
        let list = try String(decoding: JSONEncoder().encode(texts), as: UTF8.self)
        let found = try await vectors(#"{"model": "minilm", "input": \#(list)}"#)
        #expect(found.flatMap(\.self) == expected)
        #expect(try await vectors(#"{"model": "minilm", "input": "put"}"#) == [found[1]])
        #expect(try await vectors(#"{"model": "Sentence-Transformers/all-MiniLM-L6-v2:document", "input": "put"}"#) == [found[1]])
    }

    @Test func base64HoldsTheSameFloats() async throws {
        let floats = try await vectors(#"{"model": "bge-base", "input": ["put", "call"], "encoding_format": "float"}"#)
        let answer = try await server.post("/v1/embeddings", #"{"model": "bge-base", "input": ["put", "call"], "encoding_format": "base64"}"#)
        let data = try #require(answer.object["data"] as? [[String: Any]])
        for (one, floats) in zip(data, floats) {
            let text = try #require(one["embedding"] as? String)
            let bytes = try #require(Data(base64Encoded: text))
            let decoded = bytes.withUnsafeBytes { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) } }
            #expect(decoded == floats)
        }
    }

    @Test func rolesHavePrefixes() async throws {
        let document = try await vectors(#"{"model": "bge-base:document", "input": "put"}"#)
        let query = try await vectors(#"{"model": "bge-base:query", "input": "put"}"#)
        #expect(document != query)
        #expect(try await vectors(#"{"model": "bge-base", "input": "put"}"#) == document)
        #expect(try await vectors(#"{"model": "BAAI/bge-base-en-v1.5", "input": "put", "input_type": "query"}"#) == query)
    }

    @Test func tokensAreTexts() async throws {
        let encoder = try #require(try await server.store.sentenceEncoders()["minilm"])
        let ids = encoder.tokens(of: ["put option"], as: .document, limit: 64).ids.dropFirst().dropLast()
        let text = try await vectors(#"{"model": "minilm", "input": "put option"}"#)
        #expect(try await vectors(#"{"model": "minilm", "input": \#(Array(ids))}"#) == text)
        #expect(try await vectors(#"{"model": "minilm", "input": [\#(Array(ids))]}"#) == text)
    }

    /// The first numbers of a whole vector, normalised again.
    @Test func vectorsOfNomicMayBeCut() async throws {
        let folder = try TemporaryFolder()
        let server = try await RunningServer(try await RunningServer.makeStore(in: folder, models: ["nomic"]))
        func vectors(_ more: String) async throws -> [[Float]] {
            let answer = try await server.post("/v1/embeddings", #"{"model": "nomic:query", "input": ["deep in the money call", "put"]\#(more)}"#)
            #expect(answer.status == 200, "\(answer.text)")
            let data = try #require(answer.object["data"] as? [[String: Any]])
            return try data.map { try #require($0["embedding"] as? [Double]).map { Float($0) } }
        }
        let whole = try await vectors("")
        #expect(try await vectors(#", "dimensions": 64"#) == whole && whole[0].count == 64)
        for width in [1, 16, 63] {
            for (cut, whole) in zip(try await vectors(#", "dimensions": \#(width)"#), whole) {
                let norm = whole.prefix(width).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
                #expect(cut.count == width)
                for (left, right) in zip(cut, whole) { #expect(abs(Double(left) - Double(right) / norm) < 1e-6) }
            }
        }
        for width in ["0", "65", "1.5", #""16""#] {
            let answer = try await server.post("/v1/embeddings", #"{"model": "nomic", "input": "put", "dimensions": \#(width)}"#)
            #expect(answer.status == 400 && (answer.object["error"] as? [String: Any])?["param"] as? String == "dimensions", "\(answer.text)")
        }
    }

    @Test func usageCountsTokens() async throws {
        let answer = try await server.post("/v1/embeddings", #"{"model": "minilm", "input": ["put", "put option"]}"#)
        let usage = try #require(answer.object["usage"] as? [String: Int])
        #expect(usage == ["prompt_tokens": 7, "total_tokens": 7])
        #expect(answer.object["object"] as? String == "list" && answer.object["model"] as? String == "minilm")
        #expect(answer.headers["openai-processing-ms"] != nil && answer.headers["x-request-id"] != nil)
    }

    @Test(arguments: [
        (#"{"model": "minilm", "input": ""}"#, 400, "input"), (#"{"model": "minilm", "input": []}"#, 400, "input"),
        (#"{"model": "minilm", "input": ["a", ""]}"#, 400, "input"), (#"{"model": "minilm", "input": ["a", 1]}"#, 400, "input"),
        (#"{"model": "minilm", "input": [[]]}"#, 400, "input"), (#"{"model": "minilm", "input": [999999]}"#, 400, "input"),
        (#"{"model": "minilm", "input": [-1]}"#, 400, "input"), (#"{"model": "minilm"}"#, 400, "input"), (#"{"input": "put"}"#, 400, "model"),
        (#"{"model": "gpt", "input": "put"}"#, 404, "model"), (#"{"model": "minilm:other", "input": "put"}"#, 404, "model"),
        (#"{"model": "minilm", "input": "put", "encoding_format": "hex"}"#, 400, "encoding_format"),
        (#"{"model": "minilm", "input": "put", "dimensions": 8}"#, 400, "dimensions"),
        (#"{"model": "minilm", "input": "put", "colour": 1}"#, 400, "colour"),
        (#"{"model": "minilm:query", "input": "put", "input_type": "document"}"#, 400, "input_type"),
    ])
    func wrongRequests(_ body: String, _ status: Int, _ member: String) async throws {
        let answer = try await server.post("/v1/embeddings", body)
        #expect(answer.status == status, "\(answer.text)")
        let error = try #require(answer.object["error"] as? [String: Any])
        #expect(error["param"] as? String == member && error["message"] is String && error["type"] as? String == "invalid_request_error")
        if status == 404 { #expect(error["code"] as? String == "model_not_found") }
    }

    @Test func longTextsAreCutOnRequestOnly() async throws {
        let long = String(repeating: "put ", count: 200)
        #expect(try await server.post("/v1/embeddings", #"{"model": "minilm", "input": "\#(long)"}"#).status == 400)
        let answer = try await server.post("/v1/embeddings", #"{"model": "minilm", "input": "\#(long)", "truncate": true}"#)
        #expect(answer.status == 200 && (answer.object["usage"] as? [String: Int])?["total_tokens"] == 64)
    }

    @Test func thousandsOfTexts() async throws {
        let texts = (0..<2048).map { "put \($0)" }
        let list = try String(decoding: JSONEncoder().encode(texts), as: UTF8.self)
        let found = try await vectors(#"{"model": "minilm", "input": \#(list)}"#)
        #expect(found.count == 2048)
        #expect(try await vectors(#"{"model": "minilm", "input": "put 1777"}"#) == [found[1777]])
        let more = try String(decoding: JSONEncoder().encode(texts + ["put"]), as: UTF8.self)
        #expect(try await server.post("/v1/embeddings", #"{"model": "minilm", "input": \#(more)}"#).status == 400)
    }

    @Test func manyCallersGetTheirOwnVectors() async throws {
        let expected = try await vectors(#"{"model": "minilm", "input": [\#((0..<48).map { "\"put \($0)\"" }.joined(separator: ", "))]}"#)
        let server = server
        let found = try await withThrowingTaskGroup(of: (Int, [Double]?).self) { group in
            for number in 0..<48 {
                group.addTask {
                    let answer = try await server.post("/v1/embeddings", #"{"model": "minilm", "input": "put \#(number)"}"#)
                    return (number, (answer.object["data"] as? [[String: Any]])?.first?["embedding"] as? [Double])
                }
            }
            return try await group.reduce(into: [Int: [Double]]()) { $0[$1.0] = $1.1 }
        }
        for number in 0..<48 { #expect(found[number]?.map { Float($0) } == expected[number]) }
    }
}
