import Monitoring
import Tapedeck
import Archive
import ArgumentParser
import Foundation
import ObjectStore

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every object of a store and name the damaged ones.",
        discussion: """
            Compares every object with its size and SHA-256 in the manifest, and checks the content of the objects against \
            the layout and against each other. Exit code 1: an object is damaged. Exit code 3: objects could not be read, \
            which is not damage. docs/operations.md explains repairs.

            Example:
              tapedeck verify --store store
            """)

    @OptionGroup var store: StoreOption

    @Flag(help: "Remove damaged objects, so that the next `generate` creates them again.")
    var repair = false

    @Option(help: ArgumentHelp("Number of objects read in parallel. Default: the number of cores.", valueName: "n"))
    var maxWorkers: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard maxWorkers ?? 1 >= 1 else { throw ValidationError("--max-workers must be at least 1.") }
    }

    /// Objects, or the whole store, could not be read.
    private static let unreadable = ExitCode(3)

    func run() async throws {
        let workers = maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
        let store = try await Store.open(at: try store.location(), threads: workers)
        let lock = repair ? try await store.lock(purpose: "tapedeck verify --repair") : nil
        defer { lock?.release() }
        let result: VerificationResult
        do {
            result = try await store.verifyLocked(repairs: repair) { done, total in
                Terminal.showProgress("\(Numbers.bytes(done)) of \(Numbers.bytes(total))")
            }
        } catch let error as StoreError where [.unavailable, .permissionDenied, .unauthorized].contains(error.code) {
            Terminal.showProgress("")
            Terminal.complain("Error: \(error.description)")
            Terminal.complain("The store could not be read; this does not mean that it is damaged\(repair ? ". Nothing was repaired" : "").")
            throw Self.unreadable
        }
        Terminal.showProgress("")
        let report = result.report
        if json {
            try Terminal.printJSON(result)
        } else {
            VerificationPrinter.print(report)
            if let outcome = result.repaired { VerificationPrinter.print(outcome) }
        }
        if repair, !report.unread.isEmpty {
            Terminal.complain("Nothing was repaired, because some objects could not be read.")
        }
        guard report.damaged.isEmpty || result.repaired != nil else { throw ExitCode.failure }
        guard report.unread.isEmpty else { throw Self.unreadable }
    }
}
