import Foundation
import Testing
import TestSupport

/// The help of every command, word for word, against `Help/*.txt`.
///
/// To accept an intended change: `TAPEDECK_REFRESH_HELP=1 swift test -c release --filter HelpTests`, and read the difference
/// before committing it.
struct HelpTests {
    static let commands = [
        "",
        "alerts",
        "alerts add",
        "alerts list",
        "alerts run",
        "analogs",
        "arbitrage",
        "ask",
        "backtest",
        "bench",
        "bench analyses",
        "bench cache",
        "bench encode",
        "bench ingest",
        "bench questions",
        "bench search",
        "bench stock",
        "bench tokenize",
        "cache",
        "cache append",
        "cache build",
        "cache export",
        "cache import",
        "cache info",
        "cache merge",
        "cache prune",
        "cache verify",
        "check",
        "check look-ahead",
        "clusters",
        "clusters assign",
        "clusters fit",
        "clusters import",
        "clusters plot",
        "clusters rank",
        "compact",
        "compare",
        "embed",
        "evaluate",
        "evolution",
        "export",
        "flow",
        "gc",
        "generate",
        "index",
        "index rebuild",
        "measures",
        "menu",
        "models",
        "models inspect",
        "models list",
        "models pull",
        "models verify",
        "monitor",
        "monitor live",
        "monitor report",
        "monitor serve",
        "outcomes",
        "plan",
        "regimes",
        "resume",
        "risk",
        "screen",
        "search",
        "serve",
        "similar",
        "simulate",
        "simulate market",
        "simulate stocks",
        "status",
        "stop",
        "verify",
        "work",
    ]

    @Test(arguments: commands)
    func help(_ command: String) throws {
        let folder = try TemporaryFolder()
        let words = command.split(separator: " ").map(String.init) + ["--help"]
        let outcome = try Tool(folder: folder).shell("exec \"$TAPEDECK\" \(words.joined(separator: " "))")
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        let file = (command.isEmpty ? "tapedeck" : command.replacing(" ", with: "-")) + ".txt"
        if ProcessInfo.processInfo.environment["TAPEDECK_REFRESH_HELP"] == "1" {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Help/" + file)
            try Data(outcome.output.utf8).write(to: source)
            return
        }
        let url = try #require(Bundle.module.url(forResource: "Help/" + file, withExtension: nil), "no golden file for \(command)")
        #expect(outcome.output == String(decoding: try Data(contentsOf: url), as: UTF8.self))
    }

    @Test(arguments: commands.filter { !$0.isEmpty })
    func showsAnExample(_ command: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Tool(folder: folder).shell("\"$TAPEDECK\" \(command) --help")
        #expect(outcome.output.contains("Example:\n  tapedeck \(command)"))
        // Each in one line, so that it can be copied.
        let examples = try #require(outcome.output.split(separator: "Example:\n", maxSplits: 1).last)
        let lines = examples.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        #expect(lines.allSatisfy { $0.hasPrefix("  tapedeck \(command)") })
    }

    /// The list above contains all commands.
    @Test func listsEveryCommand() throws {
        let folder = try TemporaryFolder()
        func commands(_ parent: String) throws -> [String] {
            let text = try Tool(folder: folder).shell("\"$TAPEDECK\" \(parent) --help").output
            guard let list = text.range(of: "SUBCOMMANDS:\n") else { return [] }
            let lines = text[list.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
                .prefix { !$0.isEmpty }.filter { !$0.hasPrefix("   ") }
            // Other names of a command follow commas.
            let names = lines.compactMap { $0.split { " ,".contains($0) }.first.map(String.init) }
            return try names.flatMap { name in
                let path = parent.isEmpty ? name : parent + " " + name
                return [path] + (try commands(path))
            }
        }
        #expect(Set(try commands("")) == Set(Self.commands).subtracting([""]))
    }
}
