import Tapedeck
import ArgumentParser
import Foundation
import Generation
import Monitoring

struct Menu: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "menu", abstract: "Run commands from a numbered menu.",
        discussion: """
            Shows the command of each entry before it runs. Reads numbers and answers as lines from standard input, which may \
            be a pipe. Ends at 0 or at the end of the input.

            Example:
              tapedeck menu --store store
            """)

    @Option(help: ArgumentHelp("Source that the menu suggests.", valueName: "uri"))
    var source: String?

    @Option(help: ArgumentHelp("Store that the menu suggests.", valueName: "uri"))
    var store: String?

    private static let entries = [
        ("1", "start a run"), ("2", "resume the run that was stopped"), ("3", "live monitor"), ("4", "report"), ("5", "stop the run"),
        ("6", "verify the store"), ("7", "add a year"), ("8", "rebuild an index"), ("9", "ask a question"), ("0", "quit"),
    ]

    func run() async throws {
        let input = try LineReader(path: nil)
        // An answer is the default of the next question of its kind.
        var answers = Answers(
            source: source ?? Settings.current.text(.source), store: store ?? Settings.current.text(.store),
            models: Settings.current.text(.models))
        while true {
            for (number, title) in Self.entries { print("  \(number)  \(title)") }
            guard let choice = try ask("Number", nil, input) else { return }
            if choice == "0" { return }
            guard Self.entries.contains(where: { $0.0 == choice }) else {
                if !choice.isEmpty { Terminal.complain("'\(choice)' is not a number from 0 to 9.") }
                continue
            }
            guard let command = try await command(choice, &answers, input) else { return }
            guard !command.isEmpty else { continue }
            print(Terminal.dim("$ " + CommandText.line(["tapedeck"] + command)))
            fflush(nil)
            let code = await CommandRunner.perform(RootCommand.self, command)
            if code != 0 { Terminal.complain("(exit code \(code))") }
            print()
        }
    }

    private struct Answers {
        var source: String?
        var store: String?
        var models: String?
    }

    /// The command line of a choice.
    /// - Returns: `nil` at the end of input, empty if an answer is missing.
    private func command(_ choice: String, _ answers: inout Answers, _ input: LineReader) async throws -> [String]? {
        guard let store = try ask("Store", answers.store, input) else { return nil }
        guard !store.isEmpty else { return missing("store") }
        answers.store = store
        let place = ["--store", store]
        switch choice {
        case "1", "2", "7":
            if choice != "1" { await recall(&answers) }
            guard let source = try ask("Source", answers.source, input) else { return nil }
            guard !source.isEmpty else { return missing("source") }
            answers.source = source
            guard let models = try ask("Models", answers.models ?? "minilm", input) else { return nil }
            answers.models = models
            var command = [choice == "2" ? "resume" : "generate", "--source", source] + place + ["--models", models]
            if choice == "7" {
                guard let year = try ask("Year", nil, input) else { return nil }
                guard !year.isEmpty else { return missing("year") }
                command += ["--start-year", year, "--end-year", year]
            }
            return command + ["--detach"]
        case "3": return ["monitor", "live"] + place
        case "4":
            guard let file = try ask("File (.md or .html; none for the screen)", "", input) else { return nil }
            return ["monitor", "report"] + place + (file.isEmpty ? [] : ["--output", file])
        case "5": return ["stop"] + place
        case "6": return ["verify"] + place
        case "8":
            guard let year = try ask("Year", nil, input), let model = try ask("Model", answers.models ?? "minilm", input) else { return nil }
            return year.isEmpty ? missing("year") : ["index", "rebuild"] + place + ["--year", year, "--model", model]
        default:
            guard let question = try ask("Question", nil, input) else { return nil }
            return question.isEmpty ? missing("question") : ["search"] + place + ["--", question]
        }
    }

    private func missing(_ name: String) -> [String] {
        Terminal.complain("No \(name) was named.")
        return []
    }

    /// What the newest run of the store read, and with which models.
    private func recall(_ answers: inout Answers) async {
        guard let store = answers.store, let opened = try? StoreOption.parse(["--store", store]).location().open()
        else { return }
        var log = EventLog(store: opened)
        guard let run = try? await log.newestRun()?.run else { return }
        answers.source = run.source
        answers.models = run.models.keys.sorted().joined(separator: ",")
    }

    /// Asks on standard output.
    /// - Returns: the answer, or the default for an empty one; `nil` at the end of input.
    private func ask(_ question: String, _ standard: String?, _ input: LineReader) throws -> String? {
        print(standard.map { $0.isEmpty ? "\(question): " : "\(question) [\($0)]: " } ?? "\(question): ", terminator: "")
        fflush(nil)
        guard let line = try input.next(1)?.first?.trimmingCharacters(in: .whitespaces) else {
            print()
            return nil
        }
        if isatty(STDIN_FILENO) == 0 { print(Terminal.visible(line)) }
        return line.isEmpty ? standard ?? "" : line
    }
}
