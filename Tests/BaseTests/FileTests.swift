import Base
import Foundation
import TestSupport
import Testing

@Suite struct FileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func writesAndReadsRanges() throws {
        let file = try File(writing: folder.file("f"), .ifAbsent)
        try file.write([1, 2, 3, 4] as [UInt32])
        try file.write([9] as [UInt32], at: 4)
        #expect(try file.read(4, at: 0, as: UInt32.self) == [1, 9, 3, 4])
        #expect(try file.read(4..<8) == [9, 0, 0, 0])
        let beyond = #expect(throws: FileError.self) { try file.read(8..<17) }
        #expect(beyond?.kind == .unavailable && beyond?.path == folder.file("f"))
        try file.truncate(to: 2)
        #expect(try file.status().size == 2 && File.Status(of: folder.file("f"))?.isRegular == true)
        #expect(throws: FileError.self) { _ = try File(writing: folder.file("f"), .exclusive) }
        #expect(try #require(throws: FileError.self) { _ = try File(writing: folder.file("none"), .never) }.kind == .notFound)
        _ = try File(writing: folder.file("f"), .emptied)
        #expect(try folder.bytes("f").isEmpty)
    }

    @Test func appendsGoToTheEnd() throws {
        try folder.write("ab", to: "log")
        let first = try File(writing: folder.file("log"), .ifAbsent, appends: true)
        let second = try File(writing: folder.file("log"), .ifAbsent, appends: true)
        try first.write(Array("c".utf8))
        try second.write(Array("d".utf8))
        #expect(try folder.text("log") == "abcd")
    }

    /// Until the commit readers find the old file; an abandoned one leaves nothing.
    @Test func anAtomicFileAppearsComplete() throws {
        try folder.write("old", to: "f")
        var file = try AtomicFile(folder.file("f"))
        try file.write(Array("new".utf8))
        #expect(try folder.text("f") == "old")
        file.abandon()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["f"])
        file = try AtomicFile(folder.file("f"))
        try file.write(Array("xew".utf8))
        try file.seek(to: 0)
        try file.write(Array("n".utf8))
        try file.commit()
        #expect(try folder.text("f") == "new" && FileManager.default.contentsOfDirectory(atPath: folder.path) == ["f"])
    }

    @Test func aLinkDoesNotReplace() throws {
        try folder.write("a", to: "a")
        try folder.write("b", to: "b")
        let error = #expect(throws: FileError.self) { try FileSystem.link(folder.file("a"), as: folder.file("b")) }
        #expect(error?.kind == .alreadyExists)
        #expect(try folder.text("b") == "b")
    }

    @Test func locksKeepOthersOut() throws {
        let path = folder.file("lock")
        let lock = try #require(try FileLock(path))
        try lock.write(Array("me".utf8))
        #expect(try FileLock(path) == nil && FileLock(path, .shared) == nil)
        #expect(String(decoding: FileLock.content(of: path), as: UTF8.self) == "me")
        lock.release()
        let shared = try #require(try FileLock(path, .shared)), other = try #require(try FileLock(path, .shared))
        #expect(shared.isCurrent && other.content().isEmpty)
        #expect(try FileLock(path) == nil)
        other.release()
        shared.release(removesFile: true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty && !shared.isCurrent)
        withExtendedLifetime(lock) {}
    }

    @Test func mapsFiles() throws {
        try folder.write("bytes", to: "f")
        try folder.write("", to: "empty")
        #expect(try MemoryMap(path: folder.file("f")).withBytes { Array($0) } == Array("bytes".utf8))
        #expect(try MemoryMap(path: folder.file("empty")).count == 0)
        #expect(try #require(throws: FileError.self) { try MemoryMap(path: folder.path) }.kind == .invalidInput)
        #expect(try #require(throws: FileError.self) { try MemoryMap(path: folder.file("none")) }.kind == .notFound)
    }

    @Test func errorsNameTheRemedy() {
        let error = FileError("/data/f", "could not be written", number: ENOSPC)
        #expect(error.kind == .outOfSpace && error.kind.httpStatus == 507 && error.kind.exitCode == 1)
        #expect(ErrorKind.allCases.filter { $0.exitCode == 2 } == [.invalidUsage])
        #expect(error.description == "/data/f: could not be written: the disk is full; free some space and run again; nothing was lost")
    }
}

@Suite struct ConcurrencyTests {
    @Test func resultsComeInOrder() async throws {
        var found: [Int] = []
        try await orderedMap(Array(0..<200), width: 3) { number in
            if number % 7 == 0 { try await Task.sleep(for: .microseconds(300)) }
            return number * 2
        } consume: { item, output in
            #expect(output == item * 2)
            found.append(item)
        }
        #expect(found == Array(0..<200))
    }

    @Test func tasksRunOnTheExecutorsThreads() async throws {
        let total = await withTaskExecutorPreference(CPUExecutor.shared) {
            await withTaskGroup(of: Int.self) { group in
                for number in 0..<50 { group.addTask { number } }
                return await group.reduce(0, +)
            }
        }
        #expect(total == 1225)
    }

    @Test func blockingWorkThrowsItsOwnError() async {
        let error = await #expect(throws: FileError.self) {
            try await blocking { () throws(FileError) in throw FileError("f", "could not be read", number: ENOENT) }
        }
        #expect(error?.kind == .notFound)
    }
}

@Suite struct NumericsTests {
    /// Vigna's own first numbers of the seed 1234567 (https://prng.di.unimi.it/splitmix64.c).
    @Test func splitMixGivesThePublishedNumbers() {
        var random = SplitMix64(state: 1_234_567)
        #expect((0..<3).map { _ in random.next() } == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func halfFloatsRoundToNearest() {
        let values: [Float] = [0, 1, -2, 65504, 1e-8, 0.1, .infinity, 2049, 2051]
        #expect(HalfFloats.halves(values) == values.map { Float16($0).bitPattern })
        #expect(HalfFloats.floats(HalfFloats.halves(values)) == values.map { Float(Float16($0)) })
    }
}
