import Foundation
import HDF5
import Testing
import TestSupport

/// Datasets in one piece, and the LZF filter.
@Suite struct BlockTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func libraryReadsWrittenBlocks() throws {
        let file = try HDF5File(creating: folder.file("b.h5"), alignment: (threshold: 4096, bytes: 4096))
        let block = try file.root.createBlock("table", type: .float32, shape: [600, 4])
        let cube = try file.root.createBlock("cube", type: .uint16, shape: [2, 3, 4])
        try file.close()
        #expect(block.offset % 4096 == 0)
        #expect(block.byteCount == 600 * 16)
        #expect(cube.byteCount == 48)
        let numbers = (0..<2400).map { Float($0) / 7 }
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: folder.file("b.h5")))
        try handle.seek(toOffset: UInt64(block.offset))
        try numbers.withUnsafeBytes { try handle.write(contentsOf: Data($0)) }
        try handle.close()
        let read = try HDF5File(reading: folder.file("b.h5")).root
        #expect(try read.dataset("table").read() == numbers)
        #expect(try read.block("table") == block)
        #expect(try read.block("cube") == cube)
    }

    @Test func onlyDatasetsInOnePieceAreBlocks() throws {
        let path = try #require(Bundle.module.path(forResource: "Golden/h5py.h5", ofType: nil))
        let root = try HDF5File(reading: path).root
        let block = try #require(try root.block("contiguous"))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(bytes[block.offset..<block.offset + 16] == Data([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]))
        for name in ["big_endian", "halves", "lzf"] { #expect(try root.block(name) == nil) }
        #expect(error { _ = try root.block("virtual") }?.code == .wrongType)
        #expect(error { _ = try root.block("compound") }?.code == .wrongType)
        #expect(error { _ = try root.block("fixed") }?.code == .wrongType)
        #expect(error { _ = try root.block("nothing") }?.code == .notFound)
    }

    @Test func impossibleBlocksAreRefused() throws {
        let file = try HDF5File(creating: folder.file("b.h5"))
        for shape in [[], [0], [4, 0], [-1], [.max, .max], [1, 1, 1, 1, 1]] {
            #expect(error { _ = try file.root.createBlock("x", type: .int32, shape: shape) }?.code == .wrongShape)
        }
        #expect(error { _ = try file.root.createBlock("x", type: .variableText, shape: [1]) }?.code == .wrongShape)
    }

    /// Any bytes are either rejected or decompressed within the buffer.
    @Test func lzfStaysWithinItsMemory() {
        var random = SplitMix(state: 5)
        for _ in 0..<20_000 {
            let input = (0..<Int(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let room = Int(random.next() % 512)
            // A guard behind the room, which must stay as it is.
            var output = [UInt8](repeating: 0xA5, count: room + 16)
            let found = input.withUnsafeBytes { input in
                output.withUnsafeMutableBytes { output in
                    LZFFilter.decompress(input, into: UnsafeMutableRawBufferPointer(rebasing: output[..<room]))
                }
            }
            #expect(found ?? 0 <= room)
            #expect(output[room...].allSatisfy { $0 == 0xA5 })
        }
    }

    @Test func lzfRepeatsAndCopies() {
        func decompress(_ input: [UInt8], room: Int) -> [UInt8]? {
            var output = [UInt8](repeating: 0, count: room)
            let found = input.withUnsafeBytes { input in
                output.withUnsafeMutableBytes { LZFFilter.decompress(input, into: $0) }
            }
            return found.map { Array(output[..<$0]) }
        }
        // Three literal bytes; then three copied from two back, which overlap their own output; then a long run.
        #expect(decompress([2, 97, 98, 99, 0x20, 1], room: 8) == [97, 98, 99, 98, 99, 98])
        #expect(decompress([0, 7, 0xE0, 255, 0], room: 300) == [UInt8](repeating: 7, count: 265))
        #expect(decompress([0, 7, 0xE0, 255, 0], room: 264) == nil)
        #expect(decompress([0, 7, 0x20, 1], room: 8) == nil)
        #expect(decompress([5, 1, 2], room: 8) == nil)
        #expect(decompress([0xE0], room: 8) == nil)
        #expect(decompress([], room: 8) == [])
    }
}
