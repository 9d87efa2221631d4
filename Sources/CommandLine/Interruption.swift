import ArgumentParser
import Dispatch
import Foundation
import Generation
import Synchronization

/// Ends a long run on Ctrl-C (SIGINT) or SIGTERM, with the exit codes of shells: 130 and 143.
enum Interruption {
    /// The process ends at once, whatever its threads are at: a store survives that at any moment, because its manifest is
    /// replaced in one step and names only what is complete.
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

    /// The first signal asks the run to finish what it is at and leave; the second ends the process at once.
    /// - Parameters:
    ///   - tell: called with whether the run goes on for a while, on another thread than the run's.
    /// - Throws: `ExitCode` when the run left because it was asked to, by a signal or otherwise.
    static func during<Result>(
        _ stop: StopRequest, tell: @escaping @Sendable (_ isAsking: Bool) -> Void, run: () async throws -> Result
    ) async throws -> Result {
        let first = Mutex<Int32?>(nil)
        do {
            return try await handling(
                { number in
                    let isFirst = first.withLock { first in
                        defer { first = first ?? number }
                        return first == nil
                    }
                    tell(isFirst)
                    if !isFirst { _exit(128 + number) }
                    stop.ask()
                }, run: run)
        } catch let stopped as GenerationStopped {
            Terminal.complain("\(stopped)")
            throw ExitCode(128 + (first.withLock { $0 } ?? SIGTERM))
        }
    }

    private static func handling<Result>(
        _ handle: @escaping @Sendable (Int32) -> Void, run: () async throws -> Result
    ) async rethrows -> Result {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler { handle(number) }
            source.activate()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
        }
        return try await run()
    }
}
