import Foundation

/// A run in the background: supervised, in a session of its own, with its messages in a file.
package struct DetachedRun: Sendable {
    /// Process id of the supervisor.
    package let process: Int32
    /// File of its messages.
    package let log: String
    /// Whether it finished within the first second.
    package let isFinished: Bool

    /// Starts a run and watches it for one second.
    /// - Parameters:
    ///   - arguments: the command line of the run, without the program's name and without `--detach`.
    ///   - environment: `XDG_STATE_HOME` and `HOME` name the folder of the messages.
    /// - Throws: `RunError` with the messages of a run that failed within that second.
    package static func start(
        _ arguments: [String], executable: String = ChildProcess.thisProgram, environment: [String: String]
    ) async throws -> DetachedRun {
        let log = try StateFolder(environment: environment).newFile("log")
        let process = try ChildProcess(executable, arguments + ["--supervise"], group: .detached, output: log)
        for _ in 0..<10 {
            try await Task.sleep(for: .milliseconds(100))
            guard let end = process.endedAlready() else { continue }
            let messages = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            guard end == .exit(0) else {
                throw RunError(.unavailable, "the run ended at once:\n\(messages.trimmingCharacters(in: .newlines))")
            }
            return DetachedRun(process: process.pid, log: log, isFinished: true)
        }
        return DetachedRun(process: process.pid, log: log, isFinished: false)
    }
}
