import Foundation
import ModelFiles
import Testing
import TestSupport

/// A file of scripts/golden/stock_model.py.
func goldenFile(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Golden")).path
}

@Suite("PyTorch checkpoints")
struct TorchFileTests {
    @Test("every kind of object that torch.save writes is read back", arguments: ["objects-2.pt", "objects-4.pt"])
    func objects(name: String) throws {
        let file = try TorchFile(path: goldenFile(name)), root = file.root
        #expect(root["none"]?.isNone == true)
        #expect(root["true"]?.bool == true && root["false"]?.bool == false)
        #expect(["small", "large", "negative", "wide"].map { root[$0]?.integer } == [7, 70000, -3, 1 << 40])
        #expect(root["number"]?.double == 2.5 && root["small"]?.double == 7 && root["number"]?.integer == nil)
        #expect(root["text"]?.string == "Zürich")
        let list = try #require(root["list"]?.elements)
        #expect(list.count == 3 && list[0].integer == 1 && list[1].elements?[1].string == "three" && list[2].elements?.isEmpty == true)
        #expect(root["again"]?.elements?.count == 3)
        #expect(["tuple", "one", "four", "size"].map { root[$0]?.elements?.count } == [0, 1, 4, 2])
        #expect(root["size"]?.elements?.map(\.integer) == [2, 3])
        #expect(root["type"]?.kind == "torch.bfloat16" && root["device"]?.kind == "a device")
        #expect(root.members?.first { $0.key.integer == 3 }?.value.string == "by number")
        #expect(root["state"]?.members?.compactMap(\.key.string) == ["weight", "bias"])
        #expect(root["absent"] == nil && root["text"]?["key"] == nil)
    }

    @Test("tensors of every shape, stride and element type", arguments: ["objects-2.pt", "objects-4.pt"])
    func tensors(name: String) throws {
        let file = try TorchFile(path: goldenFile(name))
        func values(_ key: String, _ shape: [Int]) throws -> [Float] {
            let tensor = try #require(file.root[key]?.tensor)
            #expect(tensor.shape == shape)
            return try file.floats(tensor)
        }
        let all = (0..<24).map { Float($0) }
        #expect(try values("tensor", [2, 3, 4]) == all)
        // permute(2, 0, 1): element (i, j, k) is (j, k, i) of the original.
        var transposed: [Float] = []
        for i in 0..<4 { for j in 0..<2 { for k in 0..<3 { transposed.append(Float(j * 12 + k * 4 + i)) } } }
        #expect(try values("transposed", [4, 2, 3]) == transposed)
        #expect(try values("slice", [2, 2]) == [16, 18, 20, 22])
        #expect(try values("empty", [0, 3]) == [])
        let twelve = (0..<12).map { Float($0) }
        for key in ["half", "bfloat16", "double"] { #expect(try values(key, [3, 4]) == twelve) }
        #expect(try values("parameter", [2]) == [1, 1])
        let scalar = try #require(file.root["scalar"]?.tensor)
        #expect(scalar.elementType == .i64 && scalar.shape.isEmpty)
        #expect(try file.withBytes(of: scalar) { $0.loadUnaligned(as: Int64.self) } == 5)
        #expect(try file.withBytes(of: #require(file.root["bytes"]?.tensor)) { Array($0) } == [1, 255])
        #expect(throws: ModelFileError.self) { try file.floats(scalar) }
    }

    @Test(
        "what would run code, or is no checkpoint, is refused by name",
        arguments: [
            ("command.pt", "posix.system"), ("module.pt", "__main__.Whole"), ("date.pt", "datetime.date"),
            ("legacy.pt", "before 1.6"), ("script.pt", "TorchScript"), ("compressed.pt", "compressed"),
        ])
    func refused(name: String, reason: String) throws {
        let error = #expect(throws: ModelFileError.self) { try TorchFile(path: goldenFile(name)) }
        #expect(error?.code == .unsupported)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test(
        "nothing is called but what builds tensors and dictionaries",
        arguments: [
            ("builtins", "eval"), ("os", "system"), ("subprocess", "Popen"), ("torch", "load"), ("torch.nn.modules.linear", "Linear"),
            ("torch._utils", "_rebuild_tensor"), ("collections", "defaultdict"), ("torch", "FloatStorage\u{1b}[2J"),
        ])
    func calls(module: String, name: String) throws {
        for named in [true, false] {
            var builder = TorchBuilder()
            if named {
                builder.global(module, name)
            } else {
                builder.text(module)
                builder.text(name)
                builder.pickle.append(0x93)
            }
            builder.text("echo")
            builder.pickle += [0x85]
            builder.code("R")
            let error = try refusal(builder)
            #expect(error?.code == .unsupported)
            #expect(error?.reason.contains("asks for \(module).\(name.prefix(6))") == true, "\(error?.reason ?? "")")
            #expect(error?.reason.contains("\u{1b}") == false)
        }
    }

    /// Seeds, hashes and states of generators need more than 64 bits.
    @Test("whole numbers of any length are read; those of more than 64 bits have no value")
    func largeIntegers() throws {
        func read(_ step: [UInt8], _ digits: [UInt8]) throws -> TorchValue {
            var builder = TorchBuilder()
            builder.pickle = step + digits
            let folder = try TemporaryFolder()
            return try TorchFile(path: folder.write(builder.archive(), to: "a.pt")).root
        }
        // LONG1 and LONG4.
        for step in [{ [0x8A, UInt8($0)] }, { [0x8B] + little(UInt32($0)) }] as [(Int) -> [UInt8]] {
            #expect(try read(step(0), []).integer == 0 && read(step(1), [0xFF]).integer == -1 && read(step(2), [0, 1]).integer == 256)
            let least = [UInt8](repeating: 0, count: 7) + [0x80]
            #expect(try read(step(8), least).integer == Int.min)
            #expect(try read(step(9), least + [0xFF]).integer == Int.min)
            #expect(try read(step(12), [5] + [UInt8](repeating: 0, count: 11)).integer == 5)
            // 2^63, as torch.initial_seed() may be; a hash; less than Int.min.
            for digits in [least + [0], [UInt8](repeating: 0x5A, count: 32), [UInt8](repeating: 0xFF, count: 7) + [0x7F, 0xFF]] {
                let value = try read(step(digits.count), digits)
                #expect(value.integer == nil && value.double == nil && value.kind == "a number")
            }
        }
        let long = try read([0x8B] + little(UInt32(2500)), [UInt8](repeating: 0x11, count: 2500))
        #expect(long.integer == nil && long.kind == "a number")
    }

    @Test("NumPy numbers are read as numbers")
    func numPyNumbers() throws {
        #expect(try TorchFile(path: goldenFile("numpy.pt")).root["val_loss"]?.double == 1)
        let module = "numpy._core.multiarray"
        func read(_ type: String, order: String = "<", _ bytes: [UInt8]) throws -> TorchValue {
            var builder = TorchBuilder()
            builder.numPy(module, type, order: order, bytes)
            let folder = try TemporaryFolder()
            return try TorchFile(path: folder.write(builder.archive(), to: "a.pt")).root
        }
        #expect(try read("f8", little(Double(-2.75).bitPattern)).double == -2.75)
        #expect(try read("f8", order: ">", little(Double(-2.75).bitPattern).reversed()).double == -2.75)
        #expect(try read("f4", order: "=", little(Float(0.1).bitPattern)).double == Double(Float(0.1)))
        #expect(try read("f2", [0, 0x3C]).double == 1)
        #expect(try read("i8", little(UInt64(bitPattern: -5))).integer == -5)
        #expect(try read("i4", order: ">", [0xFF, 0xFF, 0xFF, 0xFE]).integer == -2)
        #expect(try read("i2", [0xFE, 0xFF]).integer == -2 && read("i1", order: "|", [0x80]).integer == -128)
        #expect(try read("u1", order: "|", [0x80]).integer == 128 && read("u4", [0, 0, 0, 0x80]).integer == 1 << 31)
        #expect(try read("u8", little(UInt64.max)).double == Double(UInt64.max))
        #expect(try read("b1", order: "|", [1]).bool == true && read("b1", order: "|", [0]).bool == false)
        // Since protocol 3 there are bytes.
        var newer = TorchBuilder()
        newer.numPyType(module, "f8")
        newer.pickle += [0x43, 8] + little(Double(7).bitPattern) + [0x86]
        newer.code("R")
        let folder = try TemporaryFolder()
        #expect(try TorchFile(path: folder.write(newer.archive(), to: "b.pt")).root.double == 7)
    }

    @Test("a value that is not a NumPy number is rejected by name")
    func numPyMisuse() throws {
        let module = "numpy._core.multiarray", eight = [UInt8](repeating: 0, count: 8)
        func scalar(_ type: String, _ bytes: [UInt8], order: String = "<") throws -> ModelFileError? {
            var builder = TorchBuilder()
            builder.numPy(module, type, order: order, bytes)
            return try refusal(builder)
        }
        for type in ["c16", "O8", "U5", "M8[ns]", "f16", "V8", "i3", "f1", "8", "", "f8\u{1b}[2J"] {
            let error = try scalar(type, eight)
            #expect(
                error?.code == .unsupported && error?.reason.contains("NumPy value of type '\(type.prefix(2))") == true,
                "\(type): \(error?.reason ?? "")")
            #expect(error?.reason.contains("\u{1b}") == false)
        }
        for bytes in [[], [0], [UInt8](repeating: 0, count: 7)] { #expect(try scalar("f8", bytes)?.code == .malformed) }
        #expect(try scalar("f8", [UInt8](repeating: 0, count: 9))?.code == .unsupported)
        #expect(try scalar("f8", eight, order: "?")?.code == .malformed)
        let programs: [(inout TorchBuilder) -> Void] = [
            {
                $0.global("_codecs", "encode"); $0.text("\u{100}"); $0.text("latin1"); $0.pickle += [0x86]; $0.code("R")
            },
            {
                $0.global("_codecs", "encode"); $0.text("a"); $0.text("rot13"); $0.pickle += [0x86]; $0.code("R")
            },
            {
                $0.global("_codecs", "encode"); $0.text("a"); $0.pickle += [0x85]; $0.code("R")
            },
            {
                $0.global(module, "scalar"); $0.pickle += Array("NN".utf8) + [0x86]; $0.code("R")
            },
            {
                $0.global(module, "scalar"); $0.pickle += Array(")R".utf8)
            },
            {
                $0.global("numpy", "dtype"); $0.code("N"); $0.pickle += [0x85]; $0.code("R")
            },
            {
                $0.global("numpy", "dtype"); $0.text("f8"); $0.pickle += [0x85]; $0.pickle += Array("R}b".utf8)
            },
            {
                $0.global("numpy", "ndarray"); $0.pickle += Array(")R".utf8)
            },
            {
                $0.global("numpy._core.multiarray", "_reconstruct"); $0.pickle += Array(")R".utf8)
            },
        ]
        for (index, program) in programs.enumerated() {
            var builder = TorchBuilder()
            program(&builder)
            #expect(try refusal(builder) != nil, "program \(index)")
        }
    }

    @Test("only dictionaries may have a state; types and storages are not functions")
    func misuse() throws {
        let programs: [(inout TorchBuilder) -> Void] = [
            { $0.pickle += Array("]}b".utf8) },
            {
                $0.global("torch", "float32"); $0.pickle += Array("}b".utf8)
            },
            {
                $0.global("torch", "float32"); $0.pickle += Array(")R".utf8)
            },
            {
                $0.global("torch", "FloatStorage"); $0.pickle += Array(")R".utf8)
            },
            {
                $0.global("torch._utils", "_rebuild_parameter"); $0.code("N"); $0.pickle += [0x85]; $0.code("R")
            },
            {
                $0.global("torch._utils", "_rebuild_parameter"); $0.pickle += Array(")R".utf8)
            },
            {
                $0.global("collections", "OrderedDict"); $0.text("x"); $0.pickle += [0x85]; $0.code("R")
            },
            {
                $0.global("collections", "OrderedDict"); $0.pickle += Array("]R".utf8)
            },
            {
                $0.text("collections"); $0.pickle += Array(")R".utf8)
            },
            {
                $0.tuple([1, 2, 3, 4, 5]); $0.code("Q")
            },
            { $0.pickle += Array("Na".utf8) }, { $0.pickle += Array("]Ns".utf8) }, { $0.pickle += Array("}(Nu".utf8) },
            { $0.pickle += Array("t".utf8) }, { $0.pickle += Array("N(a".utf8) }, { $0.pickle += Array("NN".utf8) }, { $0.pickle += [] },
            { $0.pickle += Array("(".utf8) }, { $0.pickle += Array("h\u{7}".utf8) }, { $0.pickle += Array("q\u{7}".utf8) },
            { $0.pickle += [0x80, 9] }, { $0.pickle += [0x8A, 9, 1, 2, 3] }, { $0.pickle += [0x8C, 1, 0xFF] },
            { $0.pickle += [0x8B, 0xFF, 0xFF, 0xFF, 0xFF] }, { $0.pickle += [0x8B, 0, 0, 0, 0x7F, 1] },
            {
                $0.code("X"); $0.pickle += [0xFF, 0xFF, 0xFF, 0xFF]
            }, { $0.pickle += [0x8D] + [UInt8](repeating: 0xFF, count: 8) },
            { $0.pickle += Array("cno end of line".utf8) }, { $0.pickle += [0x81] }, { $0.pickle += Array("I1\n".utf8) },
        ]
        for (index, program) in programs.enumerated() {
            var builder = TorchBuilder()
            program(&builder)
            #expect(try refusal(builder) != nil, "program \(index)")
        }
    }

    @Test("tensors stay inside their storages")
    func views() throws {
        let bytes = [UInt8](repeating: 0, count: 48)
        let wrong: [(shape: [Int], strides: [Int], offset: Int, count: Int)] = [
            ([13], [1], 0, 12), ([12], [1], 1, 12), ([4], [4], 0, 12), ([2, 2], [1], 0, 12), ([-1], [1], 0, 12), ([2], [-1], 5, 12),
            ([2], [1], -1, 12), ([2], [Int.max], 0, 12), ([2, 2], [Int.max, Int.max], 1, 12), ([Int.max, Int.max], [0, 0], 0, 12),
            // One element a million times would be a small file and much memory.
            ([1_000_000], [0], 0, 12), ([], [], 12, 12), ([12], [1], 0, -1), ([0], [1], 13, 12),
        ]
        for (index, view) in wrong.enumerated() {
            var builder = TorchBuilder()
            builder.tensor(shape: view.shape, strides: view.strides, offset: view.offset, bytes: bytes, count: view.count)
            #expect(try refusal(builder)?.code == .malformed, "view \(index)")
        }
    }

    @Test("storages are as long as the tensors need")
    func storages() throws {
        let folder = try TemporaryFolder()
        for (bytes, remove) in [(47, false), (0, false), (48, true)] {
            var builder = TorchBuilder()
            builder.tensor(shape: [12], strides: [1], bytes: [UInt8](repeating: 0, count: bytes), count: 12)
            if remove { builder.storages = [] }
            let file = try TorchFile(path: folder.write(builder.archive(), to: "a.pt"))
            let tensor = try #require(file.root.tensor)
            #expect(throws: ModelFileError.self) { try file.floats(tensor) }
        }
        var builder = TorchBuilder()
        builder.tensor(shape: [1], strides: [1], storage: "ComplexFloatStorage", bytes: [UInt8](repeating: 0, count: 8), count: 1)
        #expect(try refusal(builder)?.reason.contains("ComplexFloatStorage") == true)
    }

    @Test("a million nested objects, and as many references to one, take neither stack nor memory")
    func depth() throws {
        let folder = try TemporaryFolder()
        var nested = TorchBuilder()
        nested.pickle = [UInt8](repeating: UInt8(ascii: "]"), count: 1_000_000) + [UInt8](repeating: UInt8(ascii: "a"), count: 999_999)
        #expect(try TorchFile(path: folder.write(nested.archive(), to: "nested.pt")).root.elements?.count == 1)
        // Each tuple has the one before twice: 2^200 elements if they were copied.
        var doubled = TorchBuilder()
        doubled.pickle = [UInt8(ascii: "]"), UInt8(ascii: "q"), 0]
        for _ in 0..<200 { doubled.pickle += [UInt8(ascii: "h"), 0, 0x86, UInt8(ascii: "q"), 0] }
        #expect(try TorchFile(path: folder.write(doubled.archive(), to: "doubled.pt")).root.elements?.count == 2)
        var inside = TorchBuilder()
        inside.pickle += Array("]q\u{0}h\u{0}a".utf8)
        #expect(try TorchFile(path: folder.write(inside.archive(), to: "inside.pt")).root.elements?.first?.elements?.count == 1)
        var long = TorchBuilder()
        long.pickle = [UInt8](repeating: UInt8(ascii: "N"), count: 5_000_000)
        #expect(try refusal(long)?.reason.contains("steps") == true)
    }

    @Test("a truncated archive is rejected")
    func truncated() throws {
        let whole = try Array(Data(contentsOf: URL(filePath: goldenFile("objects-2.pt")))), folder = try TemporaryFolder()
        for length in 0..<whole.count {
            let path = try folder.write(Array(whole[..<length]), to: "cut.pt")
            #expect(throws: ModelFileError.self, "\(length) bytes") { try TorchFile(path: path) }
        }
    }

    @Test("a flipped bit in the data read is detected", arguments: ["/data.pkl", "/data/0"])
    func flipped(member: String) throws {
        let whole = try Array(Data(contentsOf: URL(filePath: goldenFile("objects-2.pt")))), folder = try TemporaryFolder()
        func readAll(_ bytes: [UInt8]) throws {
            let file = try TorchFile(path: folder.write(bytes, to: "a.pt"))
            for (_, value) in file.root.members ?? [] {
                if let tensor = value.tensor { try file.withBytes(of: tensor) { _ in } }
            }
        }
        try readAll(whole)
        // PyTorch has members begin at multiples of 64 bytes.
        let place = (try #require(whole.firstRange(of: Array(member.utf8))?.upperBound) + 63) / 64 * 64
        var bytes = whole
        bytes[place + 5] ^= 4
        let error = #expect(throws: ModelFileError.self) { try readAll(bytes) }
        #expect(error?.reason.contains("the checksum of") == true, "\(String(describing: error))")
    }

    @Test("archives with repeated names, another byte order or other content are rejected")
    func archives() throws {
        let pickle: [UInt8] = [0x80, 2, UInt8(ascii: "N"), UInt8(ascii: ".")]
        #expect(try refusal(zip([("a/data.pkl", pickle), ("a/x", []), ("a/x", [])]))?.reason.contains("two members") == true)
        #expect(try refusal(zip([("a/data.pkl", pickle), ("b/data.pkl", pickle)]))?.reason.contains("2 members named data.pkl") == true)
        #expect(try refusal(zip([("readme.txt", pickle)]))?.reason.contains("not a PyTorch checkpoint") == true)
        #expect(try refusal(zip([("a/data.pkl", pickle), ("a/byteorder", Array("big".utf8))]))?.reason.contains("little-endian") == true)
        for bytes in [[], Array("PK".utf8), Array("\u{89}HDF".utf8), Array("hello, world, this is no checkpoint".utf8)] {
            #expect(try refusal(bytes)?.reason.contains("not a PyTorch checkpoint") == true)
        }
        #expect(throws: ModelFileError.self) { try TorchFile(path: "/nowhere/model.pt") }
        #expect(throws: ModelFileError.self) { try TorchFile(path: "/") }
    }

    private func refusal(_ builder: TorchBuilder) throws -> ModelFileError? { try refusal(builder.archive()) }

    private func refusal(_ bytes: [UInt8]) throws -> ModelFileError? {
        let folder = try TemporaryFolder(), path = try folder.write(bytes, to: "a.pt")
        return #expect(throws: ModelFileError.self) { try TorchFile(path: path) }
    }
}
