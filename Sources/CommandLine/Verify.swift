import Tapedeck
import Archive
import ArgumentParser
import Foundation
import ObjectStore

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every object of a store and name the damaged ones.",
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

    private struct Result: Encodable {
        var intact: Bool
        var report: VerificationReport
        var repaired: StoreRepair.Outcome?
    }

    /// Objects, or the whole store, could not be read.
    private static let unreadable = ExitCode(3)

    func run() async throws {
        let opened = try store.location().open()
        let lock = repair ? try await StoreLock.acquire(in: opened, purpose: "tapedeck verify --repair") : nil
        defer { lock?.release() }
        let report: VerificationReport
        do {
            report = try await verify(opened)
        } catch let error as StoreError where [.unavailable, .permissionDenied, .unauthorized].contains(error.code) {
            Terminal.showProgress("")
            Terminal.complain("Error: \(error.description)")
            Terminal.complain("The store could not be read; that says nothing about damage\(repair ? ", and nothing was repaired" : "").")
            throw Self.unreadable
        }
        Terminal.showProgress("")
        // What could not be read may be whole, and what stands with it too.
        let isRepairable = repair && report.unread.isEmpty && !report.damaged.isEmpty
        let outcome = isRepairable ? try await StoreRepair(opened, damaged: report.damaged).run() : nil
        if json {
            try Terminal.printJSON(Result(intact: report.isIntact, report: report, repaired: outcome))
        } else {
            VerificationPrinter.print(report)
            if let outcome { VerificationPrinter.print(outcome) }
        }
        if repair, !report.unread.isEmpty {
            Terminal.complain("Nothing was repaired, because not everything could be read.")
        }
        guard report.damaged.isEmpty || outcome != nil else { throw ExitCode.failure }
        guard report.unread.isEmpty else { throw Self.unreadable }
    }

    private func verify(_ opened: any ObjectStore) async throws -> VerificationReport {
        let workers = maxWorkers ?? Settings.current.number(.maxWorkers) ?? ProcessInfo.processInfo.activeProcessorCount
        return try await StoreVerification(opened, workers: workers).run { done, total in
            Terminal.showProgress("\(Numbers.bytes(done)) of \(Numbers.bytes(total))")
        }
    }
}
