import Dispatch
import Foundation

/// Ends a long run on Ctrl-C (SIGINT) or SIGTERM, with the exit codes of shells: 130 and 143.
///
/// The process ends at once, whatever its threads are at: a store survives that at any moment, because its manifest is
/// replaced in one step and names only what is complete. A second Ctrl-C finds nothing to wait for either.
enum Interruption {
    /// - Parameter farewell: called before the process ends, on another thread than the run's.
    static func during<Result>(
        _ farewell: @escaping @Sendable () -> Void, run: () async throws -> Result
    ) async rethrows -> Result {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler {
                farewell()
                _exit(128 + number)
            }
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
