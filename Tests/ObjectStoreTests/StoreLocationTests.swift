import Foundation
import ObjectStore
import Testing

@Suite struct StoreLocationTests {
    @Test(arguments: [
        ("file:///data/x", StoreLocation.folder("/data/x")),
        ("file:///data/x/", .folder("/data/x")),
        ("file:///", .folder("/")),
        ("file://localhost/data", .folder("/data")),
        ("file:///with%20space/50%25", .folder("/with space/50%")),
        ("/data//a/./b/../c", .folder("/data/a/c")),
        ("/plain%20path", .folder("/plain%20path")),
        ("s3://stock-db", .bucket("stock-db", prefix: "")),
        ("s3://stock-db/a/b/", .bucket("stock-db", prefix: "a/b")),
    ])
    func addressesAreRead(_ text: String, _ location: StoreLocation) throws {
        #expect(try StoreLocation(parsing: text) == location)
        // What is printed is read back as the same place.
        #expect(try StoreLocation(parsing: location.description) == location)
    }

    @Test func relativePathsStartFromTheWorkingFolder() throws {
        let here = FileManager.default.currentDirectoryPath
        #expect(try StoreLocation(parsing: "store") == .folder(here + "/store"))
    }

    @Test(arguments: [
        "", "file://data/x", "file://", "http://host/x", "s3://", "s3://ab/x", "s3://Bucket", "s3://b/../x",
        "s3://bucket/../x", "s3://bucket//x", "s3://bucket/a//b", "s3://bucket/a//", "file:///a%2", "file:///a%ff",
    ])
    func otherAddressesAreRefused(_ text: String) async {
        #expect(await [.invalidLocation, .invalidKey].contains(error { _ = try StoreLocation(parsing: text) }?.code))
    }
}
