import Archive
import ArgumentParser
import Foundation
import Monitoring
import ObjectStore

struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the active run of a store to finish its batch and stop.",
        discussion: """
            Works from any machine that can write to the store. `tapedeck resume` resumes the run.

            Example:
              tapedeck stop --store store
            """)

    @OptionGroup var store: StoreOption

    @Option(help: ArgumentHelp("Seconds to wait for the run to stop.", valueName: "seconds"))
    var timeout = 300

    func validate() throws {
        guard timeout >= 0 else { throw ValidationError("--timeout must not be negative, as \(timeout) is.") }
    }

    /// What is stored to ask for it.
    private struct Request: Encodable {
        var requested = Date.now.formatted(.iso8601)
        var run: RunIdentity
    }

    func run() async throws {
        let opened = try store.location().open(creating: false)
        var log = EventLog(store: opened)
        let newest = try await log.newestRun()
        guard let state = newest, state.isAtWork() else {
            print("No run is at work on \(opened.location).")
            guard let newest, [.running, .stopping].contains(newest.phase) else { return }
            // One that died may have a supervisor, which looks here before it starts it again; a run that begins deletes it.
            try await opened.put(ArchiveLayout.stopRequest, try JSONLine.encode(Request(run: newest.identity)))
            print("The last one died; should a supervisor be about to start it again, it is asked not to.")
            return
        }
        let identity = state.identity
        let isAsked = try await opened.contains(ArchiveLayout.stopRequest) || state.phase == .stopping
        if !isAsked {
            try await opened.put(ArchiveLayout.stopRequest, try JSONLine.encode(Request(run: identity)))
            // Here it can be told at once. A second signal would end it at once.
            if identity.processExists == true { kill(identity.pid, SIGTERM) }
        }
        Terminal.complain("Process \(identity.pid) on \(identity.host) is asked to finish its batch and leave.")
        let end = Date.now + Double(timeout)
        while true {
            let state = try await log.newestRun()
            guard let state, state.identity == identity, state.isAtWork() else {
                // A run that had ended by itself has not seen it.
                try await opened.delete(ArchiveLayout.stopRequest)
                print(outcome(state))
                return
            }
            // On another machine, a supervisor whose run had died may have taken the request.
            if identity.processExists == nil, state.life(now: .now, processExists: nil) == .silent,
                try await !opened.contains(ArchiveLayout.stopRequest)
            {
                print("The request was taken, and the process gives no sign of life.")
                return
            }
            guard Date.now < end else { break }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw CommandError(
            "process \(identity.pid) on \(identity.host) is still at work after \(timeout) s; the request stands, and "
                + "`tapedeck monitor` shows when it has left")
    }

    private func outcome(_ state: RunState?) -> String {
        switch state?.phase {
        case .finished: "The run had finished."
        case .failed: "The run failed: \(state?.message ?? "no reason was told")"
        case .stopped: "The run has stopped; `tapedeck resume` goes on from there."
        default: "The process is gone; `tapedeck resume` goes on from the last checkpoint."
        }
    }
}
