import ObjectStore
import S3Support
import TestSupport
import Testing

/// Listings as servers give them, without a server.
@Suite struct S3ListingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// - Parameter entries: keys as they are sent, and sizes.
    private func store(prefix: String, entries: [(key: String, size: Int?)]) throws -> (any ObjectStore, FaultProxy) {
        let contents = entries.map { entry in
            "<Contents><Key>\(entry.key)</Key>\(entry.size.map { "<Size>\($0)</Size>" } ?? "")<ETag>\"e\"</ETag></Contents>"
        }
        let page =
            "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
            + contents.joined() + "</ListBucketResult>"
        let proxy = try FaultProxy(to: "http://127.0.0.1:1") { _ in .answer(200, page) }
        let store = try StoreLocation.bucket("bucket", prefix: prefix).open(
            creating: false,
            environment: [
                "HOME": folder.path, "AWS_ENDPOINT_URL_S3": proxy.address, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
                "NO_PROXY": "*",
            ])
        return (store, proxy)
    }

    @Test(arguments: ["", "data"]) func keysThatCannotBeReadAreListed(_ prefix: String) async throws {
        let start = prefix.isEmpty ? "" : prefix + "/"
        let wrong = ["options-complete//2014-06-09options.csv", "/2014-06-10options.csv", "a/../b", "tail/", "x%01y", "%FF"]
        let good = ["options-complete/2014-06-11options.csv", "a+b%28c%29", "%CC%81accent"]
        var entries = (wrong + good + [".tapedeck-lock"]).map { (key: start + $0, size: Int?.some(7)) }
        entries += [(key: start + "options-complete/", size: 0), (key: start, size: 0), (key: start + "sizeless", size: nil)]
        let (store, proxy) = try store(prefix: prefix, entries: entries)
        let objects = try await store.listEverything()
        let unreadable = objects.filter { $0.keyProblem != nil }.map(\.key)
        #expect(
            unreadable == [
                "options-complete//2014-06-09options.csv", "/2014-06-10options.csv", "a/../b", "tail/", "x\u{1}y", "%FF", "sizeless",
            ])
        let readable = ["options-complete/2014-06-11options.csv", "a b(c)", "\u{301}accent"]
        #expect(objects.filter { $0.keyProblem == nil }.map(\.key) == readable)
        #expect(try await store.list().map(\.key) == readable)
        #expect(proxy.requests.count == 2)
    }

    @Test func aReasonIsGiven() async throws {
        let (store, proxy) = try store(prefix: "", entries: [("a//b", 1), ("/a", 1), ("%FF", 1), ("c", nil)])
        let objects = try await store.listEverything()
        for (object, reason) in zip(objects, ["empty part (//)", "begins with a slash", "not UTF-8", "does not give its size"]) {
            #expect(object.keyProblem?.contains(reason) == true, "\(object.key)")
        }
        #expect(objects.count == 4 && proxy.requests.count == 1)
    }
}
