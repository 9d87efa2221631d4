import Foundation
import StrictJSON
import Tapedeck
import TestSupport
import Testing

/// Responses to callers: the library's JSON, or problem details.
@Suite struct APITests {
    private static let running = Task { try await RunningServer() }

    let server: RunningServer

    init() async throws { server = try await Self.running.value }

    private func withoutTime(_ bytes: [UInt8]) throws -> JSONValue {
        guard case .object(var members) = try JSONValue(parsing: bytes) else { return .null }
        members["elapsed_ms"] = nil
        if case .array(let models)? = members["models"] {
            members["models"] = .array(
                models.map { model in
                    guard case .object(var own) = model else { return model }
                    own["elapsed_ms"] = nil
                    return .object(own)
                })
        }
        return .object(members)
    }

    /// The last day with option quotes, and a contract that was quoted on it.
    private func reference() async throws -> (day: String, contract: String) {
        var request = SearchRequest(question: "SIMA calls", k: 1)
        request.isStrict = true
        let result = try #require(try await server.store.search(request).results.first)
        return (result.quoteDate.description, try #require(result.contract))
    }

    @Test func searchIsTheFacadesJSON() async throws {
        let answer = try await server.post("/v1/search", #"{"question": "SIMA calls with volume over 5", "k": 4}"#)
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
        var request = SearchRequest(question: "SIMA calls with volume over 5", k: 4)
        request.countsMatches = true
        let expected = try JSONText.encode(try await server.store.search(request))
        #expect(try withoutTime(answer.body) == withoutTime(expected))
    }

    @Test func everyAnalysisIsTheFacadesJSON() async throws {
        let (day, contract) = try await reference()
        let bodies = [
            "explain": #"{"question": "SIMA calls"}"#, "similar": #"{"contract": "\#(contract)", "date": "\#(day)", "k": 3}"#,
            "evolution": #"{"question": "calls", "start_year": 2000, "end_year": 2030}"#, "compare": #"{"question": "puts", "k": 3}"#,
            "outcomes": #"{"question": "calls", "horizons": [1, 2]}"#, "arbitrage": #"{"date": "\#(day)"}"#,
            "screen": #"{"strategy": "vertical", "date": "\#(day)"}"#, "flow": #"{"date": "\#(day)", "min_volume": 1}"#,
            "risk": #"{"positions": [{"contract": "\#(contract)", "quantity": -2}], "date": "\#(day)"}"#, "measures": #"{"symbol": "SIMA"}"#,
        ]
        func ask<Request: StoreRequest>(_ type: Request.Type, _ body: String) async throws -> [UInt8] {
            let request = try RequestReader.read(type, from: try JSONValue(parsing: Array(body.utf8)))
            return try JSONText.encode(try await request.answer(from: server.store))
        }
        for (name, body) in bodies {
            let answer = try await server.post("/v1/\(name)", body)
            #expect(answer.status == 200, "\(name): \(answer.text)")
            let expected =
                switch name {
                case "explain": try await ask(ExplainRequest.self, body)
                case "similar": try await ask(SimilarRequest.self, body)
                case "evolution": try await ask(EvolutionRequest.self, body)
                case "compare": try await ask(ComparisonRequest.self, body)
                case "outcomes": try await ask(OutcomesRequest.self, body)
                case "arbitrage": try await ask(ArbitrageRequest.self, body)
                case "screen": try await ask(ScreenRequest.self, body)
                case "flow": try await ask(FlowRequest.self, body)
                case "risk": try await ask(RiskRequest.self, body)
                default: try await ask(MeasuresRequest.self, body)
                }
            #expect(try withoutTime(answer.body) == withoutTime(expected), "\(name)")
        }
    }

    @Test(arguments: [
        ("search", #"{"question": "calls", "k": 0}"#, 400, "'k'"), ("search", #"{"question": " "}"#, 400, "'question'"),
        ("search", #"{"question": "calls", "K": 3}"#, 400, "'K'"), ("search", "{", 400, "JSON"), ("search", "[]", 400, "object"),
        ("search", #"{"question": "a", "question": "b"}"#, 400, "second member"),
        ("search", #"{"question": "calls", "order": "colour"}"#, 400, "colour"),
        ("search", #"{"question": "calls", "models": ["nomic"]}"#, 404, "minilm"),
        ("search", #"{"question": "calls", "years": [1999]}"#, 404, "1999"),
        ("compare", #"{"question": "calls", "models": ["nomic"]}"#, 404, "minilm"),
        ("regimes", #"{"model": "minilm"}"#, 422, "'symbol'"),
        ("arbitrage", #"{"date": "2013-12-29"}"#, 404, "nearest"), ("arbitrage", #"{"date": "29.12.2013"}"#, 400, "'date'"),
        ("regimes", #"{"symbol": "NONE"}"#, 404, "NONE"), ("regimes", #"{"symbol": "SIMA"}"#, 422, "days"),
        ("screen", #"{"strategy": "butterfly", "date": "2014-01-02"}"#, 400, "'strategy'"),
        ("similar", #"{"contract": "ABC", "date": "2014-01-02"}"#, 400, "'contract'"),
        ("risk", #"{"positions": [{"contract": "SIMA", "quantity": 0}], "date": "2014-01-02"}"#, 400, "quantity"),
    ])
    func wrongRequestsSayWhatIsWrong(_ name: String, _ body: String, _ status: Int, _ word: String) async throws {
        let answer = try await server.post("/v1/\(name)", body)
        #expect(answer.status == status, "\(answer.text)")
        #expect(answer.headers["content-type"] == "application/problem+json")
        let problem = answer.object
        #expect(problem["status"] as? Int == status && problem["code"] is String && problem["title"] is String)
        #expect((problem["detail"] as? String)?.contains(word) == true, "\(answer.text)")
        #expect(problem["request_id"] as? String == answer.headers["x-request-id"])
        let folder = try await RunningServer.folder
        #expect(!answer.text.contains(folder))
    }

    @Test func pathsAndMethods() async throws {
        #expect(try await server.get("/nothing").status == 404)
        #expect(try await server.get("/../../etc/passwd").status == 404)
        #expect(try await server.get("/assets/..%2f..%2fetc%2fpasswd").status == 404)
        #expect(try await server.get("/%00").status == 404)
        let wrong = try await server.get("/v1/search")
        #expect(wrong.status == 405 && wrong.headers["allow"] == "POST")
        #expect(try await server.post("/healthz", "{}").status == 405)
        let head = try await server.send("HEAD /openapi.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(head.status == 200)
        #expect(try await server.post("/v1/search", #"{"question": "calls"}"#, ["Content-Type: text/plain"]).status == 415)
    }

    @Test func theStoreIsDescribedWithoutPaths() async throws {
        let folder = try await RunningServer.folder
        let answer = try await server.get("/v1/store")
        #expect(answer.status == 200 && answer.object["symbols"] as? [String] == ["SIMA", "SIMB", "SIMC"])
        #expect(!answer.text.contains(folder))
        let runs = try await server.get("/v1/runs")
        #expect(runs.status == 200 && !runs.text.contains(folder))
        #expect((runs.object["results"] as? [[String: Any]])?.first?["state"] as? String == "finished")
    }

    @Test func aFinishedRunIsFollowedToItsEnd() async throws {
        let socket = try RawSocket(port: server.port)
        await socket.write(Array("GET /v1/runs/latest/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
        let answer = await socket.answer()
        #expect(answer.status == 200 && answer.headers["content-type"] == "text/event-stream")
        #expect(try await server.get("/v1/runs/none/events").status == 404)
    }

    @Test func pagesMakeUpTheWhole() async throws {
        func rows(_ body: String) async throws -> (lines: [String], next: String?) {
            let answer = try await server.post("/v1/search", body)
            #expect(answer.status == 200, "\(answer.text)")
            let results = try #require(answer.object["results"] as? [[String: Any]])
            let lines = results.map { row in
                let source = row["source"] as? [String: Any]
                return "\(source?["key"] ?? "") \(source?["line"] ?? "")"
            }
            return (lines, answer.object["next_cursor"] as? String)
        }
        let whole = try await rows(#"{"question": "calls", "k": 50}"#)
        #expect(whole.lines.count == 50 && whole.next == nil)
        var pages: [String] = []
        var page = try await rows(#"{"question": "calls", "k": 50, "page_size": 20}"#)
        while true {
            pages += page.lines
            guard let next = page.next else { break }
            page = try await rows(#"{"question": "calls", "k": 50, "page_size": 20, "cursor": "\#(next)"}"#)
        }
        #expect(pages == whole.lines)
        #expect(try await server.post("/v1/search", #"{"question": "calls", "cursor": "20"}"#).status == 422)
        #expect(try await server.post("/v1/search", #"{"question": "calls", "page_size": 5, "cursor": "zero"}"#).status == 422)
    }

    @Test func theQuestionsOwnCountIsPaginated() async throws {
        let first = try await server.post("/v1/search", #"{"question": "top 5 calls by volume", "page_size": 3}"#)
        let cursor = try #require(first.object["next_cursor"] as? String)
        let last = try await server.post("/v1/search", #"{"question": "top 5 calls by volume", "page_size": 3, "cursor": "\#(cursor)"}"#)
        #expect((last.object["results"] as? [Any])?.count == 2 && last.object["next_cursor"] == nil, "\(last.text)")
    }

    @Test func askSearchesWithTheModelsNamed() async throws {
        let answer = try await server.post("/v1/ask", #"{"question": "SIMA calls", "k": 3, "models": ["bge-base"]}"#)
        let rows = try #require((answer.object["answer"] as? [String: Any])?["results"] as? [[String: Any]])
        #expect(rows.count == 3 && rows.allSatisfy { ($0["similarities"] as? [String: Any])?.keys.sorted() == ["bge-base"] }, "\(answer.text)")
        // Also where the analysis uses no model.
        for question in ["SIMA calls", "regimes of SIMA"] {
            let unknown = try await server.post("/v1/ask", #"{"question": "\#(question)", "models": ["nomic"]}"#)
            #expect(unknown.status == 404 && unknown.text.contains("minilm"), "\(unknown.text)")
        }
    }

    /// An operation gives CSV if and only if the OpenAPI document offers it.
    @Test func formatsAreThoseOfTheDescription() async throws {
        let (day, contract) = try await reference()
        let bodies = [
            "search": #"{"question": "calls"}"#, "ask": #"{"question": "calls"}"#, "explain": #"{"question": "calls"}"#,
            "similar": #"{"contract": "\#(contract)", "date": "\#(day)"}"#,
            "evolution": #"{"question": "calls", "start_year": 2000, "end_year": 2030}"#,
            "compare": #"{"question": "puts"}"#, "outcomes": #"{"question": "calls"}"#, "arbitrage": #"{"date": "\#(day)"}"#,
            "screen": #"{"strategy": "vertical", "date": "\#(day)"}"#, "flow": #"{"date": "\#(day)"}"#,
            "measures": #"{"symbol": "SIMA"}"#,
            "risk": #"{"positions": [{"contract": "\#(contract)", "quantity": -2}], "date": "\#(day)"}"#,
        ]
        let paths = try #require(try await server.get("/openapi.json").object["paths"] as? [String: [String: [String: Any]]])
        for (name, body) in bodies {
            let responses = try #require(paths["/v1/\(name)"]?["post"]?["responses"] as? [String: [String: Any]])
            let isOffered = (responses["200"]?["content"] as? [String: Any])?["text/csv"] != nil
            let answer = try await server.post("/v1/\(name)", body, ["Content-Type: application/json", "Accept: text/csv"])
            #expect(answer.status == (isOffered ? 200 : 406), "\(name): \(answer.text)")
        }
    }

    @Test func rowsAsCSV() async throws {
        let answer = try await server.post(
            "/v1/search", #"{"question": "SIMA calls", "k": 3}"#, ["Content-Type: application/json", "Accept: text/csv"])
        #expect(answer.status == 200 && answer.headers["content-type"] == "text/csv; charset=utf-8")
        let lines = answer.text.split(separator: "\r\n")
        #expect(lines.count == 4 && lines[0].contains("contract") && lines[1].contains("SIMA"))
        #expect(
            try await server.post("/v1/explain", #"{"question": "calls"}"#, ["Content-Type: application/json", "Accept: text/csv"]).status == 406)
    }

    @Test func rowsAsParquet() async throws {
        let headers = ["Content-Type: application/json", "Accept: application/vnd.apache.parquet"]
        let answer = try await server.post("/v1/search", #"{"question": "SIMA calls", "k": 3}"#, headers)
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/vnd.apache.parquet")
        #expect(answer.body.starts(with: Array("PAR1".utf8)) && answer.body.suffix(4) == Array("PAR1".utf8)[...])
        #expect(try await server.post("/v1/explain", #"{"question": "calls"}"#, headers).status == 406)
        // The values equal those in JSON, if there is a Python to read them.
        guard let python = Python(with: "pyarrow") else { return }
        let folder = try TemporaryFolder()
        let file = try folder.write(Array(answer.body), to: "rows.parquet")
        let json = try await server.post("/v1/search", #"{"question": "SIMA calls", "k": 3}"#)
        let output = try python.run(
            """
            import sys, json, datetime, pyarrow.parquet as pq
            rows, table = json.load(sys.stdin)["results"], pq.read_table(sys.argv[1])
            assert table.column_names == sorted({name for row in rows for name in row})
            for found, row in zip(table.to_pylist(), rows, strict=True):
                for name, value in row.items():
                    if isinstance(value, (list, dict)): assert json.loads(found[name]) == value, name
                    elif isinstance(found[name], datetime.date): assert found[name].isoformat() == value, name
                    else: assert found[name] == value, (name, found[name], value)
            print(table.schema.field("quote_date").type, table.schema.field("strike").type, table.schema.field("volume").type)
            """, file, input: json.text)
        #expect(output == "date32[day] double double\n")
        // A table without rows is still a table.
        let empty = try await server.post("/v1/search", #"{"question": "calls", "as_of": "1999-01-04"}"#, headers)
        #expect(empty.status == 200 && empty.body.starts(with: Array("PAR1".utf8)))
    }

    @Test func theDescriptionNamesEveryPath() async throws {
        let document = try await server.get("/openapi.json").object
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: Any])
        #expect(
            Set(paths.keys).isSuperset(of: ["/v1/search", "/v1/embeddings", "/v1/risk", "/v1/runs/{id}/events", "/v1/backtests/{id}", "/metrics"]))
    }

    @Test func pagesLoadNothingFromElsewhere() async throws {
        for path in ["/", "/ask", "/arbitrage", "/flow", "/regimes", "/evolution", "/risk", "/compare", "/outcomes", "/backtests", "/generation"] {
            let page = try await server.get(path)
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.headers["content-security-policy"]?.contains("script-src 'self'") == true)
            #expect(!page.text.contains("http://") && !page.text.contains("https://"))
            var bytes = page.body.count
            for match in page.text.matches(of: #/(?:src|href)="(/assets/[^"]+)"/#) {
                let asset = try await server.get(String(match.output.1))
                #expect(asset.status == 200)
                bytes += asset.body.count
            }
            #expect(bytes < 200_000)
        }
        let first = try await server.get("/assets/shared.js")
        let etag = try #require(first.headers["etag"])
        #expect(try await server.get("/assets/shared.js", ["If-None-Match: \(etag)"]).status == 304)
    }

    @Test func metricsCountRequests() async throws {
        _ = try await server.post("/v1/explain", #"{"question": "calls"}"#)
        let text = try await server.get("/metrics").text
        #expect(text.contains("tapedeck_server_ready 1"))
        #expect(text.contains("tapedeck_server_requests_total{path=\"/v1/explain\",status=\"200\"}"))
        #expect(text.contains("tapedeck_server_request_seconds_bucket{path=\"/v1/explain\",le=\"+Inf\"}"))
    }
}
