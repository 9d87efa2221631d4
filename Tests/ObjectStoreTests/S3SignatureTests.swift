import Foundation
import Networking
import ObjectStore
import Testing

@Suite struct S3SignatureTests {
    /// The examples of the documentation
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
    @Test(
        arguments: [
            ("GET", "/test.txt", [], [("Range", "bytes=0-9")], "", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            (
                "PUT", "/test%24file.text", [],
                [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")], "Welcome to Amazon S3.",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            ),
            ("GET", "/", [("lifecycle", "")], [], "", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            ("GET", "/", [("max-keys", "2"), ("prefix", "J")], [], "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] as [(String, String, [(String, String)], [(String, String)], String, String)])
    func published(
        _ method: String, _ path: String, _ query: [(String, String)], _ fields: [(String, String)], _ body: String,
        _ signature: String
    ) {
        let signer = S3Signature(
            credentials: S3Credentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")),
            region: "us-east-1")
        let added = signer.sign(
            method: method, path: path, query: query.map { (name: $0.0, value: $0.1) },
            fields: ([("Host", "examplebucket.s3.amazonaws.com")] + fields).map { (name: $0.0, value: $0.1) },
            payloadSHA256: ContentDigest.sha256(of: Array(body.utf8)), date: Date(timeIntervalSince1970: 1_369_353_600))
        #expect(added.last?.value.hasSuffix("Signature=" + signature) == true)
    }

    private struct Case: Decodable {
        var method, host, key, region, secret, payload, authorization, date: String
        var query: [String: String]
        var fields: [String: String]
        var token: String?
    }

    /// Signatures that botocore made of keys and queries with every kind of character (scripts/golden/s3_signature.py).
    @Test func botocore() throws {
        let url = try #require(Bundle.module.url(forResource: "s3_signatures", withExtension: "json", subdirectory: "Golden"))
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
        #expect(cases.count == 120)
        let address = try S3Address(endpoint: "http://x", region: "x", bucket: "b", isPathStyle: false)
        for one in cases {
            let signer = S3Signature(
                credentials: S3Credentials(
                    accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretKey: Secret(one.secret), sessionToken: one.token.map { Secret($0) }),
                region: one.region)
            let added = signer.sign(
                method: one.method, path: address.path(one.key), query: one.query.map { (name: $0.key, value: $0.value) },
                fields: [(name: "Host", value: one.host)] + one.fields.map { (name: $0.key, value: $0.value) },
                payloadSHA256: one.payload, date: Date(timeIntervalSince1970: 1_772_323_198))
            #expect(added.first { $0.name == "x-amz-date" }?.value == one.date)
            let ours = added.last?.value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let theirs = one.authorization.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(ours == theirs, "\(one.key)")
        }
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:9000", true, "http://127.0.0.1:9000", "/bucket/a%20b/c"),
            ("https://minio.example/", true, "https://minio.example", "/bucket/a%20b/c"),
            ("http://host:80/", true, "http://host", "/bucket/a%20b/c"),
            ("https://host:9000", false, "https://bucket.host:9000", "/a%20b/c"),
            (nil, false, "https://bucket.s3.eu-central-1.amazonaws.com", "/a%20b/c"),
            ("http://[::1]:9000", true, "http://[::1]:9000", "/bucket/a%20b/c"),
            // Without a scheme: HTTP within this machine and its network, HTTPS elsewhere.
            ("127.0.0.1:9000", true, "http://127.0.0.1:9000", "/bucket/a%20b/c"),
            ("localhost:9000", true, "http://localhost:9000", "/bucket/a%20b/c"),
            ("LOCALHOST", true, "http://LOCALHOST", "/bucket/a%20b/c"),
            ("minio:9000/", true, "http://minio:9000", "/bucket/a%20b/c"),
            ("192.168.1.20:9000", true, "http://192.168.1.20:9000", "/bucket/a%20b/c"),
            ("172.31.0.1", true, "http://172.31.0.1", "/bucket/a%20b/c"),
            ("172.32.0.1", true, "https://172.32.0.1", "/bucket/a%20b/c"),
            ("10.0.0.7:443", true, "https://10.0.0.7", "/bucket/a%20b/c"),
            ("[::1]:9000", true, "http://[::1]:9000", "/bucket/a%20b/c"),
            ("[2001:db8::1]:9000", true, "https://[2001:db8::1]:9000", "/bucket/a%20b/c"),
            ("s3.example.com:9000", true, "https://s3.example.com:9000", "/bucket/a%20b/c"),
            ("s3.example.com", false, "https://bucket.s3.example.com", "/a%20b/c"),
        ] as [(String?, Bool, String, String)])
    func addresses(_ endpoint: String?, _ isPathStyle: Bool, _ server: String, _ path: String) throws {
        let address = try S3Address(endpoint: endpoint, region: "eu-central-1", bucket: "bucket", isPathStyle: isPathStyle)
        #expect(address.server == server)
        #expect(address.path("a b/c") == path)
    }

    @Test(arguments: ["ftp://host", "http://", "", "//host", "http://user:secret@host", "user:secret@host", "http://host/?x=1"])
    func otherEndpointsAreRefused(_ endpoint: String) async {
        let found = await error { _ = try S3Address(endpoint: endpoint, region: "x", bucket: "b", isPathStyle: true) }
        #expect(found?.code == .invalidLocation)
        #expect(found?.description.contains("secret") == false)
    }

    /// A path would be taken for the bucket. It may be the bucket indeed, as dashboards show it.
    @Test(arguments: [
        ("http://127.0.0.1:9000/minio", "http://127.0.0.1:9000", "/minio"),
        ("https://account.r2.example.com/bucket", "https://account.r2.example.com", "/bucket"),
        ("https://host:443/storage/v1/s3/", "https://host", "/storage/v1/s3/"),
        ("127.0.0.1:9000/a%20b", "http://127.0.0.1:9000", "/a%20b"),
    ])
    func anEndpointWithAPathIsRefused(_ endpoint: String, _ server: String, _ path: String) async {
        for isPathStyle in [true, false] {
            let found = await error { _ = try S3Address(endpoint: endpoint, region: "x", bucket: "bucket", isPathStyle: isPathStyle) }
            #expect(found?.code == .invalidLocation)
            #expect(found?.message.contains("'\(path)'") == true)
            #expect(found?.remedy.hasSuffix(" to \(server)") == true)
            #expect(found?.message.contains("s3://bucket names it already") == (path == "/bucket"))
        }
    }
}
