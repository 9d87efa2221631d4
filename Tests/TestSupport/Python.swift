import Foundation

/// A Python that has what a test needs: named by `TAPEDECK_PYTHON`, as scripts/test does, or that of the peers' folder.
public struct Python {
    /// The program.
    public static let path = ProcessInfo.processInfo.environment["TAPEDECK_PYTHON"] ?? NSHomeDirectory() + "/.cache/tapedeck-peers/bin/python"

    /// `nil` where there is none with this module.
    public init?(with module: String) {
        guard FileManager.default.isExecutableFile(atPath: Self.path), (try? run("import \(module)")).flatMap({ $0 }) != nil else { return nil }
    }

    /// What a script prints; `nil` when it fails.
    public func run(_ script: String, _ arguments: String..., input: String = "") throws -> String? {
        try run(script, arguments, input: input)
    }

    /// What a script prints; `nil` when it fails.
    public func run(_ script: String, _ arguments: [String], input: String = "") throws -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = ["-c", script] + arguments
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let data = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }
}
