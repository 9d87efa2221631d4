import Foundation
import Testing
import TestSupport

/// Reports of backtests in a folder.
@Suite struct BacktestReportTests {
    private static let report = """
        {"rules": "own", "simulated": true, "trades": [{"date": "2024-01-02", "positions": [{"ticker": "AAA"}]}, {"date": "2024-01-03", "positions": []}],
        "equity": [{"date": "2024-01-02", "value": 100}, {"date": "2024-01-04", "value": 101}],
        "metrics": {"total_return": 0.01, "sharpe": 1.5, "max_drawdown": -0.02, "capacity": null},
        "certificate": {"passed": true, "checked_days": ["2024-01-02"], "failures": ["2024-01-02: /home/user/private/cache.h5 differs"]},
        "settings": {"data": "/home/user/private/features.h5", "model": "/home/user/private/a.pt,/home/user/private/b.pt",
        "embeddings_cache": "/home/user/private/cache.h5", "top_k": "5"},
        "warnings": ["/home/user/private/a.pt: its confidence head was never trained"]}
        """

    private func server(_ folder: TemporaryFolder) async throws -> RunningServer {
        let path = folder.path
        return try await RunningServer { $0.backtests = path }
    }

    @Test func reportsAreListedAndGiven() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.report, to: "first run.json")
        try folder.write(
            #"{"rules": "original", "trades": [], "equity": [], "metrics": {"total_return_pct": 12.5, "sharpe_ratio": 2}, "settings": {}, "certificate": {"passed": false, "reason": "none"}}"#,
            to: "old.json")
        try folder.write(#"{"rows": []}"#, to: "sweep.json")
        try folder.write("{", to: "broken.json")
        try folder.write(Self.report, to: "note.txt")
        let server = try await server(folder)
        let answer = try await server.get("/v1/backtests")
        #expect(answer.status == 200 && answer.object["has_folder"] as? Bool == true, "\(answer.text)")
        let rows = try #require(answer.object["results"] as? [[String: Any]])
        let first = try #require(rows.first { $0["id"] as? String == "first run" })
        #expect(rows.count == 2 && first["trades"] as? Int == 2 && first["first_day"] as? String == "2024-01-02")
        #expect(first["certificate_passed"] as? Bool == true && first["simulated"] as? Bool == true)
        let old = try #require(rows.first { $0["id"] as? String == "old" })
        #expect(old["total_return"] as? Double == 0.125 && old["sharpe"] as? Double == 2 && old["certificate_passed"] == nil)
        #expect((answer.object["not_read"] as? [String: String])?.keys.sorted() == ["broken.json", "sweep.json"])

        let report = try await server.get("/v1/backtests/first%20run")
        #expect(report.status == 200 && (report.object["trades"] as? [Any])?.count == 2)
        // The page names no folder of the machine that wrote it.
        #expect(!report.text.contains("/home") && report.text.contains("a.pt,b.pt") && report.text.contains("a.pt: its confidence"))
        let trades = try await server.get("/v1/backtests/first%20run", ["Accept: text/csv"])
        #expect(trades.status == 200 && trades.text.split(separator: "\r\n").count == 3, "\(trades.text)")
        #expect(try await server.get("/v1/backtests", ["Accept: text/csv"]).text.hasPrefix("certificate_passed,"))

        // A new report appears without a restart.
        try folder.write(Self.report, to: "second.json")
        #expect((try await server.get("/v1/backtests").object["results"] as? [Any])?.count == 3)
    }

    @Test(arguments: ["none", "..%2Fsecret", "..", "note", "%00", "%2Fetc%2Fpasswd", "sub%2Finner", "sub/inner"])
    func otherFilesAreNotGiven(_ name: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.report, to: "reports/one.json")
        try folder.write(Self.report, to: "secret.json")
        try folder.write(Self.report, to: "reports/sub/inner.json")
        try folder.write(Self.report, to: "reports/note.txt")
        let path = folder.file("reports")
        let server = try await RunningServer { $0.backtests = path }
        #expect(try await server.get("/v1/backtests/\(name)").status == 404)
        #expect(try await server.get("/v1/backtests/one").status == 200)
    }

    @Test func aServerWithoutAFolderSaysSo() async throws {
        let answer = try await RunningServer().get("/v1/backtests")
        #expect(answer.status == 200 && answer.object["has_folder"] as? Bool == false && (answer.object["results"] as? [Any])?.isEmpty == true)
        await #expect(throws: (any Error).self) { try await RunningServer { $0.backtests = "/no/such/folder" } }
    }
}
