import Foundation
import Base
import Testing
import TestSupport

/// One file under many paths.
struct FileIdentityTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("a", to: "a")
        try folder.write("a", to: "deep/b")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "a")
        try FileManager.default.createSymbolicLink(atPath: folder.file("up"), withDestinationPath: "deep")
        try FileManager.default.linkItem(atPath: folder.file("a"), toPath: folder.file("hard"))
    }

    func isSame(_ left: String, _ right: String) -> Bool {
        FileIdentity(folder.file(left)).isSame(as: FileIdentity(folder.file(right)))
    }

    @Test func spellingsAndLinksAreOneFile() {
        for path in ["a", "./a", "link", "hard", "deep/../a", "up/../a", "//a"] { #expect(isSame("a", path), "\(path)") }
        for path in ["deep/b", "deep", "c", ".", "/dev/null"] { #expect(!isSame("a", path), "\(path)") }
        #expect(isSame("up/b", "deep/b"))
    }

    @Test func aMissingFileHasAPath() {
        #expect(isSame("c", "./c") && isSame("up/c", "deep/c") && isSame("no/where/c", "no/where/c"))
        #expect(!isSame("c", "deep/c") && !isSame("c", "d"))
        #expect(FileIdentity(folder.file("up/c")).isInside(folder.file("deep")) && !FileIdentity(folder.file("deeper")).isInside(folder.file("deep")))
        // Names of one character are where Foundation ends the process.
        #expect(FileIdentity("x").path.hasSuffix("/x") && FileIdentity("").path.isEmpty)
        #expect(["x", "x/y", "/x", "/x/y/z"].map(FileSystem.folder) == [".", "x", "/", "/x/y"])
    }

    @Test func devicesAreNoFiles() {
        #expect(!FileIdentity("/dev/null").isSame(as: FileIdentity("/dev/null")))
    }

    @Test func anOpenFileIsKnown() throws {
        let descriptor = open(folder.file("hard"), O_RDONLY)
        defer { close(descriptor) }
        #expect(try #require(FileIdentity(descriptor: descriptor)).isSame(as: FileIdentity(folder.file("a"))))
        #expect(FileIdentity(descriptor: -1) == nil)
    }
}
