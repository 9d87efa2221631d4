/// What a checkpoint of a stock model holds, whichever way it is stored.
struct StockModelContents: Sendable {
    /// A tensor and where it is.
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
    /// What stands where the bin edges should, when it is no tensor.
    private let edgesKind: String?

    /// Names of its tensors.
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
        guard let members = root.members else {
            throw ModelFileError(.unsupported, path, "it holds \(root.kind); a checkpoint is a dictionary with model_state_dict and config")
        }
        var weights = root["model_state_dict"]
        if weights == nil, members.contains(where: { $0.key.string?.hasSuffix("input_proj.0.weight") == true }) { weights = root }
        guard let weights else {
            if root["encoder_state_dict"] != nil {
                throw ModelFileError(
                    .unsupported, path, "a contrastive encoder (encoder_state_dict); only \(StockModelFile.architecture) is supported")
            }
            let keys = members.prefix(8).compactMap { $0.key.string.map(printable) }.joined(separator: ", ")
            throw ModelFileError(.missing, path, "not a checkpoint of a stock model: it has no model_state_dict (it has \(keys))")
        }
        guard let entries = weights.members else {
            throw ModelFileError(.malformed, path, "its model_state_dict is \(weights.kind)")
        }
        var tensors: [String: Tensor] = [:]
        for (key, value) in entries {
            guard let name = key.string, let tensor = value.tensor else {
                throw ModelFileError(.malformed, path, "its model_state_dict has \(printable(key.string ?? key.kind)), which is \(value.kind)")
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
            flavour = .training
        }
        settings = StockModelSettings(
            dictionaries: ["config", "model_config", "training_config", "walk_forward_config", "args"].compactMap { root[$0] }, path: path)
        epoch = root["epoch"]?.integer
        let value = root["bin_edges"]
        edges = value?.tensor.map(Self.tensor)
        edgesKind = value.flatMap { $0.isNone || $0.tensor != nil ? nil : $0.kind }
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

    /// The checkpoint's own bin edges.
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

/// What was saved beside a model's weights about how it was made.
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

    /// A positive whole number; `nil` where nothing is said of it.
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
