// Feeds damaged model files to their readers: safetensors, JSON, tokenizer.json, vocab.txt and the settings of a model's folder.
// A reader either refuses a file with an error of its own or gives something that holds together; it never crashes and never reads
// beyond the file. Run by scripts/fuzz-models.
import Foundation
import ModelFiles
import StrictJSON
import Tokenization

struct Fuzzer {
    let folder: String
    private(set) var accepted: [String: Int] = [:]
    private(set) var refused: [String: Int] = [:]

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder + "/model/1_Pooling", withIntermediateDirectories: true)
        try write(Samples.vocabulary, to: "model/vocab.txt")
        try write([0x7B], to: "model/model.safetensors")
    }

    /// Reads the input of a seed.
    mutating func run(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        let kind = ["safetensors", "safetensors", "JSON", "tokenizer.json", "vocab.txt", "settings"][mutator.below(6)]
        do {
            switch kind {
            case "safetensors": try safetensors(&mutator)
            case "JSON": try json(&mutator)
            case "tokenizer.json": try tokenizer(&mutator)
            case "vocab.txt": try vocabulary(&mutator)
            default: try settings(&mutator)
            }
            accepted[kind, default: 0] += 1
        } catch let error as any CustomStringConvertible & Error where error is ModelFileError || error is TokenizerError || error is JSONError {
            guard !error.description.isEmpty else { throw Finding("an error without words") }
            refused[kind, default: 0] += 1
        }
    }

    /// Something that a reader should not have let pass.
    struct Finding: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
        if !condition { throw Finding(text()) }
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        let path = folder + "/" + name
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0, Foundation.write(file, bytes, bytes.count) == bytes.count, close(file) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    private func safetensors(_ mutator: inout Mutator) throws {
        var (header, byteCount) = Samples.tensors[mutator.below(Samples.tensors.count)]
        if !mutator.oneIn(8) { mutator.damage(&header) }
        var length = UInt64(header.count)
        if mutator.oneIn(6) { length = mutator.oneIn(2) ? mutator.next() : length &+ mutator.next() % 9 &- 4 }
        if mutator.oneIn(4) { byteCount = mutator.below(80) }
        var bytes = withUnsafeBytes(of: length.littleEndian) { Array($0) } + header
        for _ in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: mutator.next())) }
        if mutator.oneIn(8) { mutator.damage(&bytes) }
        try write(bytes, to: "x.safetensors")

        let file = try SafetensorsFile(path: folder + "/x.safetensors")
        try require(file.byteCount == bytes.count, "the file is of another length")
        var covered = 0
        for (name, info) in file.tensors {
            try require(info.byteRange.lowerBound >= 8 && info.byteRange.upperBound <= bytes.count, "\(name) leaves the file")
            try require(
                info.shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) == info.elementCount, "\(name) has another size")
            covered += info.byteRange.count
            let sum = try file.withBytes(of: name) { $0.reduce(0) { $0 &+ Int($1) } }
            try require(sum == bytes[info.byteRange].reduce(0) { $0 + Int($1) }, "\(name) has other bytes")
            if [.f32, .f16, .bf16].contains(info.elementType) {
                try require(try file.floats(name, shape: info.shape).count == info.elementCount, "\(name) has other numbers")
            }
        }
        let headerEnd = 8 + Int(bytes.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) })
        try require(headerEnd + covered == bytes.count, "tensors overlap or leave holes")
    }

    private func json(_ mutator: inout Mutator) throws {
        var bytes = Samples.documents[mutator.below(Samples.documents.count)]
        mutator.damage(&bytes)
        let value = try JSONValue(parsing: bytes)
        // What the strict reader takes, a lenient one takes too.
        let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        try require(other != nil, "JSONSerialization refuses \(value)")
    }

    private func check(_ tokenizer: WordPieceTokenizer) throws {
        for text in Samples.texts {
            for limit in [2, 5, 64] {
                let ids = tokenizer.encode(text, maxTokens: limit)
                try require((2...limit).contains(ids.count), "\(ids.count) tokens of at most \(limit)")
                try require(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize }, "a token beyond the vocabulary")
            }
        }
    }

    private func tokenizer(_ mutator: inout Mutator) throws {
        var bytes = Samples.tokenizer
        mutator.damage(&bytes)
        try write(bytes, to: "tokenizer.json")
        try check(try WordPieceTokenizer(path: folder + "/tokenizer.json"))
    }

    private func vocabulary(_ mutator: inout Mutator) throws {
        var bytes = Samples.vocabulary
        mutator.damage(&bytes)
        try write(bytes, to: "vocab.txt")
        try check(try WordPieceTokenizer(path: folder + "/vocab.txt"))
    }

    private func settings(_ mutator: inout Mutator) throws {
        let files = Samples.settings[mutator.below(Samples.settings.count)], names = files.keys.sorted()
        let damaged = mutator.below(names.count + 2)
        for name in ["config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "tokenizer_config.json"] {
            guard var bytes = files[name] else {
                unlink(folder + "/model/" + name)
                continue
            }
            // Most of all the first, config.json's.
            if name == (damaged < names.count ? names[damaged] : "config.json") { mutator.damage(&bytes) }
            try write(bytes, to: "model/" + name)
        }
        let model = try ModelFolder(path: folder + "/model", model: mutator.oneIn(2) ? CatalogModel.minilm : nil)
        let c = model.configuration
        try require(c.hiddenSize > 0 && c.headCount > 0 && c.hiddenSize % c.headCount == 0, "heads of \(c)")
        try require(c.layerCount > 0 && c.intermediateSize > 0 && c.vocabularySize > 0 && c.maxPositions > 0, "sizes of \(c)")
        try require(model.maxTokens <= c.maxPositions, "longer texts than positions")
    }
}

let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
guard arguments.count <= 2, let inputs = arguments.first ?? 1_000_000, let first = arguments.dropFirst().first ?? 0 else {
    FileHandle.standardError.write(Data("usage: fuzz-models [INPUTS [FIRST_SEED]]\n".utf8))
    exit(2)
}
let folder = NSTemporaryDirectory() + "tapedeck-fuzz-\(ProcessInfo.processInfo.processIdentifier)"
var fuzzer = try Fuzzer(folder: folder)
for seed in first..<first + inputs {
    if seed % 1000 == 0 { fuzzerNote(seed) }
    do {
        try fuzzer.run(seed: seed)
    } catch {
        print("seed \(seed): \((error as? Fuzzer.Finding)?.text ?? "\(error)"); its input is in \(folder)")
        exit(1)
    }
}
try FileManager.default.removeItem(atPath: folder)
func list(_ counts: [String: Int]) -> String { counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ") }
print("\(inputs) inputs from seed \(first): taken \(list(fuzzer.accepted)); refused \(list(fuzzer.refused)); nothing found")

/// Where to look after a crash: the last thousand seeds, and the input that is still in the folder.
func fuzzerNote(_ seed: UInt64) {
    try? Data("\(seed)\n".utf8).write(to: URL(fileURLWithPath: folder + "/seed"))
}
