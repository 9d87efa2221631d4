import Foundation
import Generation

/// Renders a run in Prometheus' text exposition format, version 0.0.4.
package enum Metrics {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private enum Kind: String { case counter, gauge }

    private struct Text {
        var text = ""

        /// Adds a metric with one sample per set of labels; samples without a value are left out.
        mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double?)]) {
            let samples = samples.compactMap { sample in sample.value.map { (labels: sample.labels, value: $0) } }
            guard !samples.isEmpty else { return }
            text += "# HELP tapedeck_\(name) \(help)\n# TYPE tapedeck_\(name) \(kind.rawValue)\n"
            for sample in samples {
                let labels = sample.labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
                text += "tapedeck_\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
            }
        }

        mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
            add(name, kind, help, [(labels: [], value: value)])
        }

        private static func escaped(_ value: String) -> String {
            value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        }

        private static func number(_ value: Double) -> String {
            if value.isNaN { return "NaN" }
            if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
            return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
        }
    }

    /// - Parameters:
    ///   - state: the newest run; `nil` if there is none.
    ///   - work: what the workers of the store do; `nil` without a plan.
    package static func text(_ state: RunState?, life: RunState.Life, work: WorkStatus? = nil) -> String {
        var text = Text()
        if let work { add(work, to: &text) }
        text.add("up", .gauge, "Whether a run is active on the store.", state != nil && life == .alive ? 1 : 0)
        guard let state else { return text.text }
        let identity = state.identity
        text.add(
            "run_info", .gauge, "The run that the other metrics are of.",
            [
                (
                    labels: [
                        ("run", identity.run), ("host", identity.host), ("pid", "\(identity.pid)"), ("phase", state.phase.rawValue),
                        ("source", state.run?.source ?? ""), ("store", state.run?.store ?? ""), ("template", state.run?.template ?? ""),
                    ], value: 1
                )
            ])
        text.add("start_time_seconds", .gauge, "When the run began, in seconds since 1970.", state.start.timeIntervalSince1970)
        text.add("last_sign_time_seconds", .gauge, "Time of the last sign of life, in seconds since 1970.", state.lastSign.timeIntervalSince1970)
        text.add("input_bytes", .gauge, "Bytes of all inputs of the run.", Double(state.totalBytes))
        text.add("input_bytes_done", .gauge, "Bytes of inputs that are done, by this run or an earlier one.", Double(state.doneBytes))
        text.add(
            "eta_seconds", .gauge, "Seconds until all inputs are read: lowest and highest estimate.",
            [
                (labels: [("bound", "low")], value: state.remaining?.lowerBound),
                (labels: [("bound", "high")], value: state.remaining?.upperBound),
            ])
        text.add("rows_total", .counter, "Rows read by this run.", Double(state.rows))
        text.add("quarantined_rows_total", .counter, "Rows refused by this run.", Double(state.quarantined))
        text.add("read_bytes_total", .counter, "Bytes of inputs read by this run.", Double(state.bytesRead))
        text.add(
            "files_total", .counter, "Inputs by outcome.",
            [
                (labels: [("outcome", "done")], value: Double(state.filesDone)),
                (labels: [("outcome", "skipped")], value: Double(state.filesSkipped)),
            ])
        text.add("batches_total", .counter, "Batches stored by this run.", Double(state.batches))
        text.add(
            "descriptions_total", .counter, "Distinct descriptions, summed over batches.",
            Double(state.years.reduce(0) { $0 + $1.descriptions }))
        text.add("warnings_total", .counter, "Warnings of this run.", Double(state.warningCount))
        text.add(
            "year_progress_ratio", .gauge, "How much of a year is read.",
            state.years.map { (labels: [("year", "\($0.year)")], value: $0.share) })
        text.add(
            "year_rows_total", .counter, "Rows of a year read by this run.",
            state.years.map { (labels: [("year", "\($0.year)")], value: Double($0.rows)) })
        let models = state.models.sorted { $0.key < $1.key }
        text.add(
            "texts_encoded_total", .counter, "Texts encoded by this run.",
            models.map { (labels: [("model", $0.key)], value: Double($0.value.texts)) })
        text.add(
            "encode_seconds_total", .counter, "Seconds of encoding by this run.",
            models.map { (labels: [("model", $0.key)], value: $0.value.seconds) })
        guard let progress = state.progress else { return text.text }
        let stages = PipelineProgress.Stage.allCases.map(\.rawValue)
        text.add(
            "stage_seconds_total", .counter, "Seconds of work by stage, summed over threads.",
            stages.map { (labels: [("stage", $0)], value: progress.seconds[$0]) })
        text.add(
            "batches_waiting", .gauge, "Batches by their current or next stage.",
            stages.map { (labels: [("stage", $0)], value: progress.batches[$0].map(Double.init)) })
        text.add("files_in_flight", .gauge, "Inputs being read, or read and waiting.", Double(progress.filesInFlight))
        text.add("memory_bytes", .gauge, "Memory of the process.", Double(progress.memory))
        text.add("retries_total", .counter, "Requests to source and store that were retried.", Double(progress.retries))
        return text.text
    }

    private static func add(_ work: WorkStatus, to text: inout Text) {
        text.add("work_units", .gauge, "Units of the workers' plan.", Double(work.units))
        text.add("work_units_published", .gauge, "Units that are done.", Double(work.published))
        text.add("work_bytes", .gauge, "Approximate bytes of source text of the plan.", Double(work.bytes))
        text.add("work_bytes_published", .gauge, "Approximate bytes of source text of the units that are done.", Double(work.publishedBytes))
        text.add("work_eta_seconds", .gauge, "Seconds until all units are done.", work.etaSeconds)
        text.add("work_rows_per_second", .gauge, "Rows per second of all workers together.", work.rowsPerSecond)
        text.add("work_stragglers", .gauge, "Units that another worker may take over.", Double(work.stragglers.count))
        let states = Dictionary(grouping: work.workers, by: \.state).mapValues(\.count)
        text.add(
            "workers", .gauge, "Workers by state.",
            ["working", "idle", "silent", "dead"].map { (labels: [("state", $0)], value: Double(states[$0] ?? 0)) })
        text.add(
            "worker_rows_per_second", .gauge, "Rows per second of a worker.",
            work.workers.map { (labels: [("worker", $0.worker)], value: $0.rowsPerSecond) })
        text.add(
            "worker_unit", .gauge, "The unit that a worker has in hand.",
            work.workers.map { (labels: [("worker", $0.worker)], value: $0.unit.map(Double.init)) })
    }
}
