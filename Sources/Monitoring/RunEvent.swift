package import Generation
package import MarketData
package import ModelFiles

/// Event in a line of the event log: the events of the pipeline, and those that the log adds. docs/formats.md describes the
/// stored form, which uses these names.
package enum RunEvent: Codable, Hashable, Sendable {
    /// Outcome of a run.
    package enum Outcome: String, Codable, Sendable {
        /// The run is complete.
        case finished
        /// The run stopped on request.
        case stopped
        case failed
    }

    case started(run: GenerationRun)
    case warning(text: String)
    case yearStarted(year: Int, files: Int, bytes: Int)
    case fileStarted(key: String)
    case fileRead(key: String)
    case fileDone(key: String, bytes: Int, rows: Int, quarantined: Int)
    case fileSkipped(key: String, bytes: Int)
    case batchStored(year: Int, number: Int, rows: Int, descriptions: Int)
    case encoded(model: String, texts: Int, seconds: Double)
    case calibrated(model: String, calibration: PrecisionCalibration)
    case indexBuilt(model: String, year: Int, vectors: Int, seconds: Double)
    case progress(stages: PipelineProgress)
    case yearDone(year: Int)
    case plan(id: String, units: Int, bytes: Int, published: Int)
    case unitClaimed(unit: Int, year: Int, kind: RowKind, files: Int, bytes: Int, from: String?)
    case unitPublished(unit: Int, rows: Int, bytes: Int, seconds: Double)
    case unitLost(unit: Int, reason: String)
    case stopping
    /// Heartbeat: the process is alive and had nothing to report for a while.
    case alive
    case ended(outcome: Outcome, message: String?)
    /// State after all earlier events: the first line of every segment but the first.
    case snapshot(state: RunState)
}

extension RunEvent {
    /// - Returns: `nil` for the end of the work, which the log records as `ended` when the run is over.
    init?(_ event: GenerationEvent) {
        switch event {
        case .started(let run): self = .started(run: run)
        case .warning(let text): self = .warning(text: text)
        case .yearStarted(let year, let files, let bytes): self = .yearStarted(year: year, files: files, bytes: bytes)
        case .fileStarted(let key): self = .fileStarted(key: key)
        case .fileRead(let key): self = .fileRead(key: key)
        case .fileDone(let key, let bytes, let rows, let quarantined):
            self = .fileDone(key: key, bytes: bytes, rows: rows, quarantined: quarantined)
        case .fileSkipped(let key, let bytes): self = .fileSkipped(key: key, bytes: bytes)
        case .batchStored(let year, let number, let rows, let descriptions):
            self = .batchStored(year: year, number: number, rows: rows, descriptions: descriptions)
        case .encoded(let model, let texts, let seconds): self = .encoded(model: model, texts: texts, seconds: seconds)
        case .calibrated(let model, let calibration): self = .calibrated(model: model, calibration: calibration)
        case .indexBuilt(let model, let year, let vectors, let seconds):
            self = .indexBuilt(model: model, year: year, vectors: vectors, seconds: seconds)
        case .progress(let stages): self = .progress(stages: stages)
        case .yearDone(let year): self = .yearDone(year: year)
        case .plan(let id, let units, let bytes, let published): self = .plan(id: id, units: units, bytes: bytes, published: published)
        case .unitClaimed(let unit, let year, let kind, let files, let bytes, let from):
            self = .unitClaimed(unit: unit, year: year, kind: kind, files: files, bytes: bytes, from: from)
        case .unitPublished(let unit, let rows, let bytes, let seconds):
            self = .unitPublished(unit: unit, rows: rows, bytes: bytes, seconds: seconds)
        case .unitLost(let unit, let reason): self = .unitLost(unit: unit, reason: reason)
        case .stopping: self = .stopping
        case .finished: return nil
        }
    }
}
