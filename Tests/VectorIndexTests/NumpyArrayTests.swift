import Foundation
import Testing
import TestSupport
import VectorIndex

/// A .npy file of format 1.0.
func npy(_ type: String, _ shape: String, _ data: [UInt8], order: String = "False") -> [UInt8] {
    var header = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
        + Array(header.utf8) + data
}

func npy(_ values: [Float], columns: Int) -> [UInt8] {
    npy("<f4", "(\(values.count / columns), \(columns))", values.withUnsafeBytes(Array.init))
}

func npy(_ values: [Int64], columns: Int) -> [UInt8] {
    npy("<i8", "(\(values.count / columns), \(columns))", values.withUnsafeBytes(Array.init))
}

@Suite struct NumpyArrayTests {
    func read(_ bytes: [UInt8]) throws -> NumpyArray { try bytes.withUnsafeBytes { try NumpyArray($0, file: "q.npy") } }

    @Test func numbersOfAllTypesAreRead() throws {
        let floats = try read(npy([1, 2, 3, 4.5, -5, 6], columns: 3))
        #expect(floats.rows == 2 && floats.columns == 3)
        guard case .floats([1, 2, 3, 4.5, -5, 6]) = floats.values else {
            Issue.record("other values")
            return
        }
        let doubles = try read(npy("<f8", "(1, 2)", [0.25, -8.0].withUnsafeBytes(Array.init)))
        guard case .floats([0.25, -8]) = doubles.values else { Issue.record("other values"); return }
        let halves = try read(npy("<f2", "(2, 1)", [0, 0x3C, 0, 0xC0]))
        guard case .floats([1, -2]) = halves.values else { Issue.record("other values"); return }
        let longs = try read(npy([Int64.min, 7], columns: 1))
        guard case .integers([.min, 7]) = longs.values else { Issue.record("other values"); return }
        let ints = try read(npy("<i4", "(1, 1)", [255, 255, 255, 255]))
        guard case .integers([-1]) = ints.values else { Issue.record("other values"); return }
    }

    @Test func otherFilesAreRefused() throws {
        func code(_ bytes: [UInt8]) -> IndexError.Code? { #expect(throws: IndexError.self) { try read(bytes) }?.code }
        #expect(code([]) == .unsupported)
        #expect(code(Array("not a numpy file".utf8)) == .unsupported)
        #expect(code(npy(">f4", "(1, 1)", [0, 0, 0, 0])) == .unsupported)
        #expect(code(npy("|O", "(1, 1)", [0, 0, 0, 0])) == .unsupported)
        #expect(code(npy("<f4", "(1,)", [0, 0, 0, 0])) == .unsupported)
        #expect(code(npy("<f4", "(1, 1)", [0, 0, 0, 0], order: "True")) == .unsupported)
        #expect(code(npy("<f4", "(2, 1)", [0, 0, 0, 0])) == .damaged)
        #expect(code(npy("<f4", "(9223372036854775807, 9)", [0, 0, 0, 0])) == .damaged)
    }

    @Test func randomChangesDoNoHarm() {
        var random = SplitMix(state: 2)
        let whole = npy([1.0, 2, 3, 4] as [Float], columns: 2)
        for _ in 0..<5_000 {
            var bytes = whole
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            bytes.removeLast(Int.random(in: 0...3, using: &random) * Int.random(in: 0...20, using: &random))
            _ = try? read(bytes)
        }
    }
}
