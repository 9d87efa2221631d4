import ArgumentParser
import Tapedeck

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

    func run() async throws {
        let opened = try store.location().open()
        let outcome = try await StoreControl(opened).stop(within: .seconds(timeout)) { run in
            Terminal.complain("Process \(run.process) on \(run.host) is asked to finish its batch and leave.")
        }
        switch outcome {
        case .noRun: print("No run is at work on \(opened.location).")
        case .dead:
            print("No run is at work on \(opened.location).")
            print("The last one died; should a supervisor be about to start it again, it is asked not to.")
        case .finished: print("The run had finished.")
        case .stopped: print("The run has stopped; `tapedeck resume` goes on from there.")
        case .failed(let reason): print("The run failed: \(reason ?? "no reason was told")")
        case .vanished: print("The process is gone; `tapedeck resume` goes on from the last checkpoint.")
        case .silent: print("The request was taken, and the process gives no sign of life.")
        case .stillActive(let run):
            throw CommandError(
                "process \(run.process) on \(run.host) is still at work after \(timeout) s; the request stands, and "
                    + "`tapedeck monitor` shows when it has left")
        }
    }
}
