import Encoders
import ModelFiles

/// The tiny encoders of scripts/golden/encoder_tiny.py.
enum TinyModel: String, CaseIterable, Sendable {
    case mean = "tiny-mean"
    case cls = "tiny-cls"
    case wideHead = "tiny-wide-head"
    case nomic = "tiny-nomic"

    var shape: EncoderShape {
        func configuration(
            _ hidden: Int, _ layers: Int, _ heads: Int, _ wide: Int, _ vocabulary: Int, _ positions: Int, _ epsilon: Float
        ) -> BertConfiguration {
            BertConfiguration(
                architecture: .bert, hiddenSize: hidden, layerCount: layers, headCount: heads, intermediateSize: wide,
                layerNormEpsilon: epsilon, maxPositions: positions, vocabularySize: vocabulary)
        }
        return switch self {
        case .nomic:
            EncoderShape(
                configuration: BertConfiguration(
                    architecture: .nomicBert, hiddenSize: 64, layerCount: 2, headCount: 2, intermediateSize: 80, maxPositions: 150,
                    vocabularySize: 101, rotaryBase: 1000),
                pooling: .mean, maxTokens: 150)
        case .mean: EncoderShape(configuration: configuration(64, 2, 4, 96, 119, 48, 1e-12), pooling: .mean, maxTokens: 48)
        case .cls: EncoderShape(configuration: configuration(96, 1, 3, 112, 101, 80, 1e-6), pooling: .cls, maxTokens: 80)
        case .wideHead: EncoderShape(configuration: configuration(64, 1, 1, 48, 77, 140, 1e-12), pooling: .mean, maxTokens: 140)
        }
    }

    func golden() throws -> Golden { try Golden(Golden.file(rawValue), prefix: "golden.") }

    func encoder(_ precision: Precision, threads: Int = 2) throws -> TextEncoder {
        try TextEncoder(
            shape: shape, weights: FileWeights(file: Golden.file(rawValue)), precision: precision,
            pool: WorkerPool(threads: threads))
    }
}
