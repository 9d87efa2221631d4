package import Foundation
package import Generation
package import ModelFiles

/// State of a run, reconstructed from its events; shown by the terminal, the report and the metrics. Its size is bounded,
/// whatever the length of the run.
package struct RunState: Codable, Hashable, Sendable {
    package enum Phase: String, Codable, Sendable { case running, stopping, finished, stopped, failed }

    package struct Year: Codable, Hashable, Sendable {
        package var year: Int
        /// Number of inputs.
        package var files: Int
        /// Size in bytes of the inputs with option rows.
        package var bytes: Int
        /// Number of inputs done, by this run and by earlier ones.
        package var filesDone = 0
        /// Bytes of inputs done, by this run and by earlier ones.
        package var bytesDone = 0
        package var rows = 0
        package var quarantined = 0
        package var batches = 0
        package var storedRows = 0
        /// Number of distinct descriptions, summed over batches.
        package var descriptions = 0
        package var isDone = false
        package var start: Date?
        package var end: Date?
    }

    package struct Model: Codable, Hashable, Sendable {
        package var precision: String?
        /// Number of texts encoded by this run.
        package var texts = 0
        /// Seconds spent on encoding them.
        package var seconds = 0.0
        package var indices = 0
        package var indexSeconds = 0.0
    }

    /// What a worker does in the plan of its store.
    package struct Work: Codable, Hashable, Sendable {
        /// The plan's id.
        package var plan: String
        /// The unit in hand.
        package var unit: Int?
        package var unitBytes = 0
        package var unitStart: Date?
        /// Units that this worker has published, with their rows and bytes.
        package var published = 0
        package var publishedRows = 0
        package var publishedBytes = 0
        /// Units that another worker has taken over or published first.
        package var lost = 0
    }

    package struct Warning: Codable, Hashable, Sendable {
        package var time: Date
        package var text: String
    }

    package var identity: RunIdentity
    package var start: Date
    /// Time of the last record. Later than `lastWork` if the process has only sent heartbeats since.
    package var lastSign: Date
    package var lastWork: Date
    package var phase = Phase.running
    /// Why the run failed.
    package var message: String?
    package var run: GenerationRun?
    /// Ascending.
    package var years: [Year] = []
    package var currentYear: Int?
    package var models: [String: Model] = [:]
    package var calibrations: [String: PrecisionCalibration] = [:]
    /// Inputs being read.
    package var inHand: [String] = []
    package var bytesRead = 0
    package var rows = 0
    package var quarantined = 0
    package var texts = 0
    package var filesDone = 0
    package var filesSkipped = 0
    /// Number of batches stored by this run.
    package var batches = 0
    package var progress: PipelineProgress?
    package var peakMemory = 0
    /// The latest warnings; `warningCount` counts all.
    package var warnings: [Warning] = []
    package var warningCount = 0
    /// What the worker does; `nil` for other runs.
    package var work: Work?
    /// Number of log lines that could not be read.
    package var unreadLines = 0
    package var history = RateHistory(spacing: 1, capacity: 120, overflow: .thins)
    package var recent = RateHistory(spacing: 3, capacity: 40, overflow: .slides)

    /// Maximum number of warnings kept.
    private static let warningLimit = 50
    /// Maximum length of a text; the message about an unreadable file may quote the file.
    private static let textLimit = 500

    package init(identity: RunIdentity, start: Date) {
        self.identity = identity
        self.start = start
        lastSign = start
        lastWork = start
    }

    /// Applies a line of the log. The lines of a run must be applied in order.
    package mutating func apply(_ record: EventRecord) {
        if case .snapshot(let state) = record.event {
            self = state
            return
        }
        lastSign = max(lastSign, record.time)
        if record.event != .alive { lastWork = lastSign }
        apply(record.event, at: record.time)
        let point = RateHistory.Point(
            at: lastSign.timeIntervalSince(start), bytes: bytesRead, rows: rows, texts: texts, memory: progress?.memory ?? 0)
        history.add(point)
        recent.add(point)
    }

    private mutating func apply(_ event: RunEvent, at time: Date) {
        switch event {
        case .started(let run):
            self.run = run
            years = run.years.map { Year(year: $0.year, files: $0.files, bytes: $0.bytes) }
            for (model, precision) in run.models { models[model, default: Model()].precision = precision }
        case .warning(let text):
            warningCount += 1
            warnings.append(Warning(time: time, text: String(text.prefix(Self.textLimit))))
            if warnings.count > Self.warningLimit { warnings.removeFirst() }
        case .yearStarted(let year, let files, let bytes):
            currentYear = year
            change(year) { entry in
                entry.files = files
                entry.bytes = bytes
                entry.start = time
            }
        case .fileStarted(let key): inHand.append(key)
        case .fileRead(let key): inHand.removeAll { $0 == key }
        case .fileDone(_, let bytes, let rows, let quarantined):
            filesDone += 1
            bytesRead += bytes
            self.rows += rows
            self.quarantined += quarantined
            changeCurrent { year in
                year.filesDone += 1
                year.bytesDone += bytes
                year.rows += rows
                year.quarantined += quarantined
            }
        case .fileSkipped(_, let bytes):
            filesSkipped += 1
            changeCurrent { year in
                year.filesDone += 1
                year.bytesDone += bytes
            }
        case .batchStored(let year, _, let rows, let descriptions):
            batches += 1
            change(year) { entry in
                entry.batches += 1
                entry.storedRows += rows
                entry.descriptions += descriptions
            }
        case .encoded(let model, let texts, let seconds):
            self.texts += texts
            models[model, default: Model()].texts += texts
            models[model, default: Model()].seconds += seconds
        case .calibrated(let model, let calibration): calibrations[model] = calibration
        case .indexBuilt(let model, _, _, let seconds):
            models[model, default: Model()].indices += 1
            models[model, default: Model()].indexSeconds += seconds
        case .progress(let stages):
            progress = stages
            peakMemory = max(peakMemory, stages.memory)
        case .yearDone(let year):
            change(year) { entry in
                entry.isDone = true
                entry.end = time
            }
        case .plan(let id, _, _, _): work = Work(plan: id)
        case .unitClaimed(let unit, let year, _, _, let bytes, _):
            currentYear = year
            work?.unit = unit
            work?.unitBytes = bytes
            work?.unitStart = time
        case .unitPublished(_, let rows, let bytes, _):
            work?.unit = nil
            work?.published += 1
            work?.publishedRows += rows
            work?.publishedBytes += bytes
        case .unitLost:
            work?.unit = nil
            work?.lost += 1
        case .stopping: phase = .stopping
        case .ended(let outcome, let message):
            inHand = []
            self.message = message.map { String($0.prefix(4 * Self.textLimit)) }
            phase =
                switch outcome {
                case .finished: .finished
                case .stopped: .stopped
                case .failed: .failed
                }
        case .alive, .snapshot: break
        }
    }

    /// Years with stocks only are added when their first event arrives.
    private mutating func change(_ year: Int, _ body: (inout Year) -> Void) {
        let place = years.firstIndex { $0.year >= year } ?? years.endIndex
        if place == years.endIndex || years[place].year != year { years.insert(Year(year: year, files: 0, bytes: 0), at: place) }
        body(&years[place])
    }

    private mutating func changeCurrent(_ body: (inout Year) -> Void) {
        if let currentYear { change(currentYear, body) }
    }
}
