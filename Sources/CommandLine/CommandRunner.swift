import Tapedeck
import ArgumentParser
import Base
import Foundation

/// Runs a command line with the exit codes of this program: 0 success, 1 failure, 2 wrong usage. Errors go to standard error, in
/// words.
enum CommandRunner {
    /// The command line of the command that runs, without the program's name.
    @TaskLocal static var arguments = Array(CommandLine.arguments.dropFirst())

    static func run(_ root: any AsyncParsableCommand.Type) async {
        // A closed pipe (`| head`) must end the program quietly instead of killing it.
        signal(SIGPIPE, SIG_IGN)
        let code = await perform(root)
        if code != 0 { exit(code) }
    }

    /// Runs a command line from within another command.
    static func perform(_ root: any AsyncParsableCommand.Type, _ arguments: [String]) async -> Int32 {
        await $arguments.withValue(arguments) { await perform(root) }
    }

    /// - Returns: the exit code.
    private static func perform(_ root: any AsyncParsableCommand.Type) async -> Int32 {
        var type: any ParsableCommand.Type = root
        do {
            var command = try parse(root)
            type = Swift.type(of: command)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try Terminal.finishOutput()
            return 0
        } catch {
            return report(error, of: type)
        }
    }

    /// Reports a wrong setting before a wrong command line, which may follow from it, but not before help.
    private static func parse(_ root: any AsyncParsableCommand.Type) throws -> any ParsableCommand {
        let (leaf, rest) = try named(root)
        do {
            // The tree of all commands takes longer to build than most commands take to start. Help and mistakes need it.
            if arguments.first != "help", let command = try? leaf.parseAsRoot(rest), Swift.type(of: command) == leaf {
                try Settings.check()
                return command
            }
            let command = try root.parseAsRoot(arguments)
            // The parser's own commands print help.
            if !String(reflecting: Swift.type(of: command)).hasPrefix("ArgumentParser.") { try Settings.check() }
            return command
        } catch {
            if root.exitCode(for: error) != .success { try Settings.check() }
            throw error
        }
    }

    /// The command that the arguments name, and what follows its name.
    /// - Throws: for a mistyped command, which the parser would report as a surplus argument.
    private static func named(_ root: any AsyncParsableCommand.Type) throws -> (any ParsableCommand.Type, [String]) {
        var command: any ParsableCommand.Type = root
        for (place, name) in arguments.enumerated() where name != "help" {
            let commands = command.configuration.subcommands
            guard !name.hasPrefix("-"), !commands.isEmpty else { return (command, Array(arguments[place...])) }
            var names: [String] = []
            var next: (any ParsableCommand.Type)?
            for candidate in commands {
                names.append(candidate._commandName)
                if candidate._commandName == name || candidate.configuration.aliases.contains(name) { next = candidate }
            }
            guard let next else {
                throw ValidationError("There is no command '\(name)'; the commands are \(names.joined(separator: ", ")).")
            }
            command = next
        }
        return (command, [])
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
            // A closed pipe (`| head`) is not a failure.
            if let error = error as? FileError, error.number == EPIPE { return 0 }
            Terminal.complain("Error: \(ErrorText.describe(error))")
            return (error as? any TapedeckError)?.kind.exitCode ?? 1
        }
    }
}
