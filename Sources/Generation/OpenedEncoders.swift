import Archive
import Descriptions
import Encoders
import ModelFiles

/// A run's encoders, each in the precision chosen by the run's policy.
struct OpenedEncoders {
    /// Encoders by model key.
    private(set) var encoders: [String: SentenceEncoder] = [:]
    /// How the precision was chosen, for models calibrated in this run.
    private(set) var calibrations: [String: PrecisionCalibration] = [:]

    /// - Parameter stored: the store's manifest, if it exists. `auto` keeps a precision once chosen, because vectors of
    ///   different precisions must not be mixed, and calibrates only models that are new to the store.
    /// - Throws: as `SentenceEncoder.init`; `EncoderError.unavailableDevice`.
    init(
        _ configuration: EmbeddingGenerationConfig, stored: Manifest?, lexicon: Lexicon, report: @Sendable (GenerationEvent) -> Void
    ) async throws {
        _ = try configuration.device.resolved()
        let pool = WorkerPool(threads: configuration.maxWorkers)
        for name in configuration.models {
            let model = try configuration.locator.model(name)
            let known = stored?.models[model.name].flatMap { Precision(rawValue: $0.precision) }
            if let precision = configuration.precision.precision ?? known {
                encoders[model.name] = try SentenceEncoder(model: model, precision: precision, pool: pool)
                continue
            }
            let sample = CalibrationSample.sentences(
                lexicon: lexicon, template: configuration.template, aliases: try .builtIn())
            let (encoder, calibration) = try await SentenceEncoder.calibrated(model: model, sample: sample, pool: pool)
            encoders[model.name] = encoder
            calibrations[model.name] = calibration
            report(.calibrated(model: model.name, calibration))
        }
    }
}
