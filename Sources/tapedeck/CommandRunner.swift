import ArgumentParser
import Foundation

/// Runs a command line with this program's exit codes: 0 success, 2 wrong usage, 1 failure. Errors go to stderr as one
/// line that names what is wrong, never as a dump of a Swift value.
enum CommandRunner {
    static func run(_ root: any AsyncParsableCommand.Type) async {
        // A reader that goes away (`| head`) must end the program quietly, not kill it mid-write.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try root.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(report(error, root: root))
        }
    }

    private static func report(_ error: any Error, root: any AsyncParsableCommand.Type) -> Int32 {
        if let code = error as? ExitCode { return code.rawValue }
        let isUsage = root.exitCode(for: error) == .validationFailure
        if root.exitCode(for: error) == .success {
            print(root.fullMessage(for: error))
            return 0
        }
        if isUsage || error is ValidationError {
            Terminal.complain(root.fullMessage(for: error))
            return 2
        }
        Terminal.complain("error: \(error)")
        return 1
    }
}
