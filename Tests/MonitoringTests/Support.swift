import Foundation
import Generation
import Monitoring

/// Times and states that tests begin with.
enum Sample {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)
    static let identity = RunIdentity(run: "20260921T141320000-4242", pid: 4242, host: "elsewhere")

    static func run(years: [Int] = [2013, 2014], bytes: Int = 1_000_000_000) throws -> GenerationRun {
        let years = years.map { #"{"year":\#($0),"files":250,"bytes":\#(bytes)}"# }.joined(separator: ",")
        return try JSONDecoder().decode(
            GenerationRun.self,
            from: Data(
                """
                {"source":"file:///data/market","store":"file:///data/store","models":{"minilm":"int8"},"template":"parts",
                "maxWorkers":2,"batchSize":1000000,"checkpointFrequency":1,"memoryLimit":2000000000,"years":[\(years)],
                "files":500,"bytes":2000000000}
                """.utf8))
    }

    static func progress(memory: Int = 412_000_000) throws -> PipelineProgress {
        try JSONDecoder().decode(
            PipelineProgress.self,
            from: Data(
                """
                {"seconds":{"read":60,"sort":10,"encode":20,"write":10},"filesInFlight":3,"batches":{"encode":1,"write":0},
                "memory":\(memory),"retries":2}
                """.utf8))
    }

    /// The state after these events, one every `spacing` seconds.
    static func state(_ events: [RunEvent], spacing: Double = 1) -> RunState {
        var state = RunState(identity: identity, start: start)
        for (index, event) in events.enumerated() {
            state.apply(EventRecord(time: start + Double(index) * spacing, identity: identity, event: event))
        }
        return state
    }

    /// A run in the middle of its second year.
    static func running() throws -> RunState {
        var events: [RunEvent] = [
            .started(run: try run()), .warning(text: "2013-07-04: no file of a trading day"),
            .yearStarted(year: 2013, files: 251, bytes: 1_000_000_000),
        ]
        for index in 0..<10 {
            events.append(.fileDone(key: "a\(index)", bytes: 100_000_000, rows: 1_000_000, quarantined: index == 3 ? 12 : 0))
        }
        events += [
            .encoded(model: "minilm", texts: 2310, seconds: 1.9), .batchStored(year: 2013, number: 0, rows: 10_000_000, descriptions: 100_000),
            .indexBuilt(model: "minilm", year: 2013, vectors: 90_000, seconds: 3.5), .yearDone(year: 2013),
            .yearStarted(year: 2014, files: 250, bytes: 1_000_000_000),
        ]
        for index in 0..<5 { events.append(.fileDone(key: "b\(index)", bytes: 100_000_000, rows: 1_000_000, quarantined: 0)) }
        events += [.fileStarted(key: "options-complete/2014-06-09options.csv"), .progress(stages: try progress())]
        return state(events, spacing: 3)
    }
}
