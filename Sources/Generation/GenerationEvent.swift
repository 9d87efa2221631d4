import ModelFiles

/// What a run reports as it goes; the terminal, a log and a test read the same stream. Events come from any thread.
public enum GenerationEvent: Sendable {
    /// The inputs are listed and the encoders open; the first event but for warnings and calibrations.
    case started(GenerationRun)
    /// Something that a person should know and that stops nothing.
    case warning(String)
    case yearStarted(year: Int, files: Int, bytes: Int)
    /// An input is being read. Should the process die before the next event of that input, it may be the cause.
    case fileStarted(key: String)
    /// It is read, whether it could be used or not.
    case fileRead(key: String)
    /// An input was read and described.
    case fileDone(key: String, bytes: Int, rows: Int, quarantined: Int)
    /// An input that an earlier run had done.
    case fileSkipped(key: String, bytes: Int)
    /// A batch is stored.
    case batchStored(year: Int, number: Int, rows: Int, descriptions: Int)
    /// New part texts were encoded with a model; the time is that of all models that encoded them at once.
    case encoded(model: String, texts: Int, seconds: Double)
    /// `--precision auto` chose a model's precision.
    case calibrated(model: String, PrecisionCalibration)
    case indexBuilt(model: String, year: Int, vectors: Int, seconds: Double)
    /// How the stages stand: twice a second while a year is at work.
    case progress(PipelineProgress)
    case yearDone(year: Int)
    /// The run leaves before its end because it was asked to; all that is done is stored.
    case stopping
    case finished(GenerationSummary)
}
