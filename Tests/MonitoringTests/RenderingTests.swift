import Foundation
import Monitoring
import Testing

struct RenderingTests {
    private func dashboard(_ state: RunState, columns: Int, rows: Int, life: RunState.Life = .alive) -> [String] {
        Dashboard.lines(state, life: life, now: state.lastSign + 1, columns: columns, rows: rows).map(\.text)
    }

    @Test func dashboardOfARunningRun() throws {
        #expect(
            dashboard(try Sample.running(), columns: 110, rows: 40) == [
                "Tapedeck  file:///data/store",
                "running for 1 min 12 s, last sign of life 1.0 s ago",
                "run 20260921T141320000-4242, process 4242 on elsewhere, from file:///data/market, template parts, 2 workers",
                "",
                "███████████████████████████░░░░░░░░░ 75 %  ETA 19 s – 33 s  1.5 GB of 2.0 GB",
                "15,000,000 rows  208,333 rows/s now  208,333 rows/s overall  100.0 rows/description",
                "",
                "2013 ████████████████████ 100 %  10 of 251 files  10,000,000 rows  100.0 rows/description  12 quarantined",
                "2014 ██████████░░░░░░░░░░  50 %  5 of 250 files  5,000,000 rows",
                "",
                "minilm int8  2,310 texts encoded  1,215 texts/s  1 index in 3.5 s",
                "",
                "time: read 60 %, sort 10 %, encode 20 %, write 10 %",
                "queues: 3 files in flight, batches: 1 to encode",
                "reading: options-complete/2014-06-09options.csv",
                "",
                "memory 412.0 MB, peak 412.0 MB of 2.0 GB  2 retries  12 rows quarantined  1 warning",
                "",
                "14:13:23  2013-07-04: no file of a trading day",
                "q closes this; the run continues",
            ])
    }

    @Test(arguments: [(60, 15), (80, 24), (40, 10), (200, 60), (20, 5), (1, 1), (10, 3)])
    func dashboardFitsTheScreen(_ size: (Int, Int)) throws {
        var state = try Sample.running()
        for year in 2015..<2026 {
            state.apply(
                EventRecord(time: state.lastSign, identity: Sample.identity, event: .yearStarted(year: year, files: 250, bytes: 1_000_000_000)))
        }
        state.apply(EventRecord(time: state.lastSign, identity: Sample.identity, event: .warning(text: String(repeating: "long ", count: 100))))
        let lines = dashboard(state, columns: size.0, rows: size.1)
        #expect(lines.count <= size.1)
        #expect(lines.allSatisfy { $0.count <= size.0 })
        // The current year stays visible if there is space for any year.
        if size.1 >= 10 { #expect(lines.contains { $0.hasPrefix("2025") }) }
    }

    @Test func theOutcomeOfARunIsReported() throws {
        var state = try Sample.running()
        #expect(dashboard(state, columns: 120, rows: 30, life: .dead)[1].contains("dead: its process is gone"))
        #expect(dashboard(state, columns: 120, rows: 30, life: .silent)[1].contains("no sign of life"))
        state.apply(EventRecord(time: state.lastSign, identity: Sample.identity, event: .ended(outcome: .failed, message: "the disk is full")))
        #expect(dashboard(state, columns: 120, rows: 30, life: .ended)[1].contains("failed after 1 min 12 s, 1.0 s ago: the disk is full"))
    }

    @Test func lineOfProgress() throws {
        let state = try Sample.running()
        #expect(
            ProgressLine.text(state, width: 200)
                == "2014 ███████████████░░░░░ 75 %  ETA 19 s – 33 s  15,000,000 rows  208,333 rows/s  2,310 texts encoded  100.0 rows/description  12 quarantined"
        )
        for width in 30..<120 { #expect(ProgressLine.text(state, width: width).count <= width) }
    }

    @Test func reportEscapesQuotedText() {
        var document = ReportDocument(title: "a <b>")
        document.blocks = [.table(header: ["x", " y"], rows: [["<script>", " 1|2"]]), .list(["a & b"])]
        #expect(document.html.contains("&lt;script&gt;") && !document.html.contains("<script>") && document.html.contains("a &amp; b"))
        #expect(document.markdown.contains("| &lt;script> | 1\\|2 |"))
        #expect(document.markdown.contains("|---|---:|"))
    }

    @Test func plotsShowTheirPoints() {
        let plot = LinePlot(title: "Rows", points: (0...60).map { (at: Double($0), value: Double($0)) }) { "\(Int($0))" }
        #expect(plot.text.hasPrefix("Rows, at most 60, over 1 min 0 s\n"))
        #expect(plot.text.hasSuffix("█") && plot.text.contains("▁▁"))
        let svg = plot.svg { $0 }
        #expect(svg.hasPrefix("<svg") && svg.contains("points=\"0.0,156.0 12.0,153.8"))
    }
}
