import ObjectStore
import Testing
import TestSupport

@Suite struct S3DocumentTests {
    private static let listing = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>false</IsTruncated>\
        <Contents><Key>a%20b</Key><ETag>&quot;x&quot;</ETag><Size>3</Size></Contents><Contents><Key>c</Key></Contents>\
        </ListBucketResult>
        """

    @Test func elementsAreFound() {
        let list = S3Document(Array(Self.listing.utf8))
        #expect(list?.name == "ListBucketResult")
        #expect(list?.all("Contents").map { $0["Key"]?.text } == ["a%20b", "c"])
        #expect(list?["Contents"]?["ETag"]?.text == "\"x\"")
    }

    @Test func unboundedGrowthIsRejected() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><x>&b;</x>"
        #expect(S3Document(Array(bomb.utf8)) == nil)
        #expect(S3Document(Array((String(repeating: "<a>", count: 9) + String(repeating: "</a>", count: 9)).utf8)) == nil)
        #expect(S3Document(Array(("<a>" + String(repeating: "<b/>", count: 100_001) + "</a>").utf8)) == nil)
        #expect(S3Document([]) == nil)
        #expect(S3Document(Array("no XML".utf8)) == nil)
    }

    /// Answers come from the network, so any bytes must be parsed or rejected.
    @Test func anythingIsReadOrRefused() {
        var random = SplitMix(state: 3)
        var read = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.listing.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert("<>&/;\"".utf8.randomElement(using: &random) ?? 0, at: at)
                default: bytes.removeSubrange(at...)
                }
                if bytes.isEmpty { break }
            }
            if let document = S3Document(bytes) {
                read += 1
                #expect(!document.name.isEmpty)
            }
        }
        #expect(read > 100)
    }
}
