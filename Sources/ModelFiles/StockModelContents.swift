/// Contents of a stock model checkpoint, independent of its file format.
struct StockModelContents: Sendable {
    /// A tensor and its location.
    struct Tensor: Sendable {
        let shape: [Int]
        let elementType: TensorInfo.ElementType
        fileprivate let place: Place
    }

    fileprivate enum Place: Sendable {
        case torch(TorchTensor)
        case safetensors(String)
    }

    private enum File: Sendable {
        case torch(TorchFile)
        case safetensors(SafetensorsFile)
    }

    let flavour: StockModelFile.Flavour
    let settings: StockModelSettings
    let epoch: Int?
    private let file: File
    private let tensors: [String: Tensor]
    private let edges: Tensor?
    /// Kind of value stored as bin edges, if it is not a tensor.
    private let edgesKind: String?

    /// Names of the tensors.
    var names: [String] { Array(tensors.keys) }

    func tensor(_ name: String) -> Tensor? { tensors[name] }

    init(path: String) throws(ModelFileError) {
        if path.hasSuffix(".safetensors") {
            try self.init(try SafetensorsFile(path: path))
        } else {
            try self.init(try TorchFile(path: path))
        }
    }

    private init(_ file: SafetensorsFile) throws(ModelFileError) {
        self.file = .safetensors(file)
        flavour = file.metadata["flavour"].flatMap { StockModelFile.Flavour(rawValue: $0) } ?? .safetensors
        var tensors = file.tensors.reduce(into: [String: Tensor]()) {
            $0[$1.key] = Tensor(shape: $1.value.shape, elementType: $1.value.elementType, place: .safetensors($1.key))
        }
        edges = tensors.removeValue(forKey: "bin_edges")
        edgesKind = nil
        self.tensors = tensors
        settings = StockModelSettings(metadata: file.metadata, path: file.path)
        epoch = nil
    }

    private init(_ file: TorchFile) throws(ModelFileError) {
        self.file = .torch(file)
        let root = file.root, path = file.path
        let (key, weights) = try Self.weights(in: root, path: path)
        guard let entries = weights.members else { throw ModelFileError(.malformed, path, "its \(key) is \(weights.kind)") }
        var tensors: [String: Tensor] = [:]
        for (key, value) in entries {
            guard let name = key.string, let tensor = value.tensor else {
                throw ModelFileError(.malformed, path, "its weights have \(printable(key.string ?? key.kind)), which is \(value.kind)")
            }
            guard tensors.updateValue(Self.tensor(tensor), forKey: name) == nil else {
                throw ModelFileError(.malformed, path, "it has two tensors named \(printable(name))")
            }
        }
        self.tensors = tensors
        if weights.index == root.index {
            flavour = .stateDictionary
        } else if root["walk_forward_config"] != nil || root["fold_idx"] != nil {
            flavour = .walkForward
        } else if root["training_config"] != nil || root["model_config"] != nil {
            flavour = .walkForwardEpoch
        } else {
            // The original training scripts use no other key.
            flavour = key == Self.weightKeys[0] ? .training : .stateDictionary
        }
        settings = StockModelSettings(
            dictionaries: ["config", "model_config", "training_config", "walk_forward_config", "args", "hyper_parameters"].compactMap { root[$0] },
            path: path)
        epoch = root["epoch"]?.integer
        let value = root["bin_edges"]
        edges = value?.tensor.map(Self.tensor)
        edgesKind = value.flatMap { $0.isNone || $0.tensor != nil ? nil : $0.kind }
    }

    /// Keys of a model's weights: those of the training scripts and Lightning, and other common ones.
    private static let weightKeys = ["model_state_dict", "state_dict", "model", "module"]

    /// Finds the weights in a checkpoint, and their key.
    private static func weights(in root: TorchValue, path: String) throws(ModelFileError) -> (key: String, weights: TorchValue) {
        guard let members = root.members else {
            throw ModelFileError(.unsupported, path, "it holds \(root.kind); a checkpoint is a dictionary with model_state_dict and config")
        }
        if let weights = root[weightKeys[0]] { return (weightKeys[0], weights) }
        func hasTensors(_ value: TorchValue) -> Bool { value.members?.contains { $0.key.string != nil && $0.value.tensor != nil } == true }
        let found = weightKeys.filter { root[$0].map(hasTensors) == true }
        guard found.count <= 1 else {
            throw ModelFileError(
                .unsupported, path,
                "it has weights under \(found.joined(separator: " and ")); keep one of them "
                    + "(scripts/export-checkpoint --weights \(found[0]))")
        }
        if let key = found.first, let weights = root[key] { return (key, weights) }
        let parts = members.lazy.compactMap { $0.key.string }.map { $0.split(separator: ".") }
        if parts.contains(where: { $0.contains("input_proj") }) { return ("state_dict", root) }
        if root["encoder_state_dict"] != nil {
            throw ModelFileError(
                .unsupported, path, "a contrastive encoder (encoder_state_dict); only \(StockModelFile.architecture) is supported")
        }
        let keys = members.prefix(8).compactMap { $0.key.string.map(printable) }.joined(separator: ", ")
        throw ModelFileError(
            .missing, path,
            "not a checkpoint of a stock model: it has no model_state_dict (it has \(keys)); where one of these holds the "
                + "weights, scripts/export-checkpoint --weights KEY takes them out")
    }

    private static func tensor(_ tensor: TorchTensor) -> Tensor {
        Tensor(shape: tensor.shape, elementType: tensor.elementType, place: .torch(tensor))
    }

    func withBytes<Result>(of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        switch (file, tensor.place) {
        case (.torch(let file), .torch(let tensor)): return try file.withBytes(of: tensor, body)
        case (.safetensors(let file), .safetensors(let name)): return try file.withBytes(of: name, body)
        case (.torch(let file), .safetensors(let name)): throw ModelFileError(.missing, file.path, "it has no tensor \(name)")
        case (.safetensors(let file), .torch): throw ModelFileError(.missing, file.path, "it has no such tensor")
        }
    }

    /// The checkpoint's bin edges; `nil` if it has none.
    func binEdges() throws(ModelFileError) -> [Float]? {
        let path = settings.path
        if let edgesKind { throw ModelFileError(.malformed, path, "its bin_edges are \(edgesKind)") }
        guard let edges else { return nil }
        guard edges.shape == [StockModelConfiguration.bins + 1] else {
            throw ModelFileError(.mismatch, path, "its bin_edges have the shape \(edges.shape)")
        }
        do {
            return try withBytes(of: edges) { try tensorFloats($0, edges.elementType, path: path) }
        } catch let error as ModelFileError {
            throw error
        } catch {
            throw ModelFileError(.unreadable, path, "\(error)")
        }
    }
}

/// Settings saved with a model's weights.
struct StockModelSettings: Sendable {
    let path: String
    private let dictionaries: [TorchValue]
    private let metadata: [String: String]

    init(dictionaries: [TorchValue], path: String) {
        (self.dictionaries, metadata, self.path) = (dictionaries, [:], path)
    }

    init(metadata: [String: String], path: String) {
        (dictionaries, self.metadata, self.path) = ([], metadata, path)
    }

    /// A positive integer; `nil` if the settings do not contain it.
    func size(_ key: String) throws(ModelFileError) -> Int? {
        var said = metadata[key].map { Int($0) }
        for dictionary in dictionaries where said == nil {
            if let value = dictionary[key], !value.isNone { said = .some(value.integer) }
        }
        guard let said else { return nil }
        guard let said, (1...1 << 24).contains(said) else {
            throw ModelFileError(.malformed, path, "its \(key) is not a positive whole number")
        }
        return said
    }
}
