import Foundation

/// A Python that has what a test needs: named by `TAPEDECK_PYTHON`, as scripts/test does, or that of the peers' folder.
public struct Python {
    private let path: String

    /// `nil`, with a message, where there is none with this module.
    public init?(with module: String) {
        path = ProcessInfo.processInfo.environment["TAPEDECK_PYTHON"] ?? NSHomeDirectory() + "/.cache/tapedeck-peers/bin/python"
        guard FileManager.default.isExecutableFile(atPath: path), (try? run("import \(module)")) != nil else {
            print("skipped: there is no Python with \(module); name one in TAPEDECK_PYTHON")
            return nil
        }
    }

    /// What a script prints; `nil` when it fails.
    public func run(_ script: String, _ arguments: String..., input: String = "") throws -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
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
