import ArgumentParser
import Monitoring
import Tapedeck

struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ask the active run of a store to finish its batch and stop.",
        discussion: """
            Works from any machine that can write to the store. `tapedeck resume` resumes the run. Workers release their \
            units; start them again with `tapedeck work`.

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
            Terminal.complain("Asked process \(run.process) on \(run.host) to stop.")
        }
        switch outcome {
        case .noRun: print("No run is active on \(opened.location).")
        case .dead:
            print("No run is active on \(opened.location).")
            print("The last run died. Its supervisor, if there is one, will not restart it.")
        case .finished: print("The run had already finished.")
        case .stopped: print("The run has stopped at a checkpoint; `tapedeck resume` resumes it.")
        case .failed(let reason): print("The run failed: \(reason ?? "it gave no reason")")
        case .vanished: print("The process is gone; `tapedeck resume` resumes from the last checkpoint.")
        case .silent: print("The request was received, but the process gives no sign of life.")
        case .workersStopped(let count): print(count == 1 ? "The worker has stopped." : "All \(Numbers.grouped(count)) workers have stopped.")
        case .workersStillActive(let workers):
            let names = workers.map { "process \($0.process) on \($0.host)" }.joined(separator: ", ")
            throw CommandError("still active after \(timeout) s: \(names); the request remains, and `tapedeck status` shows who is left")
        case .stillActive(let run):
            throw CommandError(
                "process \(run.process) on \(run.host) is still active after \(timeout) s; the request remains, and "
                    + "`tapedeck monitor` shows when the run has stopped")
        }
    }
}
