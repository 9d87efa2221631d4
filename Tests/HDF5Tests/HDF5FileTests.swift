import Foundation
import HDF5
import Testing
import TestSupport

/// Calls `body` and returns the error it must throw.
func error(of body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) -> HDF5Error? {
    do {
        try body()
        Issue.record("no error", sourceLocation: sourceLocation)
        return nil
    } catch {
        let found = error as? HDF5Error
        if found == nil { Issue.record("another error: \(error)", sourceLocation: sourceLocation) }
        return found
    }
}

@Suite struct HDF5FileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func roundTrip<Element: HDF5Element & Equatable>(_ values: [Element], _ type: HDF5Type) throws {
        let name = "\(type).h5"
        let file = try HDF5File(creating: folder.file(name))
        let list = try file.root.createDataset("list", type: type, storage: HDF5Storage(chunkRows: 7))
        let table = try file.root.createDataset("table", type: type, columns: 3, storage: .uncompressed(chunkRows: 5))
        let third = values.count / 3 * 3
        for start in stride(from: 0, to: values.count, by: 5) {
            try list.append(Array(values[start..<min(start + 5, values.count)]))
        }
        try table.append(Array(values[..<third]))
        try file.close()

        let read = try HDF5File(reading: folder.file(name))
        let readList = try read.root.dataset("list")
        let readTable = try read.root.dataset("table")
        #expect(readList.type == type)
        #expect(readList.columns == nil)
        #expect(readTable.columns == 3)
        #expect(try readList.rowCount() == values.count)
        #expect(try readTable.rowCount() == third / 3)
        #expect(try readList.read(Element.self) == values)
        #expect(try readList.read(rows: 3..<11) == Array(values[3..<11]))
        #expect(try readTable.read(Element.self) == Array(values[..<third]))
        #expect(try readTable.read(rows: 1..<3, columns: 1..<2) == [values[4], values[7]])
        #expect(try readList.read(Element.self, rows: 4..<4) == [])
    }

    @Test func numbersOfEveryTypeComeBack() throws {
        try roundTrip((0..<100).map { Int8(truncatingIfNeeded: $0 * 37) }, .int8)
        try roundTrip((0..<100).map { Int16(truncatingIfNeeded: $0 * 1237) }, .int16)
        try roundTrip((0..<100).map { Int32(truncatingIfNeeded: $0 * 123_456_789) }, .int32)
        try roundTrip((0..<100).map { Int64($0) * (.max / 100) - 7 }, .int64)
        try roundTrip((0..<100).map { UInt8(truncatingIfNeeded: $0 * 37) }, .uint8)
        try roundTrip((0..<100).map { UInt16(truncatingIfNeeded: $0 * 1237) }, .uint16)
        try roundTrip((0..<100).map { UInt32(truncatingIfNeeded: $0 * 123_456_789) }, .uint32)
        try roundTrip((0..<100).map { UInt64($0) * (.max / 100) }, .uint64)
        try roundTrip((0..<100).map { Float($0) / 7 - 5 }, .float32)
        try roundTrip((0..<100).map { Double($0) / 7 - 5 }, .float64)
    }

    @Test func bitsOfHalvesComeBack() throws {
        // Every bit pattern is unchanged, NaN and infinities included: the library converts nothing.
        try roundTrip((0...UInt16.max).map { $0 }, .float16)
    }

    @Test func textsComeBack() throws {
        let texts = ["put", "", "größer", "日本語", "exactly 12 b", "🙂"]
        let file = try HDF5File(creating: folder.file("t.h5"))
        let dataset = try file.root.createDataset("texts", type: .text(bytes: 12), storage: HDF5Storage(chunkRows: 4))
        try dataset.append(Array(texts[..<2]))
        try dataset.append(Array(texts[2...]))
        #expect(try file.root.createTexts("whole", texts).type == .text(bytes: 12))
        #expect(try file.root.createTexts("none", []).readTexts() == [])
        #expect(try file.root.createTexts("empty", [""]).readTexts() == [""])
        // Beyond the 64 KiB that an object's header holds.
        let long = String(repeating: "größer ", count: 20_000)
        try file.root.setAttribute("long", to: long)
        try file.close()
        let read = try HDF5File(reading: folder.file("t.h5")).root.dataset("texts")
        #expect(try read.readTexts() == texts)
        #expect(try read.file.root.dataset("whole").readTexts() == texts)
        #expect(try read.file.root.stringAttribute("long") == long)
        #expect(try read.readTexts(rows: 2..<4) == Array(texts[2..<4]))
    }

    @Test func attributesAndGroupsComeBack() throws {
        let file = try HDF5File(creating: folder.file("a.h5"))
        let year = try file.root.createGroup("year_2014")
        let list = try year.createDataset("rows", type: .int64)
        try file.root.setAttribute("format", to: "tapedeck batch")
        try year.setAttribute("rows", to: -5)
        try list.setAttribute("scale", to: 0.1)
        try list.setAttribute("unit", to: "")
        try file.close()

        let read = try HDF5File(reading: folder.file("a.h5"))
        let readYear = try read.root.group("year_2014")
        let readList = try readYear.dataset("rows")
        #expect(try read.root.names() == ["year_2014"])
        #expect(try readYear.names() == ["rows"])
        #expect(try readYear.contains("rows"))
        #expect(try !readYear.contains("columns"))
        #expect(try read.root.stringAttribute("format") == "tapedeck batch")
        #expect(try readYear.int64Attribute("rows") == -5)
        #expect(try readList.doubleAttribute("scale") == 0.1)
        #expect(try readList.stringAttribute("unit") == "")
        #expect(try !readList.hasAttribute("rows"))
        #expect(error { _ = try readList.stringAttribute("rows") }?.code == .notFound)
        #expect(error { _ = try readYear.stringAttribute("rows") }?.code == .wrongType)
        #expect(error { _ = try read.root.int64Attribute("format") }?.code == .wrongType)
    }

    @Test func sameContentGivesTheSameBytes() throws {
        func write(_ name: String) throws {
            let file = try HDF5File(creating: folder.file(name))
            try file.root.setAttribute("model", to: "minilm")
            let group = try file.root.createGroup("g")
            let vectors = try group.createDataset("v", type: .float16, columns: 8, storage: .uncompressed(chunkRows: 16))
            let texts = try group.createDataset("t", type: .text(bytes: 20))
            for batch in 0..<10 {
                try vectors.append((0..<80).map { UInt16($0 * batch) })
                try texts.append((0..<10).map { "text \($0) of \(batch)" })
            }
            try file.close()
        }
        try write("one.h5")
        // Times have a resolution of a second: a stored one would differ now.
        Thread.sleep(forTimeInterval: 1.1)
        try write("two.h5")
        #expect(try folder.bytes("one.h5") == folder.bytes("two.h5"))
    }

    @Test func aFileIsNeverReplaced() throws {
        try folder.write([1, 2, 3], to: "there.h5")
        let found = error { _ = try HDF5File(creating: folder.file("there.h5")) }
        #expect(found?.code == .cannotCreate)
        #expect(found?.message.contains("exists already") == true)
        #expect(try folder.bytes("there.h5") == [1, 2, 3])
    }

    @Test func errorsNameFileAndDataset() throws {
        let missing = error { _ = try HDF5File(reading: folder.file("missing.h5")) }
        #expect(missing?.code == .cannotOpen)
        #expect(missing?.description.contains("missing.h5") == true)
        #expect(missing?.message.contains("no such file") == true)
        let nowhere = error { _ = try HDF5File(creating: folder.file("no/where.h5")) }
        #expect(nowhere?.code == .cannotCreate)
        #expect(nowhere?.message.contains("folder does not exist") == true)
        try folder.write([UInt8]("not an HDF5 file".utf8), to: "text.h5")
        #expect(error { _ = try HDF5File(reading: folder.file("text.h5")) }?.code == .cannotOpen)

        let file = try HDF5File(creating: folder.file("e.h5"))
        let dataset = try file.root.createDataset("v", type: .float32, columns: 4)
        #expect(error { try dataset.append([Float](repeating: 0, count: 5)) }?.code == .wrongShape)
        #expect(error { try dataset.append([Double](repeating: 0, count: 4)) }?.code == .wrongType)
        #expect(error { try dataset.append(["text"]) }?.code == .wrongType)
        try dataset.append([Float](repeating: 0, count: 8))
        #expect(error { _ = try dataset.read(Float.self, rows: 1..<3) }?.code == .outOfBounds)
        #expect(error { _ = try dataset.read(Float.self, columns: 2..<5) }?.code == .outOfBounds)
        #expect(error { _ = try dataset.write([Float](repeating: 0, count: 8), at: 1) }?.code == .outOfBounds)
        #expect(error { _ = try dataset.read(Int32.self) }?.code == .wrongType)
        #expect(error { _ = try file.root.createDataset("v", type: .int8) }?.code == .cannotCreate)
        #expect(error { _ = try file.root.createDataset("w", type: .int8, columns: 0) }?.code == .wrongShape)
        #expect(error { _ = try file.root.createDataset("a/b", type: .int8) }?.code == .notFound)
        #expect(error { _ = try file.root.dataset("nothing") }?.object == "/nothing")
        #expect(error { _ = try file.root.group("v") }?.code == .notFound)
        let texts = try file.root.createDataset("t", type: .text(bytes: 3))
        #expect(error { try texts.append(["four"]) }?.code == .wrongShape)
        #expect(error { try texts.append(["a\0b"]) }?.code == .wrongShape)
        #expect(error { _ = try file.root.createDataset("x", type: .variableText) }?.code == .wrongType)
        #expect(error { try file.root.setAttribute("x", to: "a\0b") }?.code == .writeFailed)
        try file.close()
        try file.close()
        #expect(error { _ = try dataset.read(Float.self) }?.code == .closed)
    }

    @Test func rowsAreReplacedInPlace() throws {
        let file = try HDF5File(creating: folder.file("w.h5"))
        let dataset = try file.root.createDataset("v", type: .uint32, columns: 2)
        try dataset.append([UInt32](0..<8))
        try dataset.write([UInt32]([90, 91]), at: 2)
        #expect(try dataset.read(UInt32.self) == [0, 1, 2, 3, 90, 91, 6, 7])
    }

    @Test func readingIntoMemoryChecksItsSize() throws {
        let file = try HDF5File(creating: folder.file("w.h5"))
        let dataset = try file.root.createDataset("v", type: .uint32, columns: 2)
        try dataset.append([UInt32](0..<8))
        var room = [UInt32](repeating: 0, count: 4)
        try room.withUnsafeMutableBufferPointer { try dataset.read(into: $0, rows: 1..<3) }
        #expect(room == [2, 3, 4, 5])
        let found = error { try room.withUnsafeMutableBufferPointer { try dataset.read(into: $0) } }
        #expect(found?.code == .wrongShape)
    }

    @Test func aDatasetLargerThanAllowedIsRefused() throws {
        let file = try HDF5File(creating: folder.file("l.h5"))
        let list = try file.root.createDataset("v", type: .uint64, storage: HDF5Storage(chunkRows: 16))
        try list.append([UInt64](0..<1000))
        try file.close()
        let read = try HDF5File(reading: folder.file("l.h5"), maximumReadBytes: 800)
        let dataset = try read.root.dataset("v")
        #expect(error { _ = try dataset.read(UInt64.self) }?.code == .tooLarge)
        #expect(try dataset.read(UInt64.self, rows: 0..<100).count == 100)
        let tighter = try HDF5File(reading: folder.file("l.h5"), maximumReadBytes: 64)
        #expect(error { _ = try tighter.root.dataset("v") }?.code == .tooLarge)
    }

    @Test func usableFromManyThreads() async throws {
        let file = try HDF5File(creating: folder.file("m.h5"))
        let dataset = try file.root.createDataset("v", type: .int64, storage: HDF5Storage(chunkRows: 100))
        try dataset.append([Int64](0..<10_000))
        try file.close()
        let path = folder.file("m.h5")
        let read = try HDF5File(reading: path).root.dataset("v")
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for round in 0..<20 {
                        let first = (task * 613 + round * 97) % 9_000
                        let shared: [Int64] = try read.read(rows: first..<first + 500)
                        let own: [Int64] = try HDF5File(reading: path).root.dataset("v").read(rows: first..<first + 1)
                        guard shared == [Int64](Int64(first)..<Int64(first + 500)), own == [Int64(first)] else {
                            return false
                        }
                    }
                    return true
                }
            }
            for try await same in group { #expect(same) }
        }
    }

    /// A full disk for real, where the test may mount one.
    @Test(.enabled(if: Machine.canMount, "\(Machine.cannotMount)"))
    func aFullDiskIsReported() throws {
        let mount = folder.file("small")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        try #require(try run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mount) == 0)
        defer { _ = try? run("umount", mount) }
        // Noticed while rows are added, and, with one chunk that only leaves memory at the end, when the dataset or the file
        // is closed.
        for (chunk, keeps) in [(1_000, true), (100_000, true), (100_000, false)] {
            let found = error {
                let file = try HDF5File(creating: mount + "/f.h5")
                var dataset: HDF5Dataset? = try file.root.createDataset(
                    "v", type: .int64, storage: .uncompressed(chunkRows: chunk))
                for start in 0..<100 { try dataset?.append((0..<1000).map { Int64($0 * start) }) }
                if !keeps { dataset = nil }
                try file.close()
            }
            #expect(found?.code == .writeFailed)
            #expect(found?.message.contains("the disk is full") == true)
            try FileManager.default.removeItem(atPath: mount + "/f.h5")
        }
        // The library still works.
        let other = try HDF5File(creating: folder.file("after.h5"))
        try other.root.createDataset("v", type: .int8).append([1] as [Int8])
        try other.close()
        #expect(try HDF5File(reading: folder.file("after.h5")).root.dataset("v").read() == [1] as [Int8])
    }

    private func run(_ command: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Rows compressed outside the library are read like any others, and always have the same bytes.
    @Test func rowsCompressedOutsideAreReadBack() throws {
        func check<Element: HDF5Element & Equatable>(_ values: [Element], columns: Int?) throws {
            let storage = HDF5Storage(chunkRows: 64, deflateLevel: 1)
            var bytes: [Data] = []
            for name in ["one.h5", "two.h5"] {
                try? FileManager.default.removeItem(atPath: folder.file(name))
                let file = try HDF5File(creating: folder.file(name))
                try file.root.store(try HDF5Chunks(values, columns: columns, storage: storage), as: "values")
                try file.close()
                bytes.append(try Data(contentsOf: URL(fileURLWithPath: folder.file(name))))
            }
            #expect(bytes[0] == bytes[1])
            let set = try HDF5File(reading: folder.file("one.h5")).root.dataset("values")
            #expect(set.columns == columns)
            #expect(try set.read() == values)
        }
        for count in [0, 1, 63, 64, 65, 1_000] {
            try check((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }, columns: nil)
            try check((0..<count).map { UInt16(truncatingIfNeeded: $0 &* 12_345) }, columns: nil)
            try check((0..<count).map { Int32(truncatingIfNeeded: $0 &* 99_991) - 7 }, columns: nil)
            try check((0..<count * 3).map { Float($0) / 7 }, columns: 3)
            try check((0..<count).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }, columns: nil)
        }
        #expect(error { _ = try HDF5Chunks([1, 2, 3] as [Int32], columns: 2, storage: HDF5Storage(deflateLevel: 1)) }?.code == .wrongShape)
        #expect(error { _ = try HDF5Chunks([1] as [Int32], storage: .uncompressed(chunkRows: 4)) }?.code == .wrongShape)
    }
}
