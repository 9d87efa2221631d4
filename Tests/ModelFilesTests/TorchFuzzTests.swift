import Foundation
import ModelFiles
import Testing
import TestSupport

/// Damaged and generated checkpoints are read or rejected, without a crash, a hang or a read outside the file.
///
/// TAPEDECK_FUZZ_ROUNDS sets the number of files of each kind, TAPEDECK_FUZZ_SEED where they start; scripts/fuzz-checkpoints runs millions.
@Suite("Checkpoints made of damage")
struct TorchFuzzTests {
    private static func setting(_ name: String, _ otherwise: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
    }
    private static let rounds = setting("TAPEDECK_FUZZ_ROUNDS", 4_000)
    private static let seed = UInt64(truncatingIfNeeded: setting("TAPEDECK_FUZZ_SEED", 1))

    @Test("bytes changed anywhere in a file", arguments: ["objects-2.pt", "objects-4.pt", "edges-ratios.pt"])
    func damagedFiles(name: String) throws {
        let whole = Self.withoutChecksums(try Array(Data(contentsOf: URL(filePath: goldenFile(name)))))
        var generator = SplitMix(state: Self.seed ^ UInt64(whole.count))
        let read = try Self.run { Self.damage(whole, &generator) }
        #expect(read > 0, "some changes do no harm")
    }

    @Test("bytes changed in the pickle of a whole archive")
    func damagedPickles() throws {
        var generator = SplitMix(state: Self.seed &+ 1)
        var whole = TorchBuilder()
        whole.dictionary([
            ("model_state_dict", { $0.dictionary([("a", { $0.tensor([2, 3], [1, 2, 3, 4, 5, 6]) }), ("b", { $0.tensor([1], [7]) })]) }),
            ("config", { $0.dictionary([("num_heads", { $0.integer(2) }), ("list", { $0.tuple([1, 2, 3]) })]) }),
        ])
        let read = try Self.run {
            var changed = whole
            changed.pickle = Self.damage(whole.pickle, &generator)
            return Self.withoutChecksums(changed.archive())
        }
        #expect(read > 0)
    }

    @Test("pickles of random steps")
    func randomPickles() throws {
        var generator = SplitMix(state: Self.seed &+ 2)
        let read = try Self.run {
            var builder = TorchBuilder()
            for _ in 0..<Int.random(in: 1...60, using: &generator) { Self.step(&builder, &generator) }
            builder.storages = [("0", [UInt8](repeating: 1, count: 24))]
            return builder.archive()
        }
        #expect(read > 0, "some are programs")
    }

    /// Opens one file per round and reads everything in those that open.
    /// - Returns: how many did.
    private static func run(_ next: () -> [UInt8]) throws -> Int {
        let folder = try TemporaryFolder(), path = folder.path + "/a.pt"
        var opened = 0
        for _ in 0..<rounds {
            guard let file = fopen(path, "wb") else { throw CocoaError(.fileWriteUnknown) }
            let bytes = next()
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
            guard let checkpoint = try? TorchFile(path: path) else { continue }
            opened += 1
            var pending = [checkpoint.root], seen = 0
            while let value = pending.popLast(), seen < 1_000 {
                seen += 1
                pending += value.elements ?? []
                for (key, member) in value.members ?? [] {
                    pending += [key, member]
                    if let text = key.string { _ = value[text] }
                }
                if let tensor = value.tensor { _ = try? checkpoint.floats(tensor) }
            }
            _ = try? StockModelFile(path: path)
        }
        return opened
    }

    /// The archive as saved with `torch.serialization.set_crc32_options(False)`, so that the damage reaches later checks.
    private static func withoutChecksums(_ archive: [UInt8]) -> [UInt8] {
        var archive = archive
        for place in archive.ranges(of: [0x50, 0x4B, 1, 2]).map(\.lowerBound) {
            archive.replaceSubrange(place + 16..<place + 20, with: [0, 0, 0, 0])
        }
        return archive
    }

    private static func damage(_ bytes: [UInt8], _ generator: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[at] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes[at] = [0, 0xFF, 0x7F, 0x80].randomElement(using: &generator) ?? 0
            case 3: bytes.remove(at: at)
            case 4: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
            default:
                let from = Int.random(in: 0..<bytes.count, using: &generator)
                let count = min(Int.random(in: 1...32, using: &generator), bytes.count - max(at, from))
                bytes.replaceSubrange(at..<at + count, with: Array(bytes[from..<from + count]))
            }
        }
        return bytes
    }

    private static func step(_ builder: inout TorchBuilder, _ generator: inout SplitMix) {
        let numbers = [0, 1, 2, 6, -1, 1 << 31, Int.max, Int.min]
        switch Int.random(in: 0..<14, using: &generator) {
        case 0: builder.integer(numbers.randomElement(using: &generator) ?? 0)
        case 1: builder.text(["storage", "0", "cpu", "a", "model_state_dict", "bin_edges"].randomElement(using: &generator) ?? "")
        case 2:
            let names = [
                ("torch", "FloatStorage"), ("torch", "HalfStorage"), ("torch", "Size"), ("torch", "device"), ("torch", "float32"),
                ("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_parameter"),
            ]
            let (module, name) = names.randomElement(using: &generator) ?? ("", "")
            builder.global(module, name)
        case 3: builder.tuple((0..<Int.random(in: 0...3, using: &generator)).map { _ in numbers.randomElement(using: &generator) ?? 0 })
        case 4:
            builder.pickle += [UInt8(ascii: "q"), UInt8.random(in: 0...3, using: &generator)]
        case 5: builder.pickle += [UInt8(ascii: "h"), UInt8.random(in: 0...3, using: &generator)]
        case 6:
            let shape = (0..<Int.random(in: 0...3, using: &generator)).map { _ in Int.random(in: 0...3, using: &generator) }
            builder.tensor(
                shape: shape, strides: shape.map { _ in numbers.randomElement(using: &generator) ?? 0 },
                offset: numbers.randomElement(using: &generator) ?? 0, bytes: [], count: 6)
            builder.storages = []
        default:
            let steps = Array("])}(tsauebRQN".utf8) + [0x85, 0x86, 0x87, 0x88, 0x93, 0x94]
            builder.pickle.append(steps.randomElement(using: &generator) ?? 0)
        }
    }
}
