import ArgumentParser
import Foundation

/// Runs a command line with this program's exit codes: 0 success, 2 wrong usage, 1 failure. Errors go to stderr and name
/// what is wrong, never as a dump of a Swift value.
enum CommandRunner {
    static func run(_ root: any AsyncParsableCommand.Type) async {
        // A reader that goes away (`| head`) must end the program quietly, not kill it mid-write.
        signal(SIGPIPE, SIG_IGN)
        var type: any ParsableCommand.Type = root
        do {
            var command = try root.parseAsRoot()
            type = Swift.type(of: command)
            try Settings.check()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try Terminal.finishOutput()
        } catch {
            exit(report(error, of: type))
        }
    }

    private static func report(_ error: any Error, of command: any ParsableCommand.Type) -> Int32 {
        if let code = error as? ExitCode { return code.rawValue }
        switch command.exitCode(for: error) {
        case .success:
            print(command.fullMessage(for: error))
            return 0
        case .validationFailure:
            Terminal.complain(command.fullMessage(for: error))
            return 2
        default:
            Terminal.complain("Error: \(ErrorText.describe(error))")
            return error is SettingsError ? 2 : 1
        }
    }
}
