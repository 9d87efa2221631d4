import Foundation
import Monitoring
import TestSupport
import Testing

struct MetricsTests {
    @Test func samplesAreThoseOfTheState() throws {
        let lines = Metrics.text(try Sample.running(), life: .alive).split(separator: "\n").map(String.init)
        for line in [
            "tapedeck_up 1", "tapedeck_rows_total 15000000", "tapedeck_quarantined_rows_total 12",
            "tapedeck_texts_encoded_total{model=\"minilm\"} 2310",
            "tapedeck_encode_seconds_total{model=\"minilm\"} 1.9", "tapedeck_year_progress_ratio{year=\"2014\"} 0.5",
            "tapedeck_memory_bytes 412000000", "tapedeck_stage_seconds_total{stage=\"read\"} 60", "tapedeck_batches_waiting{stage=\"encode\"} 1",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    /// The rules of the format: HELP and TYPE before a metric's samples, each once, names of the right form, a number at the end.
    @Test func textKeepsTheFormat() throws {
        var state = try Sample.running()
        state.identity.host = "a\"b\\c\nd"
        let text = Metrics.text(state, life: .silent)
        #expect(text.hasSuffix("\n"))
        #expect(text.contains(#"host="a\"b\\c\nd""#))
        var typed: Set<Substring> = []
        var current: Substring = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                current = words[2]
                #expect(typed.insert(current).inserted)
                #expect(["counter", "gauge"].contains(words[3]))
                #expect((words[3] == "counter") == current.hasSuffix("_total"))
            } else if line.hasPrefix("# HELP ") {
                #expect(words.count > 3)
            } else {
                let sample = try #require(
                    try /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? (\S+)/.wholeMatch(in: line))
                #expect(sample.1 == current)
                #expect(Double(sample.3) != nil)
            }
        }
        #expect(typed.count > 15)
    }

    /// Prometheus' own parser reads the same samples.
    @Test(.enabled(if: Machine.hasPython(with: "prometheus_client"), "\(Machine.pythonIsMissing)"))
    func textIsReadByPrometheus() throws {
        let python = try #require(Python(with: "prometheus_client"))
        var state = try Sample.running()
        state.identity.host = "a\"b\\c\nd"
        let text = Metrics.text(state, life: .alive)
        let program = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families
            for family in text_string_to_metric_families(sys.stdin.read()):
                for sample in family.samples:
                    if sample.name == "tapedeck_run_info": print(repr(sample.labels["host"]))
                    if sample.name == "tapedeck_year_rows_total": print(family.type, sample.labels["year"], int(sample.value))
            """
        #expect(try python.run(program, input: text) == "'a\"b\\\\c\\nd'\ncounter 2013 10000000\ncounter 2014 5000000\n")
    }

    @Test func noRunIsDown() {
        #expect(Metrics.text(nil, life: .ended).contains("\ntapedeck_up 0\n"))
    }
}
