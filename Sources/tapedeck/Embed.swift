import ArgumentParser
import Encoders
import Foundation

struct Embed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Encode lines of text into vectors, for use elsewhere.",
        discussion: """
            Every line is a text, an empty one too, and becomes a vector of length 1, in the order of the lines. The \
            vectors do not depend on --batch and --threads.

            Example:
              tapedeck embed --role query --texts questions.txt --out questions.npy
            """)

    @Option(help: ArgumentHelp("A model by key, hub name or folder.", valueName: "model"))
    var model = "minilm"

    @Option(help: ArgumentHelp("The texts, one a line. Default: standard input.", valueName: "file"))
    var texts: String?

    @Option(help: "What the texts are for; some models tell questions from what answers them.")
    var role: TextRole = .document

    @Option(help: "Arithmetic of the encoder.")
    var precision: Precision = Settings.current.choice(.precision) ?? .int8

    @Option(help: ArgumentHelp("Texts of a call; decides the memory taken.", valueName: "n"))
    var batch = 1024

    @Option(help: ArgumentHelp("Threads. Default: the machine's cores.", valueName: "n"))
    var threads: Int?

    @Option(help: "The form of the output: a NumPy array, a line of JSON a text, or a tensor. Default: by the ending of --out.")
    var format: VectorFormat?

    @Option(help: ArgumentHelp("The file to write. Default: standard output, as JSON.", valueName: "file"))
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

/// What texts are for.
enum TextRole: String, ExpressibleByArgument, CaseIterable { case query, document }
