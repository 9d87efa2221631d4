public import MarketData
public import ModelFiles

/// Events of a run. The terminal, logs and tests read the same stream. Events come from any thread.
public enum GenerationEvent: Sendable {
    /// The inputs are listed and the encoders are open. This is the first event except for warnings and calibrations.
    case started(GenerationRun)
    /// Something that the user should know and that does not stop the run.
    case warning(String)
    /// The run starts a year.
    case yearStarted(year: Int, files: Int, bytes: Int)
    /// The run starts reading an input. If the process dies before the next event of that input, the input may be the cause.
    case fileStarted(key: String)
    /// The input has been read, whether it could be used or not.
    case fileRead(key: String)
    /// The input has been read and described.
    case fileDone(key: String, bytes: Int, rows: Int, quarantined: Int)
    /// The input was already done by an earlier run.
    case fileSkipped(key: String, bytes: Int)
    /// A batch has been stored.
    case batchStored(year: Int, number: Int, rows: Int, descriptions: Int)
    /// New part texts were encoded with a model. The time is that of all models that encoded them together.
    case encoded(model: String, texts: Int, seconds: Double)
    /// `--precision auto` chose a model's precision.
    case calibrated(model: String, PrecisionCalibration)
    /// An index has been built and stored.
    case indexBuilt(model: String, year: Int, vectors: Int, seconds: Double)
    /// Progress of the stages, twice a second while a year is processed.
    case progress(PipelineProgress)
    /// The year is complete.
    case yearDone(year: Int)
    /// A worker follows a plan, of whose units some are published already.
    case plan(id: String, units: Int, bytes: Int, published: Int)
    /// The worker has claimed a unit, perhaps from another worker.
    case unitClaimed(unit: Int, year: Int, kind: RowKind, files: Int, bytes: Int, from: String?)
    /// The worker has published the segment of its unit.
    case unitPublished(unit: Int, rows: Int, bytes: Int, seconds: Double)
    /// Another worker has the unit, or has published it first.
    case unitLost(unit: Int, reason: String)
    /// The run stops early on request; all completed work is stored.
    case stopping
    /// The run is complete.
    case finished(GenerationSummary)
}
