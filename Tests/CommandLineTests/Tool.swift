import Foundation
import Testing
import TestSupport

/// The built program.
struct Tool {
    /// What a run left behind.
    struct Outcome {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The built program: it stands beside this bundle of tests.
    static let path = Bundle.module.bundleURL.deletingLastPathComponent().appendingPathComponent("tapedeck").path

    /// Where it runs; kept for as long as this value.
    let folder: TemporaryFolder
    var environment: [String: String] = [:]

    /// Runs `tapedeck` with these arguments.
    func callAsFunction(_ arguments: String...) throws -> Outcome { try run(Self.path, arguments) }

    func callAsFunction(_ arguments: [String]) throws -> Outcome { try run(Self.path, arguments) }

    /// Runs a shell's command line in which `$TAPEDECK` is the program.
    func shell(_ line: String) throws -> Outcome { try run("/bin/bash", ["-c", line]) }

    /// Starts `tapedeck` and returns at once; its messages go to a file in the folder.
    func start(_ arguments: [String], messages: String) throws -> Process {
        let process = try process(Self.path, arguments)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try handle(messages)
        try process.run()
        return process
    }

    private func run(_ program: String, _ arguments: [String]) throws -> Outcome {
        // Into files, which never fill up as pipes do.
        let id = UUID().uuidString
        let process = try process(program, arguments)
        process.standardOutput = try handle("out-\(id)")
        process.standardError = try handle("err-\(id)")
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            let path = folder.path + "/" + name
            defer { try? FileManager.default.removeItem(atPath: path) }
            return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        }
        return Outcome(status: process.terminationStatus, output: try text("out-\(id)"), errors: try text("err-\(id)"))
    }

    private func process(_ program: String, _ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = FileHandle.nullDevice
        // Without the developer's own settings, and with a fixed width of help.
        process.environment = [
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": folder.path, "COLUMNS": "80", "LANG": "C.UTF-8", "TAPEDECK": Self.path,
        ].merging(environment) { $1 }
        return process
    }

    private func handle(_ name: String) throws -> FileHandle {
        let path = folder.path + "/" + name
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        return try #require(FileHandle(forWritingAtPath: path))
    }
}
