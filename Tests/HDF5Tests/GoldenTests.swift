import Foundation
import HDF5
import Testing

/// A file made by h5py (scripts/golden/hdf5.py).
@Suite struct GoldenTests {
    let root: HDF5Group

    init() throws {
        let path = try #require(Bundle.module.path(forResource: "Golden/h5py.h5", ofType: nil))
        root = try HDF5File(reading: path, trusted: true).root
    }

    @Test func filesOfPythonAreRead() throws {
        #expect(try root.stringAttribute("title") == "größer")
        #expect(try root.stringAttribute("bytes") == "fixed")
        #expect(try root.int64Attribute("rows") == 6)
        #expect(try root.doubleAttribute("scale") == 0.5)
        #expect(try root.dataset("contiguous").read() == [Int64](0..<6))
        #expect(try root.dataset("big_endian").read() == [Int32](0..<6))
        let halves = try root.dataset("halves")
        #expect(halves.type == .float16)
        #expect(halves.columns == 2)
        #expect(try halves.read(UInt16.self).first == 0xC000)
        #expect(try root.dataset("texts").readTexts() == ["put", "größer", ""])
        #expect(try root.dataset("fixed").readTexts() == ["put", "call"])
        #expect(try root.dataset("scalar").read() == [2.5])
        #expect(try root.group("group").dataset("inner").read() == [UInt8(7)])
        #expect(try root.dataset("lzf").read() == [Int64](0..<6))
    }

    @Test func variableTextsAreReadOnlyWhenTrusted() throws {
        let untrusted = try HDF5File(reading: root.file.path).root
        #expect(error { _ = try untrusted.stringAttribute("title") }?.code == .notTrusted)
        #expect(error { _ = try untrusted.dataset("texts").readTexts() }?.code == .notTrusted)
        #expect(try untrusted.stringAttribute("bytes") == "fixed")
        #expect(try untrusted.dataset("fixed").readTexts() == ["put", "call"])
    }

    @Test func unreadObjectsAreNamed() throws {
        #expect(error { _ = try root.dataset("three") }?.code == .wrongShape)
        #expect(error { _ = try root.dataset("compound") }?.code == .wrongType)
        // A soft link within the file is followed.
        #expect(try root.dataset("soft").rowCount() == root.dataset("contiguous").rowCount())
        #expect(error { _ = try root.dataset("external") }?.message.contains("link") == true)
        #expect(error { _ = try root.dataset("virtual") }?.message.contains("other files") == true)
    }
}
