import Foundation
import HDF5
import Testing
import TestSupport

/// Files that are cut short or changed: an error or the original values, never a crash.
@Suite struct DamagedFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func sample() throws -> [UInt8] {
        let file = try HDF5File(creating: folder.file("sample.h5"))
        try file.root.setAttribute("rows", to: 64)
        try file.root.setAttribute("format", to: "sample")
        let numbers = try file.root.createDataset("numbers", type: .int64, columns: 4, storage: HDF5Storage(chunkRows: 16))
        try numbers.append([Int64](0..<256))
        let vectors = try file.root.createDataset("vectors", type: .float16, columns: 4, storage: .uncompressed(chunkRows: 16))
        try vectors.append([UInt16](0..<256))
        let texts = try file.root.createDataset("texts", type: .text(bytes: 8), storage: HDF5Storage(chunkRows: 16))
        try texts.append((0..<64).map { "text \($0)" })
        try file.close()
        return try folder.bytes("sample.h5")
    }

    /// Reads everything in the file; true when all is as `sample()` wrote it.
    func isIntact(_ name: String) throws -> Bool {
        let file = try HDF5File(reading: folder.file(name), maximumReadBytes: 1 << 20)
        let names = try file.root.names()
        guard names == ["numbers", "texts", "vectors"] else { return false }
        return try file.root.int64Attribute("rows") == 64 && file.root.stringAttribute("format") == "sample"
            && file.root.dataset("numbers").read() == [Int64](0..<256)
            && file.root.dataset("vectors").read() == [UInt16](0..<256)
            && file.root.dataset("texts").readTexts() == (0..<64).map { "text \($0)" }
    }

    @Test func aPointerOfGitIsNamed() throws {
        try folder.write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 10\n", to: "features.h5")
        let error = #expect(throws: HDF5Error.self) { try HDF5File(reading: folder.file("features.h5"), maximumReadBytes: 1 << 20) }
        #expect(error.map { "\($0)" }?.contains("a Git LFS pointer, not the file itself") == true)
    }

    @Test func truncatedFilesAreRefused() throws {
        let bytes = try sample()
        #expect(try isIntact("sample.h5"))
        for length in stride(from: 0, to: bytes.count, by: 61) {
            try folder.write(Array(bytes[..<length]), to: "cut.h5")
            #expect(throws: HDF5Error.self) { _ = try isIntact("cut.h5") }
        }
    }

    @Test func aChangedByteIsNoticedOrHarmless() throws {
        let bytes = try sample()
        var random = SplitMix(state: 17)
        var refused = 0
        for _ in 0..<4_000 {
            var changed = bytes
            let at = Int(random.next() % UInt64(bytes.count))
            changed[at] ^= UInt8(truncatingIfNeeded: 1 << (random.next() % 8))
            try folder.write(changed, to: "changed.h5")
            do {
                #expect(try isIntact("changed.h5"), "byte \(at) changed what is read, without an error")
            } catch is HDF5Error {
                refused += 1
            }
        }
        #expect(refused > 1_000)
    }
}
