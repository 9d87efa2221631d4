import Foundation
import ModelFiles
import Testing
import TestSupport

/// The tensors of a tiny stock model with arbitrary values.
private struct TinyStock {
    static let configuration = StockModelConfiguration(features: 5, hidden: 8, layers: 2, heads: 2, maxRows: 12, prediction: .regression)
    var tensors: [(name: String, shape: [Int], values: [Float])]

    init(_ configuration: StockModelConfiguration = TinyStock.configuration) {
        tensors = configuration.shapes.sorted { $0.key < $1.key }.map { name, shape in
            let count = shape.reduce(1, *)
            return (name, shape, (0..<count).map { Float($0 % 7) * 0.125 - Float(name.utf8.count) * 0.03125 })
        }
    }

    mutating func edit(_ name: String, _ change: (inout (name: String, shape: [Int], values: [Float])) -> Void) {
        for index in tensors.indices where tensors[index].name == name { change(&tensors[index]) }
    }

    typealias Members = [(String, (inout TorchBuilder) -> Void)]

    func members(_ prefix: String = "") -> Members {
        tensors.map { tensor in (prefix + tensor.name, { (builder: inout TorchBuilder) in builder.tensor(tensor.shape, tensor.values) }) }
    }

    static var settings: Members {
        [
            ("hidden_dim", { $0.integer(8) }), ("num_layers", { $0.integer(2) }), ("num_heads", { $0.integer(2) }),
            ("seq_len", { $0.integer(60) }), ("resume", { $0.code("N") }),
        ]
    }

    /// A checkpoint as training/model.py writes it.
    func training(prefix: String = "", settings: Members = TinyStock.settings, more: Members = []) -> [UInt8] {
        var builder = TorchBuilder()
        builder.dictionary(
            [
                ("epoch", { $0.integer(3) }), ("model_state_dict", { $0.dictionary(members(prefix)) }),
                ("config", { $0.dictionary(settings) }),
            ] + more)
        return builder.archive()
    }

    func safetensors(metadata: String, extra: [(name: String, shape: [Int], values: [Float])] = []) -> [UInt8] {
        var header = "{\"__metadata__\":\(metadata)", data: [UInt8] = []
        for (name, shape, values) in tensors + extra {
            header += ",\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(data.count),\(data.count + 4 * values.count)]}"
            data += values.flatMap { little($0.bitPattern) }
        }
        header += "}"
        return little(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }
}

@Suite("Checkpoints of stock models")
struct StockModelFileTests {
    private static let returns = (0...100).map { Float($0 - 50) / 100 }

    @Test("tensors determine the shape, settings the heads and the rows")
    func training() throws {
        let file = try open(TinyStock().training())
        #expect(file.configuration == TinyStock.configuration)
        #expect(file.flavour == .training && file.trainedRows == 60 && file.epoch == 3 && file.binEdges == nil)
        #expect(file.target == .ratios && !file.confidenceIsTrained)
        var classifying = TinyStock.configuration
        classifying.prediction = .classification
        let second = try open(TinyStock(classifying).training())
        #expect(second.configuration == classifying && second.confidenceIsTrained)
    }

    @Test("walk-forward checkpoints, of a fold and of an epoch")
    func walkForward() throws {
        var classifying = TinyStock.configuration
        classifying.prediction = .classification
        let tiny = TinyStock(classifying)
        var fold = TorchBuilder()
        fold.dictionary([
            ("model_state_dict", { $0.dictionary(tiny.members()) }), ("config", { $0.dictionary([("num_heads", { $0.integer(2) })]) }),
            ("fold_idx", { $0.integer(1) }), ("walk_forward_config", { $0.dictionary([("seq_len", { $0.integer(750) })]) }),
            ("bin_edges", { $0.tensor([101], Self.returns) }),
        ])
        let first = try open(fold.archive(root: "fold_1_best"))
        #expect(first.flavour == .walkForward && first.trainedRows == 750 && first.binEdges?.edges == Self.returns)
        #expect(first.target == .returns && !first.confidenceIsTrained)
        var epoch = TorchBuilder()
        epoch.dictionary([
            ("model_state_dict", { $0.dictionary(tiny.members()) }), ("epoch", { $0.integer(7) }),
            ("model_config", { $0.dictionary([("num_heads", { $0.integer(2) }), ("input_dim", { $0.integer(5) })]) }),
            ("training_config", { $0.dictionary([("seq_len", { $0.integer(100) })]) }),
        ])
        let second = try open(epoch.archive())
        #expect(second.flavour == .walkForwardEpoch && second.trainedRows == 100 && second.epoch == 7 && second.target == .returns)
    }

    @Test(
        "prefixes are dropped, and make no difference to the fingerprint",
        arguments: ["_orig_mod.", "module.", "encoder.", "module._orig_mod.", "_orig_mod.module.", "_orig_mod.encoder.", "encoder.module."])
    func prefixes(prefix: String) throws {
        let plain = try open(TinyStock().training()), file = try open(TinyStock().training(prefix: prefix))
        #expect(file.configuration == plain.configuration)
        #expect(try file.weightsDigest() == plain.weightsDigest())
    }

    /// Infixes of names and extra tensors that come from compiled parts, FSDP, activation checkpointing and averages of weights.
    @Test(
        "what wrappers add to names is left out wherever it stands",
        arguments: [
            ("input_proj.", "input_proj._orig_mod."), ("transformer.", "transformer._orig_mod."), ("", "_fsdp_wrapped_module."),
            ("transformer.layers.0.", "transformer.layers.0._checkpoint_wrapped_module."), ("", "module.module."), ("", "_forward_module."),
            ("transformer.layers.1.", "transformer.layers.1._fsdp_wrapped_module._checkpoint_wrapped_module."), ("", "model."),
            ("", "model._orig_mod.encoder."),
        ])
    func wrappers(part: String, wrapped: String) throws {
        let plain = try open(TinyStock().training())
        for counted in [false, true] {
            var tiny = TinyStock()
            for index in tiny.tensors.indices where tiny.tensors[index].name.hasPrefix(part) {
                tiny.tensors[index].name = wrapped + tiny.tensors[index].name.dropFirst(part.count)
            }
            if counted { tiny.tensors.append(("n_averaged", [], [5])) }
            let file = try open(tiny.training())
            #expect(file.configuration == plain.configuration)
            #expect(try file.weightsDigest() == plain.weightsDigest())
            try file.checkTensors()
        }
    }

    @Test("an averaged model has its count beside the module")
    func averaged() throws {
        var tiny = TinyStock()
        for index in tiny.tensors.indices { tiny.tensors[index].name = "module." + tiny.tensors[index].name }
        tiny.tensors.insert(("n_averaged", [], [5]), at: 0)
        let file = try open(tiny.training())
        #expect(try file.weightsDigest() == open(TinyStock().training()).weightsDigest())
    }

    @Test("weights under other keys", arguments: ["state_dict", "model", "module"])
    func weightKeys(key: String) throws {
        var builder = TorchBuilder()
        builder.dictionary([
            ("epoch", { $0.integer(4) }), (key, { $0.dictionary(TinyStock().members("model.")) }),
            ("hyper_parameters", { $0.dictionary(TinyStock.settings) }), ("optimizer_states", { $0.code("]") }),
        ])
        let file = try open(builder.archive())
        #expect(file.configuration == TinyStock.configuration && file.trainedRows == 60 && file.epoch == 4)
        // The trainer is unknown.
        #expect(file.flavour == .stateDictionary && file.target == nil)
    }

    @Test("repeated or flattened weights, and weights under an unknown key, are rejected with a remedy")
    func unclearWeights() throws {
        func reason(_ members: TinyStock.Members) throws -> String {
            var builder = TorchBuilder()
            builder.dictionary(members)
            return try refusal(builder.archive())?.reason ?? ""
        }
        let weights: (inout TorchBuilder) -> Void = { $0.dictionary(TinyStock().members()) }
        #expect(try reason([("state_dict", weights), ("model", weights)]).contains("under state_dict and model; keep one"))
        #expect(try reason([("ema_state_dict", weights)]).contains("it has ema_state_dict); where one of these"))
        let twice = TinyStock().members() + TinyStock().members("_orig_mod.")
        #expect(try reason([("model_state_dict", { $0.dictionary(twice) })]).contains("more than once"))
        let flat: TinyStock.Members = [("_fsdp_wrapped_module._flat_param", { $0.tensor([2], [1, 2]) })]
        #expect(try reason([("model_state_dict", { $0.dictionary(flat) })]).contains("FULL_STATE_DICT"))
    }

    /// `model.head.weight.no_decay = True` makes `torch.save` write such parameters.
    @Test("parameters with attributes are read without them")
    func parametersWithState() throws {
        var builder = TorchBuilder()
        builder.dictionary([
            (
                "model_state_dict",
                { builder in
                    builder.dictionary(
                        TinyStock().tensors.map { tensor in
                            (
                                tensor.name,
                                { (builder: inout TorchBuilder) in
                                    builder.global("torch._utils", "_rebuild_parameter_with_state")
                                    builder.code("(")
                                    builder.tensor(tensor.shape, tensor.values)
                                    builder.pickle.append(0x88)
                                    builder.code("}")
                                    builder.dictionary([("no_decay", { $0.pickle.append(0x88) })])
                                    builder.code("t")
                                    builder.code("R")
                                }
                            )
                        })
                }
            ), ("config", { $0.dictionary(TinyStock.settings) }),
        ])
        #expect(try open(builder.archive()).weightsDigest() == open(TinyStock().training()).weightsDigest())
    }

    @Test("every tensor is checked, including those of the heads")
    func everyTensor() throws {
        try open(TinyStock().training()).checkTensors()
        for name in ["pred_head.3.bias", "confidence_head.0.weight", "pos_encoding"] {
            var tiny = TinyStock()
            tiny.edit(name) { $0.values[1] = .nan }
            let file = try open(tiny.training())
            let error = #expect(throws: ModelFileError.self) { try file.checkTensors() }
            #expect(error?.reason.contains("\(name) has values that are not finite") == true)
        }
    }

    @Test("the fingerprint covers the encoder's tensors")
    func digest() throws {
        let digest = try open(TinyStock().training()).weightsDigest()
        let tensors = try open(
            TinyStock().safetensors(metadata: #"{"num_heads":"2","seq_len":"60"}"#), name: "a.safetensors")
        #expect(tensors.flavour == .safetensors && tensors.trainedRows == 60 && tensors.configuration == TinyStock.configuration)
        #expect(try tensors.weightsDigest() == digest)
        let fold = try open(TinyStock().safetensors(metadata: #"{"num_heads":"2","flavour":"walk-forward"}"#), name: "a.safetensors")
        #expect(fold.flavour == .walkForward && fold.target == .returns)
        var head = TinyStock()
        head.edit("pred_head.0.bias") { $0.values[0] += 1 }
        #expect(try open(head.training()).weightsDigest() == digest)
        var encoder = TinyStock()
        encoder.edit("transformer.layers.1.linear2.bias") { $0.values[0] += 1 }
        #expect(try open(encoder.training()).weightsDigest() != digest)
    }

    @Test("safetensors hold bin edges beside the weights; the caller gives the heads if the file does not")
    func safetensors() throws {
        let edges = ("bin_edges", [101], Self.returns)
        let bytes = TinyStock().safetensors(metadata: "{}", extra: [edges])
        #expect(try refusal(bytes, name: "a.safetensors")?.reason.contains("attention heads") == true)
        let folder = try TemporaryFolder(), path = try folder.write(bytes, to: "a.safetensors")
        let file = try StockModelFile(path: path, heads: 4)
        #expect(file.configuration.heads == 4 && file.binEdges?.target == .returns)
        #expect(throws: ModelFileError.self) { try StockModelFile(path: path, heads: 3) }
        let said = try folder.write(TinyStock().training(), to: "b.pt")
        #expect(throws: ModelFileError.self) { try StockModelFile(path: said, heads: 4) }
    }

    @Test("a bare state_dict, and a model without a confidence head")
    func bare() throws {
        var builder = TorchBuilder()
        builder.dictionary(TinyStock().members("_orig_mod."))
        let folder = try TemporaryFolder()
        let file = try StockModelFile(path: folder.write(builder.archive(), to: "a.pt"), heads: 2)
        #expect(file.flavour == .stateDictionary && file.target == nil)
        var silent = TinyStock()
        silent.tensors.removeAll { $0.name.hasPrefix("confidence_head.") }
        #expect(try open(silent.training()).configuration.hasConfidence == false)
    }

    @Test("every tensor must be present with its shape, and no other")
    func strict() throws {
        func reason(_ change: (inout TinyStock) -> Void) throws -> String {
            var tiny = TinyStock()
            change(&tiny)
            return try refusal(tiny.training())?.reason ?? ""
        }
        #expect(
            try reason { $0.tensors.removeAll { $0.name == "transformer.layers.1.norm2.bias" } }.contains(
                "lacks the tensors transformer.layers.1.norm2.bias"))
        #expect(try reason { $0.tensors.removeAll { $0.name == "confidence_head.3.bias" } }.contains("confidence_head.3.bias"))
        #expect(try reason { $0.tensors.removeAll { $0.name.hasPrefix("pred_head") } }.contains("pred_head.3.weight"))
        #expect(
            try reason { $0.tensors.append(("transformer.norm.weight", [8], [Float](repeating: 1, count: 8))) }.contains("transformer.norm.weight"))
        #expect(try reason { $0.tensors.append(("transformer.layers.3.norm1.weight", [8], [Float](repeating: 1, count: 8))) }.contains("layers.3"))
        #expect(
            try reason { $0.edit("input_proj.1.bias") { $0 = ($0.name, [4, 2], $0.values) } }.contains("has the shape [4, 2], where [8] follows"))
        #expect(try reason { $0.edit("pred_head.3.weight") { $0 = ($0.name, [2, 16], $0.values) } }.contains("2 outputs"))
        #expect(try reason { $0.edit("pos_encoding") { $0 = ($0.name, [12, 8], $0.values) } }.contains("pos_encoding has the shape [12, 8]"))
    }

    @Test("weights that are not finite, or not floating-point numbers")
    func values() throws {
        for bad in [Float.nan, .infinity, -.infinity] {
            var tiny = TinyStock()
            tiny.edit("transformer.layers.0.linear1.weight") { $0.values[17] = bad }
            let file = try open(tiny.training())
            let error = #expect(throws: ModelFileError.self) { try file.weightsDigest() }
            #expect(error?.reason.contains("transformer.layers.0.linear1.weight has values that are not finite") == true)
        }
    }

    @Test(
        "other models are told by their tensors",
        arguments: [
            ("technical_encoder.input_proj.0.weight", "multi-modal"), ("encoder.technical_encoder.input_proj.0.weight", "multi-modal"),
            ("_orig_mod.fundamental_encoder.encoder.0.weight", "multi-modal"), ("projection_head.projector.0.weight", "contrastive"),
            ("regression_head.0.weight", "DirectPricePredictor"),
        ])
    func families(name: String, family: String) throws {
        var builder = TorchBuilder()
        builder.dictionary([("model_state_dict", { $0.dictionary([(name, { $0.tensor([2, 2], [1, 2, 3, 4]) })]) })])
        let error = try refusal(builder.archive())
        #expect(error?.code == .unsupported && error?.reason.contains(family) == true, "\(error?.reason ?? "")")
    }

    @Test("portfolio models, contrastive encoders and whole modules")
    func otherFiles() throws {
        var portfolio = TorchBuilder()
        portfolio.dictionary([
            ("model_state_dict", { $0.dictionary(TinyStock().members("encoder.") + [("selector.weight", { $0.tensor([1], [1]) })]) })
        ])
        #expect(try refusal(portfolio.archive())?.reason.contains("portfolio") == true)
        var contrastive = TorchBuilder()
        contrastive.dictionary([("encoder_state_dict", { $0.dictionary(TinyStock().members()) })])
        #expect(try refusal(contrastive.archive())?.reason.contains("contrastive") == true)
        #expect(throws: ModelFileError.self) { try StockModelFile(path: goldenFile("module.pt")) }
        #expect(throws: ModelFileError.self) { try StockModelFile(path: goldenFile("objects-2.pt")) }
        #expect(throws: ModelFileError.self) { try StockModelFile(path: goldenFile("edges-ratios.pt")) }
    }

    @Test("settings that contradict the tensors, or are missing")
    func settings() throws {
        for (key, value) in [("hidden_dim", 16), ("num_layers", 3), ("input_dim", 6), ("num_heads", 3), ("num_heads", 0), ("seq_len", -1)] {
            let settings = TinyStock.settings.filter { $0.0 != key } + [(key, { $0.integer(value) })]
            #expect(try refusal(TinyStock().training(settings: settings)) != nil, "\(key) \(value)")
        }
        let silent = TinyStock.settings.filter { $0.0 != "num_heads" }
        #expect(try refusal(TinyStock().training(settings: silent))?.reason.contains("--heads") == true)
        let text = silent + [("num_heads", { $0.text("two") })]
        #expect(try refusal(TinyStock().training(settings: text)) != nil)
    }

    @Test("bin edges are ascending, finite and near 0 or 1 in the middle")
    func binEdges() throws {
        #expect(try StockBinEdges(path: goldenFile("edges-ratios.pt")).target == .ratios)
        #expect(try StockBinEdges(Self.returns, path: "").target == .returns)
        #expect(try StockBinEdges(Self.returns, path: "").middles.first == -0.495)
        var equal = Self.returns
        for index in 40...60 { equal[index] = 0 }
        #expect(try StockBinEdges(equal, path: "").middles.count == 100)
        var wrong = [Self.returns.dropLast() + [], Array(Self.returns.reversed()), Self.returns.map { $0 + 0.5 }, Self.returns.map { $0 * 0 }]
        wrong += [Float.nan, .infinity].map { Self.returns.dropLast() + [$0] }
        for edges in wrong { #expect(throws: ModelFileError.self) { try StockBinEdges(edges, path: "") } }
        for name in ["edges-few.pt", "objects-2.pt"] {
            #expect(throws: ModelFileError.self) { try StockBinEdges(path: goldenFile(name)) }
        }
        let none: TinyStock.Members = [("bin_edges", { $0.code("N") })]
        let file = try open(TinyStock().training(more: none))
        #expect(file.binEdges == nil && file.binEdgesFlaw == nil)
    }

    @Test("bin edges that cannot be used do not keep a model from encoding")
    func badBinEdges() throws {
        let nan = [Float.nan] + Self.returns.dropFirst(), half = Self.returns.map { $0 + 0.5 }
        let cases: [(TinyStock.Members, String)] = [
            ([("bin_edges", { $0.tensor([101], [Float](repeating: 0, count: 101)) })], "all are 0"),
            ([("bin_edges", { $0.tensor([101], nan) })], "not all are finite"), ([("bin_edges", { $0.tensor([101], half) })], "near neither"),
            ([("bin_edges", { $0.tensor([3], [1, 2, 3]) })], "shape [3]"), ([("bin_edges", { $0.text("none") })], "are a text"),
        ]
        let digest = try open(TinyStock().training()).weightsDigest()
        for (members, flaw) in cases {
            let file = try open(TinyStock().training(more: members))
            #expect(file.binEdges == nil)
            #expect(file.binEdgesFlaw?.contains(flaw) == true, "\(file.binEdgesFlaw ?? "") for \(flaw)")
            #expect(try file.weightsDigest() == digest)
        }
        let zeros = ("bin_edges", [101], [Float](repeating: 0, count: 101))
        let tensors = try open(TinyStock().safetensors(metadata: #"{"num_heads":"2"}"#, extra: [zeros]), name: "a.safetensors")
        #expect(tensors.binEdges == nil && tensors.binEdgesFlaw?.contains("all are 0") == true)
    }

    /// Single-process walk-forward training stores NumPy numbers beside the weights.
    @Test("a checkpoint whose losses are numbers of NumPy is read", arguments: ["numpy._core.multiarray", "numpy.core.multiarray"])
    func lossesOfNumPy(module: String) throws {
        let more: TinyStock.Members = [
            ("val_loss", { $0.numPy(module, "f8", little(Double(0.5).bitPattern)) }), ("fold_idx", { $0.numPy(module, "i8", little(UInt64(3))) }),
        ]
        let file = try open(TinyStock().training(more: more))
        #expect(file.flavour == .walkForward && file.configuration == TinyStock.configuration)
    }

    /// What is refused, and what a Python object makes of a setting, through scripts/export-checkpoint.
    @Test(
        "scripts/export-checkpoint makes a readable checkpoint of others",
        .enabled(if: Machine.hasPython(with: "torch") && Machine.hasPython(with: "safetensors"), "\(Machine.pythonIsMissing)"))
    func exported() throws {
        let python = try #require(Python(with: "torch")), folder = try TemporaryFolder()
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let source = tests.appendingPathComponent("EncodersTests/Resources/stock-training.pt").path
        let digest = try StockModelFile(path: source).weightsDigest()
        let output = try python.run(
            """
            import argparse, sys, torch
            source, script, folder = sys.argv[1:4]
            program = compile(open(script).read(), script, 'exec')
            loaded = torch.load(source, map_location='cpu', weights_only=False)
            weights, config = loaded['model_state_dict'], loaded['config']
            space = argparse.Namespace(**config)
            marked = {name: torch.nn.Parameter(value) for name, value in weights.items()}
            for value in marked.values(): value.no_decay = True
            averaged = {'module.' + name: value for name, value in weights.items()} | {'n_averaged': torch.tensor(5)}
            middle = {name.replace('layers.0.', 'layers.0._checkpoint_wrapped_module.'): value for name, value in weights.items()}
            heads = ['--heads', str(config['num_heads'])]
            for name, checkpoint, more in (
                ('namespace', {'model_state_dict': weights, 'config': space}, []),
                ('parameters', {'model_state_dict': marked, 'config': config}, []),
                ('lightning', {'state_dict': {'model.' + name: value for name, value in weights.items()}, 'hyper_parameters': space}, []),
                ('averaged', {'ema_state_dict': averaged, 'args': space}, ['--weights', 'ema_state_dict']),
                ('middle', {'model_state_dict': middle, 'config': space}, []),
                ('double', {'model_state_dict': {name: value.double() for name, value in weights.items()}, 'config': space}, []),
                ('bare', marked, heads),
            ):
                torch.save(checkpoint, folder + '/in.pt')
                for kind in ('pt', 'safetensors'):
                    sys.argv = [script, folder + '/in.pt', f'{folder}/{name}.{kind}'] + more
                    exec(program, {'__name__': '__main__'})
                    print(f'{name}.{kind}')
            """, source, tests.appendingPathComponent("../scripts/export-checkpoint").standardized.path, folder.path)
        let names = try #require(output, "the script failed").split(separator: "\n")
        #expect(names.count == 14)
        for name in names {
            let file = try StockModelFile(path: folder.file(String(name)))
            #expect(try file.weightsDigest() == digest, "\(name)")
            try file.checkTensors()
        }
    }

    static let original = "../shared/data/original-backtest/inputs"

    @Test(
        "checkpoints of the original's own training scripts",
        .enabled(if: FileManager.default.fileExists(atPath: original), "the original's checkpoints are not here"),
        arguments: [("model_train.pt", StockModelFile.Flavour.training), ("model_wf_cls.pt", .walkForward), ("model_wf_reg.pt", .walkForward)])
    func originals(name: String, flavour: StockModelFile.Flavour) throws {
        let file = try StockModelFile(path: Self.original + "/" + name)
        #expect(file.flavour == flavour && file.configuration.hidden == 32 && file.configuration.heads == 4 && file.trainedRows == 30)
        #expect(file.binEdgesFlaw == nil && (file.binEdges == nil) == (name != "model_wf_cls.pt"))
    }

    private func open(_ bytes: [UInt8], name: String = "a.pt") throws -> OpenedFile {
        let folder = try TemporaryFolder()
        return OpenedFile(file: try StockModelFile(path: folder.write(bytes, to: name)), folder: folder)
    }

    private func refusal(_ bytes: [UInt8], name: String = "a.pt") throws -> ModelFileError? {
        let folder = try TemporaryFolder(), path = try folder.write(bytes, to: name)
        return #expect(throws: ModelFileError.self) { try StockModelFile(path: path) }
    }
}

/// A checkpoint in a folder with the same lifetime.
@dynamicMemberLookup
private struct OpenedFile {
    let file: StockModelFile
    let folder: TemporaryFolder

    subscript<Value>(dynamicMember path: KeyPath<StockModelFile, Value>) -> Value { file[keyPath: path] }
    func weightsDigest() throws -> String { try file.weightsDigest() }
    func checkTensors() throws { try file.checkTensors() }
}
