import Foundation
import ObjectStore

/// A run that goes on without the terminal: supervised, in a session of its own, its messages in a file.
enum DetachedRun {
    /// Starts it and says how to watch and stop it.
    /// - Parameter arguments: the command line, without what detaches it.
    /// - Throws: `CommandError` with its messages when it ends with a failure within a second; `ExitCode` of a wrong usage.
    static func start(_ arguments: [String], store: StoreLocation) async throws {
        let log = try StateFolder.newFile("log")
        let process = try ChildProcess(arguments + ["--supervise"], group: .detached, output: log)
        for _ in 0..<10 {
            try await Task.sleep(for: .milliseconds(100))
            guard let end = process.endedAlready() else { continue }
            let messages = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            guard end == .exit(0) else { throw CommandError("the run ended at once:\n\(messages.trimmingCharacters(in: .newlines))") }
            print("The run has ended already; its messages are in \(log)")
            return
        }
        print(
            """
            Started: process \(process.pid), messages in \(log)
            watch:  tapedeck monitor --store \(store)
            stop:   tapedeck stop --store \(store)
            """)
    }
}
