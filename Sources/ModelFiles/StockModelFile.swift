import Digests

/// A stock model checkpoint: a PyTorch file of one of the training scripts, or safetensors.
///
/// The shapes of its tensors determine the model's configuration, and every tensor of that configuration must be present
/// with its shape. Tensors do not determine the number of attention heads; the saved settings do.
public struct StockModelFile: Sendable {
    /// Origin of the checkpoint.
    public enum Flavour: String, Sendable {
        /// training/model.py and similar scripts.
        case training
        /// Best checkpoint of a fold of walk-forward training.
        case walkForward = "walk-forward"
        /// Checkpoint of an epoch of walk-forward training.
        case walkForwardEpoch = "walk-forward epoch"
        /// A `state_dict` alone, or under a key that no original training script uses.
        case stateDictionary = "state_dict"
        /// A safetensors file whose metadata does not name another of these as `flavour`.
        case safetensors
    }

    /// Path used to open the file.
    public let path: String
    /// Origin of the checkpoint.
    public let flavour: Flavour
    /// Configuration of the model.
    public let configuration: StockModelConfiguration
    /// Rows of the training windows; `nil` if the file does not give them.
    public let trainedRows: Int?
    /// Number of completed epochs; `nil` if the file does not give it.
    public let epoch: Int?
    /// The checkpoint's bin edges; `nil` if it has none, or unusable ones.
    public let binEdges: StockBinEdges?
    /// Why the checkpoint's bin edges cannot be used; `nil` if it has none, or usable ones. Only converting scores to
    /// expected returns needs bin edges; vectors and scores do not.
    public let binEdgesFlaw: String?
    private let contents: StockModelContents
    // Names in the file, by names without prefixes.
    private let storedNames: [String: String]

    /// Name of the supported architecture.
    public static let architecture = "SimpleTransformerPredictor"

    /// Whether the confidence head was trained. Only classification by training/model.py trains it; elsewhere its output
    /// comes from a random layer.
    public var confidenceIsTrained: Bool {
        configuration.hasConfidence && configuration.prediction == .classification && flavour == .training
    }

    /// Quantity that the prediction head predicts, known from the bin edges or else from the origin of the checkpoint; `nil`
    /// if neither tells.
    public var target: StockBinEdges.Target? {
        if let binEdges { return binEdges.target }
        switch flavour {
        case .training: return .ratios
        case .walkForward, .walkForwardEpoch: return .returns
        case .stateDictionary, .safetensors: return nil
        }
    }

    /// Opens a checkpoint.
    /// - Parameter heads: number of attention heads, for files that do not give it. If the file gives another number,
    ///   opening fails.
    /// - Throws: `ModelFileError` naming what is missing, has the wrong shape, or belongs to another family of models.
    public init(path: String, heads: Int? = nil) throws(ModelFileError) {
        self.path = path
        contents = try StockModelContents(path: path)
        flavour = contents.flavour
        storedNames = try StockTensorNames.canonical(contents.names, path: path)
        let shape: (String) -> [Int]? = { [contents, storedNames] name in storedNames[name].flatMap { contents.tensor($0)?.shape } }
        configuration = try Self.configuration(shape, settings: contents.settings, heads: heads, path: path)
        try Self.check(storedNames, configuration, shape, path: path)
        trainedRows = try contents.settings.size("seq_len")
        epoch = contents.epoch
        var found: StockBinEdges?
        var flaw: String?
        do throws(ModelFileError) {
            if let edges = try contents.binEdges() { found = try StockBinEdges(edges, path: path) }
        } catch {
            flaw = error.reason
        }
        binEdges = found
        binEdgesFlaw = flaw
    }

    private static func configuration(
        _ shape: (String) -> [Int]?, settings: StockModelSettings, heads asked: Int?, path: String
    ) throws(ModelFileError) -> StockModelConfiguration {
        func extents(_ name: String, _ count: Int) throws(ModelFileError) -> [Int] {
            guard let found = shape(name) else { throw ModelFileError(.missing, path, "not a stock model: it has no tensor \(name)") }
            guard found.count == count, found.allSatisfy({ (1...1 << 20).contains($0) }) else {
                throw ModelFileError(.mismatch, path, "the tensor \(name) has the shape \(found)")
            }
            return found
        }
        let input = try extents("input_proj.0.weight", 2), hidden = input[0]
        let positions = try extents("pos_encoding", 3)[1]
        let wide = try extents("transformer.layers.0.linear1.weight", 2)[0]
        var layers = 1
        while shape("transformer.layers.\(layers).linear1.weight") != nil { layers += 1 }
        let outputs = try extents("pred_head.3.weight", 2)[0]
        let prediction: StockModelConfiguration.Prediction
        switch outputs {
        case StockModelConfiguration.horizons.count * StockModelConfiguration.bins: prediction = .classification
        case StockModelConfiguration.horizons.count: prediction = .regression
        default:
            throw ModelFileError(
                .unsupported, path, "its prediction head has \(outputs) outputs; 400 (classification) and 4 (regression) are supported")
        }
        for (key, found) in [("hidden_dim", hidden), ("num_layers", layers), ("input_dim", input[1])] {
            guard let said = try settings.size(key), said != found else { continue }
            throw ModelFileError(.mismatch, path, "its settings say \(key) \(said) and its tensors \(found): they are of different models")
        }
        let said = try settings.size("num_heads")
        if let said, let asked, said != asked {
            throw ModelFileError(.mismatch, path, "it was trained with \(said) attention heads, not \(asked)")
        }
        guard let heads = said ?? asked else {
            throw ModelFileError(
                .missing, path, "it does not state the number of attention heads, which cannot be derived from its tensors; give it with --heads")
        }
        guard heads > 0, hidden % heads == 0 else {
            throw ModelFileError(.mismatch, path, "its width, \(hidden), cannot be shared among \(heads) attention heads")
        }
        return StockModelConfiguration(
            features: input[1], hidden: hidden, layers: layers, heads: heads, intermediate: wide, maxRows: positions,
            prediction: prediction, hasConfidence: shape("confidence_head.0.weight") != nil)
    }

    /// Checks that the file has every tensor of the model, and no other.
    private static func check(
        _ names: [String: String], _ configuration: StockModelConfiguration, _ shape: (String) -> [Int]?, path: String
    ) throws(ModelFileError) {
        let expected = configuration.shapes
        func list(_ names: [String]) -> String {
            names.sorted().prefix(5).map(printable).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
        }
        let missing = expected.keys.filter { names[$0] == nil }
        guard missing.isEmpty else { throw ModelFileError(.missing, path, "it lacks the tensors \(list(missing))") }
        let unexpected = names.keys.filter { expected[$0] == nil }
        guard unexpected.isEmpty else {
            throw ModelFileError(.unsupported, path, "it has tensors that no \(architecture) has: \(list(unexpected))")
        }
        for (name, wanted) in expected.sorted(by: { $0.key < $1.key }) {
            guard let found = shape(name), found != wanted else { continue }
            throw ModelFileError(.mismatch, path, "the tensor \(name) has the shape \(found), where \(wanted) follows from the others")
        }
    }

    /// Calls `body` with a tensor's bytes: little-endian, row-major, possibly unaligned.
    /// - Parameter name: name without prefixes.
    /// - Throws: `ModelFileError`: `.missing`, `.mismatch` for types other than F32, F16 or BF16, `.malformed` for values
    ///   that are not finite; what `body` throws.
    public func withTensor<Result>(
        _ name: String, _ body: (TensorInfo.ElementType, UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard let stored = storedNames[name], let tensor = contents.tensor(stored) else {
            throw ModelFileError(.missing, path, "it has no tensor \(name)")
        }
        return try contents.withBytes(of: tensor) { bytes in
            guard let finite = isFinite(bytes, tensor.elementType) else {
                throw ModelFileError(
                    .mismatch, path, "the tensor \(stored) holds \(tensor.elementType.rawValue); F32, F16 and BF16 are supported (model.float())")
            }
            guard finite else {
                throw ModelFileError(
                    .malformed, path, "the tensor \(stored) has values that are not finite: training diverged, use another checkpoint")
            }
            return try body(tensor.elementType, bytes)
        }
    }

    /// Reads and checks every tensor of the model including its heads, but not the bin edges.
    /// - Throws: `ModelFileError` as `withTensor` for the first tensor that cannot be used.
    public func checkTensors() throws {
        for name in configuration.shapes.keys.sorted() { try withTensor(name) { _, _ in } }
    }

    /// SHA-256 of the encoder: names without prefixes, shapes, and values as 32-bit floats. Prefixes, heads and file formats
    /// do not affect it. Reads the whole encoder, unless the digest of the unchanged file is cached.
    /// - Throws: `ModelFileError` when the file or a tensor cannot be read.
    public func weightsDigest() throws(ModelFileError) -> String {
        // Kept apart from the digests of whole files.
        try DigestCache(path: DigestCache().path + "/stock").digest(path) { (_) throws(ModelFileError) in try computeDigest() }
    }

    private func computeDigest() throws(ModelFileError) -> String {
        var digest = DigestBuilder()
        do {
            for (name, shape) in configuration.encoderShapes.sorted(by: { $0.key < $1.key }) {
                digest.update("\(name) \(shape)\n")
                try withTensor(name) { type, bytes in
                    if type == .f32 { return digest.update(bytes) }
                    digest.update(try tensorFloats(bytes, type, path: path))
                }
            }
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.unreadable, path, "\(error)")
        }
        return digest.finish().hexadecimal
    }
}

/// Whether no number is infinite or NaN, that is, none has all exponent bits set; `nil` for other element types.
private func isFinite(_ bytes: UnsafeRawBufferPointer, _ type: TensorInfo.ElementType) -> Bool? {
    func scan<T: FixedWidthInteger>(_ exponent: T) -> Bool {
        var found: T = 0
        for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size) {
            let bits = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
            found |= bits & exponent == exponent ? 1 : 0
        }
        return found == 0
    }
    return switch type {
    case .f32: scan(UInt32(0x7F80_0000))
    case .bf16: scan(UInt16(0x7F80))
    case .f16: scan(UInt16(0x7C00))
    default: nil
    }
}
