import Monitoring
import Tapedeck
import ArgumentParser
import Encoders
import Foundation

struct Embed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed", abstract: "Encode lines of text into vectors for use in other programs.",
        discussion: """
            Reads one text per line and writes one vector of length 1 per line, in the same order. Empty lines are texts, \
            too. The vectors do not depend on --batch and --threads.

            Example:
              tapedeck embed --role query --texts questions.txt --out questions.npy
            """)

    @Option(help: ArgumentHelp("Model, by key, hub name or folder.", valueName: "model"))
    var model = "minilm"

    @Option(help: ArgumentHelp("File of texts, one per line. Default: standard input.", valueName: "file"))
    var texts: String?

    @Option(help: "Role of the texts; some models encode queries and documents differently.")
    var role: TextRole = .document

    @Option(help: "Arithmetic of the encoder.")
    var precision: Precision = Settings.current.choice(.precision) ?? .int8

    @Option(help: ArgumentHelp("Texts encoded at a time; larger batches take more memory.", valueName: "n"))
    var batch = 1024

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var threads: Int?

    @Option(help: "Output format: a NumPy array, one JSON line per text, or a tensor. Default: by the extension of --out.")
    var format: VectorFormat?

    @Option(help: ArgumentHelp("Output file. Default: standard output, as JSON.", valueName: "file"))
    var out: String?

    private var chosenFormat: VectorFormat { format ?? out.flatMap(VectorFormat.init(fileName:)) ?? .json }

    func validate() throws {
        for (name, value, most) in [("batch", batch, 1 << 16), ("threads", threads ?? 1, 1 << 10)]
        where !(1...most).contains(value) {
            throw ValidationError("--\(name) must be from 1 to \(most), not \(value).")
        }
        guard out != nil || chosenFormat == .json else {
            throw ValidationError("--format \(chosenFormat.rawValue) needs a file: give --out.")
        }
    }

    func run() async throws {
        let threads = threads ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
        if let out { try OutputFile.check(out, beside: [VectorOutput.partialEnding], reading: [texts], standardInput: texts == nil) }
        let lines = try LineReader(path: texts)
        let opened = try SentenceEncoder.open(models: [model], precision: precision, threads: threads)
        guard let encoder = opened.values.first else { throw CommandError("no model named \(model) was opened") }
        if let out {
            try OutputFile.check(out, beside: [VectorOutput.partialEnding], reading: encoder.model.folder.files)
        }
        let output = try VectorOutput(
            path: out, format: chosenFormat, dimension: encoder.dimension,
            metadata: ["model": encoder.model.name, "precision": precision.rawValue, "role": role.rawValue])
        defer { Terminal.showProgress("") }
        let partial = output.partial
        try await Interruption.during {
            Terminal.showProgress("")
            if let partial { unlink(partial) }
        } run: {
            while let texts = try lines.next(batch) {
                try output.append(texts, try await encoder.encode(texts, as: role == .query ? .query : .document))
                Terminal.showProgress("\(Numbers.grouped(output.count)) texts")
            }
            try output.finish()
        }
        if let out { print("\(out): \(output.count) x \(encoder.dimension), \(chosenFormat.rawValue)") }
    }
}

extension VectorFormat: ExpressibleByArgument {}

/// What texts are for.
enum TextRole: String, ExpressibleByArgument, CaseIterable { case query, document }
