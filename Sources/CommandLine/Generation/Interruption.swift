import ArgumentParser
import Dispatch
import Foundation
import Generation
import Synchronization
import Tapedeck

/// Ends a long run on Ctrl-C (SIGINT) or SIGTERM, with the exit codes of shells: 130 and 143.
enum Interruption {
    /// Ends the process at once. The store stays intact, because its manifest is replaced in one step and names only complete
    /// objects.
    /// - Parameter farewell: called before the process ends, on another thread than the run's.
    static func during<Result>(
        _ farewell: @escaping @Sendable () -> Void, run: () async throws -> Result
    ) async rethrows -> Result {
        try await handling(
            { number in
                farewell()
                _exit(128 + number)
            }, run: run)
    }

    /// The first signal asks the run to finish its current batches and stop; the second ends the process at once.
    /// - Parameters:
    ///   - announce: called with `true` if the run will finish its current batches first, on another thread than the run's.
    /// - Throws: `ExitCode` when the run stopped on request, by a signal or otherwise.
    static func during<Result>(
        _ stop: StopRequest, announce: @escaping @Sendable (_ isAsking: Bool) -> Void, run: () async throws -> Result
    ) async throws -> Result {
        let first = Mutex<Int32?>(nil)
        do {
            return try await handling(
                { number in
                    let isFirst = first.withLock { first in
                        defer { first = first ?? number }
                        return first == nil
                    }
                    announce(isFirst)
                    if !isFirst { _exit(128 + number) }
                    stop.ask()
                }, run: run)
        } catch let stopped as GenerationStopped {
            Terminal.complain("\(stopped)")
            throw ExitCode(128 + (first.withLock { $0 } ?? SIGTERM))
        }
    }

    /// The same for a run that a display follows.
    /// - Parameters:
    ///   - stopping: message after the first signal; by default, that the run finishes its batches.
    ///   - stopped: message after the second signal.
    static func during<Result>(
        _ stop: StopRequest, _ display: GenerationDisplay,
        stopping: String = "Stopping after the current batches, which are saved; interrupt again to stop at once.",
        stopped: String = "Interrupted. The store is intact; the same command resumes from the last checkpoint.", run: () async throws -> Result
    ) async throws -> Result {
        try await during(stop) { isAsking in
            display.finish()
            Terminal.complain(isAsking ? stopping : stopped)
        } run: {
            defer { display.finish() }
            return try await run()
        }
    }

    /// Passes signals on to a supervised run; SIGHUP as SIGTERM, because the run has no terminal to lose.
    static func forwarding<Result>(to supervisor: Supervisor, run: () async throws -> Result) async rethrows -> Result {
        try await handling({ supervisor.forward($0 == SIGHUP ? SIGTERM : $0) }, of: [SIGINT, SIGTERM, SIGHUP], run: run)
    }

    private static func handling<Result>(
        _ handle: @escaping @Sendable (Int32) -> Void, of numbers: [Int32] = [SIGINT, SIGTERM], run: () async throws -> Result
    ) async rethrows -> Result {
        let sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler { handle(number) }
            source.activate()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in numbers { signal(number, SIG_DFL) }
        }
        return try await run()
    }
}
