import Monitoring
import ObjectStore
import Tapedeck

/// What a supervisor does about crashes, as messages on stderr.
enum SupervisionDisplay {
    static func show(_ event: Supervisor.Event, store: StoreLocation) {
        // Removes the progress line of the process that crashed.
        Terminal.showProgress("")
        switch event {
        case .restart(let cause, let inputs, let delay, let isAlone):
            let reading = inputs.isEmpty ? "while it read no input" : "while it read \(inputs.joined(separator: ", "))"
            Terminal.complain("\(cause) \(reading); it restarts in \(Numbers.duration(delay))\(isAlone ? ", with one worker" : "")")
        case .exclusion(let input, let cause):
            Terminal.complain("\(cause), for the second time while it read \(input): later runs skip this input (\(store))")
        case .stopRequested: Terminal.complain("`tapedeck stop` was requested: the run does not restart")
        }
    }
}
