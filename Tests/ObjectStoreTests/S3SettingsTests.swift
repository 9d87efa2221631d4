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

    @Test(
        arguments: [
            ("500", 500), ("0", 0), ("7B", 7), ("20G", 20 << 30), ("20 GiB", 20 << 30), ("20gb", 20_000_000_000), ("1.5kb", 1500),
            ("1.5K", 1536), ("1500MiB", 1500 << 20), ("2 TiB", 2 << 40), ("2TB", 2_000_000_000_000), ("", nil), ("x", nil), ("G", nil),
            ("-1", nil), ("1e4", nil), (".5G", nil), ("1.G", nil), ("1.2.3G", nil), ("nan", nil), ("5P", nil), ("5GBB", nil), ("5Gi", nil),
            ("١G", nil), ("1000000T", nil),
        ] as [(String, Int?)])
    func sizes(_ text: String, _ bytes: Int?) throws {
        #expect(ByteCount(text)?.bytes == bytes)
        // The same as a setting.
        guard !text.isEmpty else { return }
        #expect((try? settings(["TAPEDECK_CACHE_SIZE": text]))?.cacheLimit == bytes)
    }

    /// The forms of the shared files that the AWS programs read.
    @Test func profilesNameAServerInEveryForm() async throws {
        func endpoint(_ config: String, _ environment: [String: String] = [:]) throws -> String? {
            try folder.write(Array(config.utf8), to: "config")
            return try settings(["AWS_CONFIG_FILE": folder.file("config")].merging(environment) { $1 }).endpoint
        }
        let services = """
            [default]  # the usual one
            services = lab ; below
            endpoint_url = http://profile
            s3 =  # of the profile
              endpoint_url = http://nested
            region=eu-west-1 # Ireland

            [services  lab] ; servers of our own
            dynamodb =
              endpoint_url = http://database
            s3 =
              endpoint_url = http://127.0.0.1:5055 # MinIO
            """
        #expect(try endpoint(services) == "http://127.0.0.1:5055")
        #expect(try settings(["AWS_CONFIG_FILE": folder.file("config")]).region == "eu-west-1")
        #expect(try endpoint(services, ["AWS_ENDPOINT_URL": "http://over"]) == "http://over")
        #expect(try endpoint("[default]\ns3 =\n  endpoint_url = http://nested\nendpoint_url = http://profile") == "http://nested")
        #expect(try endpoint("[default]\nservices = a\nendpoint_url = http://own\n[services a]\nec2 =\n  endpoint_url = x") == "http://own")
        let missing = await error { _ = try endpoint("[default]\nservices = gone") }
        #expect(missing?.message.contains("'gone'") == true && missing?.remedy.contains("[services gone]") == true)
        #expect(try endpoint("[default]\nservices = gone", ["AWS_ENDPOINT_URL_S3": "127.0.0.1:9000"]) == "http://127.0.0.1:9000")
        // Configured endpoints can be ignored.
        let all = ["AWS_ENDPOINT_URL_S3": "http://a", "AWS_ENDPOINT_URL": "http://b"]
        #expect(try endpoint(services, all.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }) == nil)
        #expect(try endpoint("[default]\nignore_configured_endpoint_urls = true", all) == nil)
        let over = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"]
        #expect(try endpoint("[default]\nignore_configured_endpoint_urls = true", all.merging(over) { $1 }) == "http://a")
        let wrong = await error { _ = try endpoint("", ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "maybe"]) }
        #expect(wrong?.message == "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is 'maybe'")
    }

    @Test func commentsFollowValues() {
        let found = AWSProfile.sections(
            of: """
                [a] # comment
                region = x # comment
                plain=x#y;z
                aws_access_key_id = AKIA\t; comment
                aws_secret_access_key = #not;a#comment
                empty = # comment
                  inner = 1 ; comment
                """)
        #expect(
            found["a"] == [
                "region": "x", "plain": "x#y;z", "aws_access_key_id": "AKIA", "aws_secret_access_key": "#not;a#comment",
                "empty.inner": "1",
            ])
    }

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
