import ArgumentParser
import Foundation
import Tapedeck
import Monitoring

extension Monitor {
    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a report of a store and its runs, as Markdown or HTML.",
            discussion: """
                Example:
                  tapedeck monitor report --store store --output report.html
                """)

        @OptionGroup var store: StoreOption

        @Option(help: ArgumentHelp("Output file, .md or .html. Default: Markdown on standard output.", valueName: "file"))
        var output: String?

        func validate() throws {
            guard let output else { return }
            guard output.hasSuffix(".md") || output.hasSuffix(".html") else {
                throw ValidationError("--output '\(output)' is neither .md nor .html.")
            }
        }

        func run() async throws {
            let location = try store.location()
            if let output { try OutputFile.check(output, outside: location.contents) }
            let document = try await RunReport.document(of: try location.open(), now: .now)
            guard let output else { return print(document.markdown) }
            do {
                try Data((output.hasSuffix(".md") ? document.markdown : document.html).utf8)
                    .write(to: URL(fileURLWithPath: output), options: .atomic)
            } catch {
                throw CommandError("cannot write the report: \(ErrorText.describe(error))")
            }
            Terminal.complain("Written to \(output)")
        }
    }
}
