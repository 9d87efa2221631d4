import Foundation

/// A third-party S3 server (see scripts/s3-server), started once for all tests of a process: moto, or the one that the
/// arguments in `TAPEDECK_TEST_S3` choose, such as `--seaweedfs`.
///
/// Sendable because it is immutable.
public final class S3Server: @unchecked Sendable {
    /// `http://127.0.0.1:port`.
    public let endpoint: String
    /// The same by HTTPS, and the file with the only authority that vouches for it.
    public let secureEndpoint: String
    public let certificates: String
    private let settings: Settings
    private let input = Pipe()
    private let process = Process()

    private struct Key: Decodable {
        var accessKeyID: String
        var secretKey: String
    }

    private struct Settings: Decodable {
        var endpoint: String
        var secureEndpoint: String
        var certificates: String
        var accessKeyID: String
        var secretKey: String
        var readOnly: Key
    }

    /// `nil`, with a message, where there is no Python with moto.
    public static let shared: S3Server? = {
        do {
            return try S3Server()
        } catch {
            print("skipped: scripts/s3-server does not run here (pip install 'moto[server]>=5.2.5'): \(error)")
            return nil
        }
    }()

    private static var choice: [String] {
        (ProcessInfo.processInfo.environment["TAPEDECK_TEST_S3"] ?? "").split(separator: " ").map(String.init)
    }

    /// Whether it is moto, whose answers some tests expect.
    public static var isMoto: Bool { isThere && choice.isEmpty }

    /// Whether tests against it can run.
    public static var isThere: Bool { shared != nil }

    private init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // The one that scripts/test makes, where there is one.
        let made = FileManager.default.homeDirectoryForCurrentUser.path + "/.cache/tapedeck/venv/bin/python"
        let python =
            ProcessInfo.processInfo.environment["TAPEDECK_PYTHON"]
            ?? (FileManager.default.isExecutableFile(atPath: made) ? made : "python3")
        process.arguments = [python, root.appendingPathComponent("scripts/s3-server").path] + Self.choice
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            guard let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty else { throw CocoaError(.fileReadUnknown) }
            line += more
        }
        settings = try JSONDecoder().decode(Settings.self, from: line)
        endpoint = settings.endpoint
        secureEndpoint = settings.secureEndpoint
        certificates = settings.certificates
    }

    /// The environment variables for this server and for a disk cache in a folder.
    /// - Parameters:
    ///   - endpoint: an address other than the server's own, such as a proxy's.
    ///   - isReadOnly: as the user who may not write.
    public func environment(cache: String, endpoint: String? = nil, isReadOnly: Bool = false) -> [String: String] {
        [
            "AWS_ENDPOINT_URL_S3": endpoint ?? self.endpoint, "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": isReadOnly ? settings.readOnly.accessKeyID : settings.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": isReadOnly ? settings.readOnly.secretKey : settings.secretKey,
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "TAPEDECK_CACHE": cache,
            "NO_PROXY": "127.0.0.1",
        ]
    }
}
