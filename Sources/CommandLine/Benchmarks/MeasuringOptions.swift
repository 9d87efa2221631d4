import ArgumentParser
import Foundation

/// How an encoder is measured.
struct MeasuringOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Texts or windows encoded at a time.", valueName: "n"))
    var batch = 32

    @Option(help: ArgumentHelp("Number of threads. Default: the number of cores.", valueName: "n"))
    var threads: Int?

    @Option(help: ArgumentHelp("Seconds per measurement.", valueName: "s"))
    var seconds = 3.0

    @Flag(help: "Print one JSON object per measurement.")
    var json = false

    func validate() throws {
        guard batch > 0, threads ?? 1 > 0, seconds > 0 else {
            throw ValidationError("--batch, --threads and --seconds must be positive.")
        }
    }

    var values: (batch: Int, threads: Int, seconds: Double, json: Bool) {
        (batch, threads ?? ProcessInfo.processInfo.activeProcessorCount, seconds, json)
    }
}
