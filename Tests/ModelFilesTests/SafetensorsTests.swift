import Foundation
import ModelFiles
import Testing
import TestSupport

@Suite struct SafetensorsTests {
    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        let folder = try TemporaryFolder()
        // The mapping outlives the folder.
        return try withExtendedLifetime(folder) { try SafetensorsFile(path: folder.write(bytes, to: "x.safetensors")) }
    }

    @Test func readsTensorsOfThreeFloatTypes() throws {
        let header = """
            {"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[6],"data_offsets":[8,20]},\
            "__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2],"data_offsets":[20,24]},\
            "i":{"dtype":"I64","shape":[],"data_offsets":[24,32]}, "e":{"dtype":"F32","shape":[0,7],"data_offsets":[32,32]}}
            """
        var bytes = safetensors(header, dataByteCount: 0)
        let floats: [UInt32] = [Float(1.5).bitPattern, Float(-2e-30).bitPattern]
        // 1, -2, the largest half, the smallest and largest subnormal, infinity.
        let halves: [UInt16] = [0x3C00, 0xC000, 0x7BFF, 0x0001, 0x83FF, 0x7C00]
        for value in floats { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        for value in halves + [0x3FC0, 0xC000] { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        bytes += [7, 0, 0, 0, 0, 0, 0, 0]
        let file = try open(bytes)
        #expect(file.tensors.count == 5)
        #expect(file.metadata == ["format": "pt"])
        #expect(try file.floats("a", shape: [2, 1]) == [1.5, -2e-30])
        #expect(try file.floats("h", shape: [6]) == [1, -2, 65504, 0x1p-24, -0x1.ff8p-15, .infinity])
        #expect(try file.floats("b", shape: [2]) == [1.5, -2])
        #expect(try file.floats("e", shape: [0, 7]) == [])
        #expect(file.tensors["i"]?.shape == [])
        #expect(try file.withBytes(of: "i") { Array($0) } == [7, 0, 0, 0, 0, 0, 0, 0])
        #expect(try file.withBytes(of: "e") { $0.count } == 0)
    }

    @Test func refusesOtherShapesTypesAndNames() throws {
        let file = try open(
            safetensors(
                #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"i":{"dtype":"I8","shape":[1],"data_offsets":[24,25]}}"#,
                dataByteCount: 25))
        func code(_ body: () throws -> Void) -> ModelFileError.Code? {
            do { try body() } catch { return (error as? ModelFileError)?.code }
            return nil
        }
        #expect(code { _ = try file.floats("a", shape: [3, 2]) } == .mismatch)
        #expect(code { _ = try file.floats("a", shape: [6]) } == .mismatch)
        #expect(code { _ = try file.floats("i", shape: [1]) } == .mismatch)
        #expect(code { _ = try file.floats("z", shape: [1]) } == .missing)
        #expect(code { try file.withBytes(of: "z") { _ in } } == .missing)
    }

    /// False headers, with the bytes of tensors that follow.
    @Test(arguments: [
        ("a hole", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, 8),
        ("an overlap", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#, 6),
        ("the same bytes twice", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, 4),
        ("past the end", #"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, 8),
        ("bytes of no tensor", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#, 8),
        ("backwards", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#, 4),
        ("negative", #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}"#, 4),
        ("negative extents", #"{"a":{"dtype":"U8","shape":[-2,-2],"data_offsets":[0,4]}}"#, 4),
        ("fewer bytes than its shape", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
        ("a product beyond 64 bits", #"{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0),
        ("an offset beyond 64 bits", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551615]}}"#, 1),
        ("an offset that overflows", #"{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#, 1),
        ("a fraction", #"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, 1),
        ("three offsets", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1),
        ("an unknown type", #"{"a":{"dtype":"F12","shape":[1],"data_offsets":[0,1]}}"#, 1),
        ("no shape", #"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, 1),
        ("a second shape", #"{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}"#, 1),
        ("a name twice", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2),
        ("metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#, 0),
        ("an array", "[]", 0), ("no JSON", "{", 0), ("nothing", "", 0), ("more JSON", "{}{}", 0), ("a list of names", #"{"a":["U8"]}"#, 0),
    ])
    func refusesHeadersThatLie(_ lie: String, _ header: String, _ dataByteCount: Int) throws {
        let error = #expect(throws: ModelFileError.self) { try open(safetensors(header, dataByteCount: dataByteCount)) }
        #expect(error?.code == .malformed, "\(lie)")
    }

    @Test func refusesImpossibleHeaderLengths() throws {
        for length in [UInt64.max, 1 << 63, 100_000_001, 100_000_000, 9, 8] {
            let bytes = withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array("{}".utf8)
            let error = #expect(throws: ModelFileError.self) { try open(bytes) }
            #expect(error?.code == .malformed)
        }
    }

    @Test func refusesAFileCutAtAnyByte() throws {
        let whole = safetensors(
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}"#,
            dataByteCount: 11)
        for count in 0..<whole.count {
            let error = #expect(throws: ModelFileError.self) { try open(Array(whole[..<count])) }
            #expect(error?.code == .malformed)
        }
        _ = try open(whole)
    }

    /// For any bytes, opening ends, and every tensor of a file that opens is inside the file.
    @Test func survivesMutations() throws {
        let valid = safetensors(
            #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[3],"data_offsets":[16,22]}}"#,
            dataByteCount: 22)
        let folder = try TemporaryFolder()
        var random = SplitMix(state: 3)
        var opened = 0
        for _ in 0..<4000 {
            var bytes = valid
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(UInt8.random(in: 32...126, using: &random), at: index)
                case 3: bytes[index] = UInt8.random(in: 48...57, using: &random)
                default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0..<40, using: &random)))
                }
            }
            guard let file = try? SafetensorsFile(path: folder.write(bytes, to: "x.safetensors")) else { continue }
            opened += 1
            for (name, info) in file.tensors {
                #expect(info.byteRange.upperBound <= bytes.count)
                #expect(try file.withBytes(of: name) { Array($0) } == Array(bytes[info.byteRange]))
                _ = try? file.floats(name, shape: info.shape)
            }
        }
        #expect(opened > 100)
    }

    @Test func saysWhyAPathCannotBeRead() throws {
        let folder = try TemporaryFolder()
        let missing = #expect(throws: ModelFileError.self) { try SafetensorsFile(path: folder.path + "/none") }
        #expect(missing?.code == .notFound)
        let notAFile = #expect(throws: ModelFileError.self) { try SafetensorsFile(path: folder.path) }
        #expect(notAFile?.code == .unreadable)
        #expect(notAFile?.description.contains(folder.path) == true)
    }
}
