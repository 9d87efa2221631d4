import Foundation
import Testing

/// Monitoring of a run while it is active and afterwards: event log, `monitor`, `status`, metrics.
struct MonitorTests {
    @Test func finishedRunIsShown() throws {
        let place = try Workplace()
        let live = try place.tool("monitor", "--store", "store")
        #expect(live.status == 0, "\(live.errors)")
        #expect(live.output.contains("100 %") && live.output.contains("finished in"))
        #expect(!live.output.contains("\u{1B}") && live.errors.isEmpty)
        let status = try place.tool("status", "--store", "store")
        #expect(status.output.contains("complete") && status.output.contains("finished in"))
        let json = try place.tool("status", "--store", "store", "--json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let run = try #require(object["run"] as? [String: Any])
        #expect(run["state"] as? String == "finished" && run["is_at_work"] as? Bool == false)
        #expect(run["rows"] as? Int == object["rows"] as? Int)
    }

    @Test func reportIsMarkdownAndHTML() throws {
        let place = try Workplace()
        let markdown = try place.tool("monitor", "report", "--store", "store")
        #expect(markdown.status == 0, "\(markdown.errors)")
        #expect(markdown.output.hasPrefix("# Tapedeck: file://") && markdown.output.contains("| 2014 | complete |"))
        let file = try place.tool("monitor", "report", "--store", "store", "--output", "report.html")
        #expect(file.status == 0 && file.output.isEmpty, "\(file.errors)")
        let html = String(decoding: try Data(contentsOf: URL(fileURLWithPath: place.path("report.html"))), as: UTF8.self)
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("<td>complete</td>"))
        expectFailure(try place.tool("monitor", "report", "--store", "store", "--output", "no/where.md"), naming: "no/where.md")
        expectFailure(try place.tool("monitor", "report", "--store", "store", "--output", "report.pdf"), status: 2, naming: "report.pdf")
    }

    @Test func missingObjectIsInTheReport() throws {
        let place = try Workplace()
        try FileManager.default.removeItem(atPath: place.path("store/financial-embeddings/year_2014/batch_0.h5"))
        let outcome = try place.tool("monitor", "report", "--store", "store")
        #expect(outcome.output.contains("missing: financial-embeddings/year_2014/batch_0.h5"), "\(outcome.errors)")
    }

    @Test func failedRunSaysWhyAndEndsWithOne() throws {
        let place = try Workplace(store: false)
        let day = try #require(try place.optionFiles().first)
        try Data("no,header\n".utf8).write(to: URL(fileURLWithPath: place.path(day)))
        #expect(try place.tool("generate", "--source", "market", "--store", "store").status == 1)
        let live = try place.tool("monitor", "live", "--store", "store")
        #expect(live.status == 1)
        #expect(live.output.contains("failed after") && live.output.contains("1 file cannot be used"))
    }

    @Test func aKilledRunIsDistinguishedFromASlowOne() throws {
        let place = try Workplace(store: false)
        let process = try place.startHeldRun()
        let running = try place.tool("status", "--store", "store", "--json")
        #expect(running.output.contains("\"is_at_work\" : true"), "\(running.errors)")
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let live = try place.tool("monitor", "live", "--store", "store")
        #expect(live.status == 1)
        #expect(live.output.contains("dead: its process is gone"))
        #expect(try place.tool("stop", "--store", "store").output.contains("No run is active"))
    }

    @Test(arguments: ["monitor", "monitor live", "monitor report", "monitor serve", "stop"])
    func storeThatIsNotThere(_ command: String) throws {
        expectFailure(try Workplace(store: false).tool.shell("\"$TAPEDECK\" \(command) --store none"), naming: "none", "no such folder")
    }

    @Test func storeWithoutARun() throws {
        let place = try Workplace()
        try FileManager.default.removeItem(atPath: place.path("store/financial-embeddings/events"))
        expectFailure(try place.tool("monitor", "--store", "store"), naming: "no run has been recorded", "tapedeck generate")
        #expect(try place.tool("status", "--store", "store").output.contains("complete"))
        #expect(try place.tool("monitor", "report", "--store", "store").output.contains("| 2014 | complete |"))
    }

    @Test func eventsFollowTheRunInAFile() throws {
        let place = try Workplace(store: false)
        let outcome = try place.tool("generate", "--source", "market", "--store", "store", "--events", "events.jsonl")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = String(decoding: try Data(contentsOf: URL(fileURLWithPath: place.path("events.jsonl"))), as: UTF8.self).split(separator: "\n")
        var names: [String: Int] = [:]
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            for name in try #require(object["event"] as? [String: Any]).keys { names[name, default: 0] += 1 }
        }
        #expect(names["started"] == 1 && names["ended"] == 1)
        #expect(names["fileStarted"] == names["fileRead"] && names["fileStarted"] ?? 0 > 0)
        expectFailure(
            try place.tool("generate", "--source", "market", "--store", "store", "--events", "no/where"), naming: "no/where", "--events")
    }

    @Test func metricsAreServedDuringARunAndFromTheStore() throws {
        let place = try Workplace(store: false)
        let port = try place.freePort()
        let process = try place.startHeldRun(["--metrics-port", String(port)])
        defer { kill(process.processIdentifier, SIGKILL) }
        let answer = try place.tool.shell("curl -sf --retry 20 --retry-connrefused --retry-delay 1 -i http://127.0.0.1:\(port)/metrics")
        #expect(answer.output.contains("200 OK") && answer.output.contains("text/plain; version=0.0.4"), "\(answer.errors)")
        #expect(answer.output.contains("\ntapedeck_up 1") && answer.output.contains("tapedeck_rows_total"))
        let taken = try place.tool("monitor", "serve", "--store", "store", "--port", String(port))
        expectFailure(taken, naming: "127.0.0.1:\(port)", "choose another port")
        let other = try place.freePort()
        let server = try place.tool.start(["monitor", "serve", "--store", "store", "--port", String(other)], messages: "serve")
        defer { server.terminate() }
        let served = try place.tool.shell("curl -sf --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:\(other)/metrics")
        #expect(served.output.contains("\ntapedeck_run_info{run="), "\(served.errors)")
    }
}
