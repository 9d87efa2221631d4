import Foundation
import Networking
import ObjectStore
import Testing
import TestSupport

@Suite struct S3SettingsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func settings(_ environment: [String: String]) throws -> S3Settings {
        try S3Settings(environment: ["HOME": folder.path].merging(environment) { $1 }, location: "s3://bucket")
    }

    @Test func defaultsAreThoseOfAWS() throws {
        let found = try settings([:])
        #expect(found.endpoint == nil)
        #expect(found.region == "us-east-1")
        #expect(!found.isPathStyle)
        #expect(found.cacheFolder == folder.path + "/.cache/tapedeck/objects")
        #expect(found.cacheLimit == 20 << 30)
    }

    @Test func theEnvironmentGoesOverTheFiles() async throws {
        try FileManager.default.createDirectory(atPath: folder.file(".aws"), withIntermediateDirectories: true)
        try folder.write(
            Array(
                """
                # comment
                [default]
                region = eu-west-1
                [profile  lab]
                region=eu-central-1
                endpoint_url = http://lab:9000
                s3 =
                    addressing_style = virtual
                    endpoint_url = http://s3.lab:9000
                """.utf8), to: ".aws/config")
        #expect(try settings([:]).region == "eu-west-1")
        let lab = try settings(["AWS_PROFILE": "lab"])
        #expect(lab.region == "eu-central-1")
        #expect(lab.endpoint == "http://s3.lab:9000")
        #expect(!lab.isPathStyle)
        let over = try settings([
            "AWS_PROFILE": "lab", "AWS_REGION": "x", "AWS_ENDPOINT_URL": "http://other", "TAPEDECK_S3_PATH_STYLE": "true",
        ])
        #expect(over.region == "x")
        #expect(over.endpoint == "http://other")
        #expect(over.isPathStyle)
        #expect(try settings(["AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b"]).endpoint == "http://b")
        #expect(await error { _ = try settings(["AWS_PROFILE": "none"]) }?.message.contains("'none'") == true)
    }

    @Test(arguments: [
        ("500", 500), ("20G", 20 << 30), ("1.5kb", 1536), ("2 TiB", 2 << 40), ("0", 0), ("", nil), ("x", nil), ("-1", nil),
        ("1e400", nil), ("nan", nil), ("5P", nil),
    ] as [(String, Int?)])
    func sizes(_ text: String, _ bytes: Int?) { #expect(S3Settings.byteCount(text) == bytes) }

    @Test func wrongSettingsAreNamed() async {
        for (name, value) in [("TAPEDECK_CACHE_SIZE", "much"), ("TAPEDECK_S3_PATH_STYLE", "maybe")] {
            let found = await error { _ = try settings([name: value]) }
            #expect(found?.message == "\(name) is '\(value)'")
        }
    }

    @Test func credentialsAreNamedWhenTheyAreMissing() async throws {
        func open(_ environment: [String: String]) async -> StoreError? {
            await error {
                _ = try StoreLocation.bucket("bucket", prefix: "").open(
                    creating: false, environment: ["HOME": folder.path].merging(environment) { $1 })
            }
        }
        #expect(await open([:])?.code == .unauthorized)
        #expect(await open(["AWS_ACCESS_KEY_ID": "x"])?.message.contains("AWS_SECRET_ACCESS_KEY is not set") == true)
        try FileManager.default.createDirectory(atPath: folder.file(".aws"), withIntermediateDirectories: true)
        try folder.write(Array("[default]\naws_access_key_id=a\naws_secret_access_key = b\n[r]\nrole_arn=x".utf8), to: ".aws/credentials")
        let location = StoreLocation.bucket("bucket", prefix: "")
        #expect(try location.open(creating: false, environment: ["HOME": folder.path]).location == location)
        #expect(await open(["AWS_PROFILE": "r"])?.message.contains("role_arn") == true)
        let bundle = folder.file("none.pem")
        #expect(await open(["AWS_CA_BUNDLE": bundle])?.message.contains(bundle) == true)
    }

    /// Files of profiles are other programs' and may hold anything.
    @Test func anyTextIsReadAsProfiles() {
        var random = SplitMix(state: 11)
        let alphabet = Array("[]=# ;\n\r\tas3é\0").map(String.init) + ["[profile ", "s3 =\n  x", "= "]
        for _ in 0..<5_000 {
            let text = (0..<Int.random(in: 0...30, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }
                .joined()
            for (_, section) in AWSProfile.sections(of: text) {
                #expect(section.allSatisfy { !$0.value.isEmpty })
            }
        }
    }
}

@Suite struct HTTPProxyTests {
    private func isDirect(_ address: String, except: String) -> Bool {
        HTTPProxy(for: address, environment: ["HTTP_PROXY": "http://proxy:3128", "HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": except]) == nil
    }

    @Test(arguments: [
        ("http://minio:9000", "minio"), ("http://minio:9000", "minio:9000"), ("http://a.minio.lan:9000", ".lan"),
        ("http://a.minio.lan", "*.minio.lan"), ("http://a.minio.lan", "other, minio.lan"), ("http://minio", "minio:80"),
        ("https://minio", "minio:443"), ("http://10.1.2.3:9000", "10.0.0.0/8"), ("http://10.1.2.3:9000", "10.1.2.3"),
        ("http://10.1.2.3:9000", "10.1.2.3:9000"), ("http://192.168.7.200", "192.168.7.192/26"), ("http://[fd00::1]:9000", "fd00::/8"),
        ("http://[fd00::1]:9000", "[fd00::1]:9000"), ("http://[fd00::1]:9000", "fd00:0::1"), ("http://anything", "*"),
        ("http://10.1.2.3", "0.0.0.0/0"), ("http://lan", ".lan"),
    ])
    func isExempt(_ address: String, _ except: String) { #expect(isDirect(address, except: except)) }

    @Test(arguments: [
        ("http://minio:9000", "minio:9001"), ("http://minio:9000", "inio"), ("http://xminio", "minio"), ("http://11.1.2.3", "10.0.0.0/8"),
        ("http://192.168.7.100", "192.168.7.192/26"), ("http://10.1.2.3", "10.0.0.0/33"), ("http://10.1.2.3", "10.0.0.0/x"),
        ("http://[fe00::1]", "fd00::/8"), ("http://minio", "10.0.0.0/8"), ("http://minio", ","), ("http://minio", ":"), ("http://10.1.2.3", "2.3"),
    ])
    func isNot(_ address: String, _ except: String) { #expect(!isDirect(address, except: except)) }
}
