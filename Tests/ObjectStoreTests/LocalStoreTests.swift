import Base
import Foundation
import ObjectStore
import Testing
import TestSupport

/// Calls `body` and returns the error it must throw.
func error(
    sourceLocation: SourceLocation = #_sourceLocation, of body: () async throws -> Void
) async -> StoreError? {
    do {
        try await body()
        Issue.record("no error", sourceLocation: sourceLocation)
        return nil
    } catch {
        let found = error as? StoreError
        if found == nil { Issue.record("another error: \(error)", sourceLocation: sourceLocation) }
        return found
    }
}

@Suite struct LocalStoreTests {
    let folder: TemporaryFolder
    let store: LocalStore

    init() throws {
        folder = try TemporaryFolder()
        store = try LocalStore(root: folder.file("store"), creating: true)
    }

    func names(in path: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    /// procfs says that a new folder's parent is missing, which it is not.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self")))
    func aFolderThatCannotBeMadeIsNamed() async {
        let found = await error { _ = try LocalStore(root: "/proc/none/store", creating: true) }
        #expect(found?.description.contains("/proc/none") == true)
    }

    @Test func oneOfManyReplacesAVersion() async throws {
        let first = try await store.put("claim", [0])
        let winners = await withTaskGroup(of: UInt8?.self) { [store] group in
            for writer in UInt8(1)...24 {
                group.addTask { (try? await store.replace("claim", [writer], etag: first.etag)) == nil ? nil : writer }
            }
            return await group.reduce(into: [UInt8]()) { if let writer = $1 { $0.append(writer) } }
        }
        #expect(winners.count == 1)
        #expect(try await store.get("claim") == winners)
    }

    @Test func conditionsAreHonoured() async throws {
        try await store.checkConditionalWrites(probing: "control/probe")
        #expect(try await store.list().isEmpty)
    }

    @Test func aVersionHasItsAge() async throws {
        #expect(try await store.version(of: "claim") == nil)
        let info = try await store.put("claim", [7])
        let found = try #require(try await store.version(of: "claim"))
        #expect(found.bytes == [7] && found.etag == info.etag)
        #expect((0..<60).contains(found.age))
        // An hour ago, by the clock of the file system.
        try FileManager.default.setAttributes([.modificationDate: Date.now - 3600], ofItemAtPath: store.path(of: "claim"))
        #expect((3590..<3700).contains(try #require(try await store.version(of: "claim")).age))
    }

    @Test func putObjectsAreListed() async throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let info = try await store.put("year_2014/batch_0.h5", bytes)
        #expect(info.size == bytes.count)
        #expect(try await store.head("year_2014/batch_0.h5") == info)
        #expect(try await store.get("year_2014/batch_0.h5") == bytes)
        #expect(try await store.get("year_2014/batch_0.h5", range: 10..<20) == Array(bytes[10..<20]))
        #expect(try await store.get("year_2014/batch_0.h5", range: 5..<5) == [])
        #expect(try await store.contains("year_2014/batch_0.h5"))
        #expect(try await !store.contains("year_2014/batch_1.h5"))
        #expect(try await store.sha256(of: "year_2014/batch_0.h5") == ContentDigest.sha256(of: bytes))
        let path = try await store.localPath(of: "year_2014/batch_0.h5")
        #expect(try ContentDigest.sha256(ofFileAt: path) == ContentDigest.sha256(of: bytes))
        #expect(try store.withMappedBytes(of: "year_2014/batch_0.h5") { [UInt8]($0) } == bytes)
        try await store.put("empty", [])
        #expect(try await store.get("empty") == [])
        #expect(try store.withMappedBytes(of: "empty") { $0.count } == 0)
        #expect(try names(in: store.root) == ["empty", "year_2014"])
        #expect(try names(in: store.root + "/year_2014") == ["batch_0.h5"])
    }

    @Test func replacingIsAtomicAndNoticeable() async throws {
        let first = try await store.put("k", [1, 2, 3])
        // A reader that opened the object before keeps what it saw.
        let mapped = try MemoryMap(path: store.path(of: "k"))
        let second = try await store.put("k", [9])
        #expect(mapped.withBytes { [UInt8]($0) } == [1, 2, 3])
        #expect(try await store.get("k") == [9])
        #expect(first.etag != second.etag)
    }

    @Test func conditionalPutHasOneWinner() async throws {
        let store = store
        let winners = await withTaskGroup(of: Bool.self) { group in
            for task in 0..<20 {
                group.addTask { (try? await store.put("k", [UInt8(task)], ifAbsent: true)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(winners == 1)
        let before = try await store.get("k")
        #expect(await error { try await store.put("k", [77], ifAbsent: true) }?.code == .alreadyExists)
        #expect(try await store.get("k") == before)
        #expect(try names(in: store.root) == ["k"])
    }

    @Test func filesAreMovedIn() async throws {
        let path = try await store.temporaryPath(for: "a/b.h5")
        try Data([4, 5, 6]).write(to: URL(fileURLWithPath: path))
        #expect(try await store.list().isEmpty)
        try await store.put("a/b.h5", movingFileAt: path)
        #expect(try await store.get("a/b.h5") == [4, 5, 6])
        #expect(try names(in: store.root + "/a") == ["b.h5"])

        let other = folder.file("other")
        try Data([7]).write(to: URL(fileURLWithPath: other))
        #expect(await error { try await store.put("a/b.h5", movingFileAt: other, content: nil, ifAbsent: true) }?.code == .alreadyExists)
        #expect(FileManager.default.fileExists(atPath: other))
        #expect(try await store.get("a/b.h5") == [4, 5, 6])
        #expect(await error { try await store.put("a/b.h5", movingFileAt: folder.file("none")) }?.code == .notFound)
        // A file that already is the object must not be deleted as the source of the move.
        let own = try store.path(of: "a/b.h5")
        #expect(await error { try await store.put("a/b.h5", movingFileAt: own) }?.code == .alreadyExists)
        #expect(try await store.get("a/b.h5") == [4, 5, 6])
    }

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm"), "there is no /dev/shm to move a file from"))
    func filesFromAnotherFileSystemAreCopied() async throws {
        let path = "/dev/shm/tapedeck-test-\(UUID().uuidString)"
        let bytes = [UInt8](repeating: 3, count: 3_000_000)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await store.put("k", movingFileAt: path)
        #expect(try await store.get("k") == bytes)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func listingsAreSortedAndFiltered() async throws {
        for key in ["b/2", "b/10", "b.h5", "a", "b/sub/x", "bc/1", "é"] { try await store.put(key, [1]) }
        #expect(try await store.list().map(\.key) == ["a", "b.h5", "b/10", "b/2", "b/sub/x", "bc/1", "é"])
        #expect(try await store.list(prefix: "b/").map(\.key) == ["b/10", "b/2", "b/sub/x"])
        #expect(try await store.list(prefix: "b").map(\.key) == ["b.h5", "b/10", "b/2", "b/sub/x", "bc/1"])
        #expect(try await store.list(prefix: "b/s").map(\.key) == ["b/sub/x"])
        #expect(try await store.list(prefix: "none/").isEmpty)
        #expect(try await store.list(prefix: "a/").isEmpty)
        let info = try await store.list(prefix: "a")[0]
        #expect(try await store.head("a") == info)
    }

    @Test func linksThatLeadInCirclesEnd() async throws {
        try await store.put("d/x", [1])
        try FileManager.default.createSymbolicLink(atPath: store.root + "/d/up", withDestinationPath: "..")
        try FileManager.default.createSymbolicLink(atPath: store.root + "/gone", withDestinationPath: "nothing")
        #expect(try await store.list().map(\.key) == ["d/x"])
    }

    @Test func deletingTwiceIsNotAnError() async throws {
        try await store.put("d/x", [1])
        try await store.delete("d/x")
        try await store.delete("d/x")
        try await store.delete("no/such/folder")
        #expect(await error { _ = try await store.get("d/x") }?.code == .notFound)
    }

    @Test(arguments: [
        "", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a/.", "a\0b", "a\nb", ".tapedeck-lock",
        "x/.tapedeck-tmp-1", String(repeating: "x", count: 256), String(repeating: "x/", count: 600) + "x",
    ])
    func badKeysAreRefused(_ key: String) async throws {
        #expect(await error { try await store.put(key, [1]) }?.code == .invalidKey)
        #expect(await error { _ = try await store.get(key) }?.code == .invalidKey)
        #expect(await error { _ = try await store.head(key) }?.code == .invalidKey)
        #expect(await error { try await store.delete(key) }?.code == .invalidKey)
        #expect(await error { _ = try await store.localPath(of: key) }?.code == .invalidKey)
    }

    @Test func randomKeysNeverLeaveTheFolder() async throws {
        var random = SplitMix(state: 5)
        let alphabet = Array("ab./ \\%~é\u{1}").map(String.init) + ["..", "//", ".tapedeck-"]
        for _ in 0..<5_000 {
            let key = (0..<Int.random(in: 1...6, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }
                .joined()
            guard let path = try? store.path(of: key) else { continue }
            #expect(URL(fileURLWithPath: path).standardizedFileURL.path.hasPrefix(store.root + "/"), "\(key)")
        }
    }

    @Test func rangesPastTheEndAreRefused() async throws {
        try await store.put("k", [1, 2, 3])
        #expect(await error { _ = try await store.get("k", range: 2..<4) }?.code == .outOfRange)
        #expect(await error { _ = try await store.get("k", range: -1..<2) }?.code == .outOfRange)
    }

    @Test func foldersAreNotObjects() async throws {
        try await store.put("d/x", [1])
        #expect(await error { _ = try await store.get("d") }?.code == .invalidKey)
        #expect(await error { try await store.put("d", [1]) }?.code == .invalidKey)
        #expect(await error { try await store.put("d/x/y", [1]) }?.code == .invalidKey)
        #expect(try await store.get("d/x") == [1])
    }

    @Test func openingNamesTheProblem() async throws {
        let missing = await error { _ = try LocalStore(root: folder.file("missing")) }
        #expect(missing?.code == .notFound)
        #expect(missing?.description.contains("missing") == true)
        try Data([1]).write(to: URL(fileURLWithPath: folder.file("file")))
        #expect(await error { _ = try LocalStore(root: folder.file("file")) }?.code == .invalidLocation)
        #expect(await error { _ = try LocalStore(root: folder.file("file/x"), creating: true) }?.code == .invalidKey)
    }

    @Test func systemErrorsAreSentences() {
        let full = StoreError(FileError("file:///s", "could not be written", number: ENOSPC), location: "file:///s", key: "k")
        #expect(full.code == .storageFull)
        #expect(
            full.description
                == "file:///s: k: could not be written: the disk is full; free some space and run again; nothing was lost")
        #expect(StoreError(FileError("", "x", number: EROFS), location: "").code == .permissionDenied)
        #expect(StoreError(FileError("", "x", number: EACCES), location: "").code == .permissionDenied)
        #expect(StoreError(FileError("", "x", number: EIO), location: "").code == .unavailable)
    }

    /// A full disk for real, where the test may mount one.
    @Test(.enabled(if: Machine.canMount, "\(Machine.cannotMount)"))
    func aFullDiskLosesNothing() async throws {
        let mount = folder.file("small")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        try #require(try run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount) == 0)
        defer { _ = try? run("umount", mount) }
        let store = try LocalStore(root: mount)
        try await store.put("k", [1, 2, 3])
        let found = await error { try await store.put("k", [UInt8](repeating: 0, count: 200_000)) }
        #expect(found?.code == .storageFull)
        #expect(found?.key == "k")
        #expect(try await store.get("k") == [1, 2, 3])
        #expect(try names(in: mount) == ["k"])
        try #require(try run("mount", "-o", "remount,ro", mount) == 0)
        #expect(await error { try await store.put("j", [1]) }?.code == .permissionDenied)
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
}
