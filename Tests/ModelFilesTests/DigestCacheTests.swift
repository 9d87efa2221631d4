import Foundation
import ModelFiles
import Testing
import TestSupport

@Suite struct DigestCacheTests {
    /// A file of some days ago.
    private func made(_ folder: TemporaryFolder, _ text: String = "weights") throws -> String {
        let path = try folder.write(text, to: "model/weights")
        try age(path, by: 100_000)
        return path
    }

    private func age(_ path: String, by seconds: Double) throws {
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }

    private func entries(_ cache: DigestCache) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: cache.path)) ?? []).map { cache.path + "/" + $0 }
    }

    @Test func remembersADigest() throws {
        let folder = try TemporaryFolder()
        let cache = DigestCache(environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
        let path = try made(folder)
        let digest = try cache.digest(path)
        #expect(try digest == fileDigest(path))
        #expect(entries(cache).count == 1)
        // By another name it is the same file.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "model")
        for path in [path, folder.path + "/link/weights"] {
            #expect(try cache.digest(path) { _ in "it was read again" } == digest)
        }
        #expect(entries(cache).count == 1)
    }

    enum Change: CaseIterable { case content, contentAndTime, length, time, replaced }

    @Test(arguments: Change.allCases)
    func noticesAChange(_ change: Change) throws {
        let folder = try TemporaryFolder()
        let cache = DigestCache(path: folder.path + "/cache")
        let path = try made(folder)
        _ = try cache.digest(path)
        let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
        switch change {
        case .content: try Data("Weights".utf8).write(to: URL(filePath: path))
        case .contentAndTime:
            try Data("Weights".utf8).write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.modificationDate: time as Any], ofItemAtPath: path)
        case .length: try Data("more weights".utf8).write(to: URL(filePath: path))
        case .time: try age(path, by: 50_000)
        case .replaced:
            try folder.write("Weights", to: "other")
            try age(folder.path + "/other", by: 100_000)
            try #require(rename(folder.path + "/other", path) == 0)
        }
        #expect(try cache.digest(path) == fileDigest(path))
    }

    @Test func doesNotRememberAFileThatMayStillBeChanging() throws {
        let folder = try TemporaryFolder()
        let cache = DigestCache(path: folder.path + "/cache")
        let path = try folder.write("new", to: "weights")
        #expect(try cache.digest(path) == fileDigest(path))
        #expect(entries(cache).isEmpty)
    }

    @Test func ignoresDamagedEntries() throws {
        let folder = try TemporaryFolder()
        let cache = DigestCache(path: folder.path + "/cache")
        let path = try made(folder)
        let digest = try cache.digest(path)
        let entry = try #require(entries(cache).first)
        let good = Array(try Data(contentsOf: URL(filePath: entry)))
        var random = SplitMix(state: 5)
        var damaged: [[UInt8]] = [[], Array("{}".utf8), Array(good.dropLast(9)), good + [0]]
        for _ in 0..<200 {
            var bytes = good
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            damaged.append(bytes)
        }
        for bytes in damaged {
            try Data(bytes).write(to: URL(filePath: entry))
            #expect(try cache.digest(path) == digest)
        }
    }

    @Test func doesWithoutACacheThatCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let path = try made(folder)
        try folder.write("a file", to: "cache")
        #expect(try DigestCache(path: folder.path + "/cache").digest(path) == fileDigest(path))
        #expect(throws: ModelFileError.self) { try DigestCache(path: folder.path).digest(folder.path + "/none") }
    }
}
