import Archive
import Foundation
import Generation
import Monitoring
package import ObjectStore
import Synchronization

/// Runs `generate` in a child process, restarts it after a crash, and excludes an input that it crashes on twice.
package final class Supervisor: Sendable {
    /// What the supervisor did about a crash.
    package enum Event: Sendable {
        /// The process starts again after a delay in seconds, with one worker if `isAlone`.
        case restart(cause: String, inputs: [String], delay: Double, isAlone: Bool)
        /// Runs skip this input from now on.
        case exclusion(input: String, cause: String)
        /// A request to stop was found; the process does not start again.
        case stopRequested
    }

    /// The child process, and the signal that ends the run.
    private struct Worker {
        var process: ChildProcess?
        var signal: Int32?
    }

    private let arguments: [String]
    private let executable: String
    private let source: StoreLocation
    private let store: StoreLocation
    private let environment: [String: String]
    private let maxRestarts: Int
    private let events: String?
    private let worker = Mutex(Worker())

    /// - Parameters:
    ///   - arguments: the command line of the run, without the program's name.
    ///   - environment: how S3 is reached, in the variables of docs/configuration.md.
    ///   - maxRestarts: crashes in a row after which the supervisor gives up.
    ///   - events: the file that the run writes its events to; `nil` for a temporary one.
    package init(
        arguments: [String], executable: String = ChildProcess.thisProgram, source: StoreLocation, store: StoreLocation,
        environment: [String: String], maxRestarts: Int, events: String? = nil
    ) {
        self.arguments = arguments
        self.executable = executable
        self.source = source
        self.store = store
        self.environment = environment
        self.maxRestarts = maxRestarts
        self.events = events
    }

    /// Passes a signal on to the child process. The run does not start again after it.
    package func forward(_ signal: Int32) {
        worker.withLock { worker in
            worker.signal = signal
            worker.process?.send(signal)
        }
    }

    /// Runs until the child process ends by itself, is stopped, or has crashed too often.
    /// - Returns: the exit code of the run.
    /// - Throws: `RunError` when the supervisor gives up or cannot start a process; errors of the store.
    package func run(report: (Event) -> Void) async throws -> Int32 {
        let file = try events ?? StateFolder(environment: environment).newFile("events")
        defer { if events == nil { unlink(file) } }
        // An existing request was meant for an earlier run.
        _ = try? await takeStopRequest()
        var history = CrashHistory(limit: maxRestarts)
        var isAlone = false
        while true {
            let command = arguments + (events == nil ? ["--events", file] : []) + (isAlone ? ["--max-workers", "1"] : [])
            let process = try worker.withLock { worker in
                let process = try ChildProcess(executable, command, group: .own)
                worker.process = process
                return process
            }
            let end = await process.wait()
            worker.withLock { $0.process = nil }
            if case .exit(let code) = end, [0, 1, 2, 130, 143].contains(code) { return code }
            if let signal = endingSignal { return 128 + signal }
            let inputs = Self.inputsInHand(file)
            let delay: Double
            switch history.crashed(inHand: inputs) {
            case .exclude(let key):
                try await exclude(key, cause: end.text)
                (isAlone, delay) = (false, 0)
                report(.exclusion(input: key, cause: end.text))
            case .giveUp:
                throw RunError(
                    .unavailable, "\(end.text): \(history.crashes) crashes in a row, more than --max-restarts allows",
                    remedy: "the store is intact; `tapedeck resume` resumes from the last checkpoint")
            case .restart: (isAlone, delay) = (false, history.delay)
            case .restartAlone: (isAlone, delay) = (true, history.delay)
            }
            if delay > 0 { report(.restart(cause: end.text, inputs: inputs, delay: delay, isAlone: isAlone)) }
            if let code = try await wait(delay, report: report) { return code }
        }
    }

    private var endingSignal: Int32? { worker.withLock { $0.signal } }

    /// Inputs that the run was reading when it ended.
    private static func inputsInHand(_ file: String) -> [String] {
        guard let lines = try? Data(contentsOf: URL(fileURLWithPath: file)) else { return [] }
        return EventLog.fold([UInt8](lines))?.inHand ?? []
    }

    /// Waits before the next start.
    /// - Returns: the exit code of a run that is not to start again.
    private func wait(_ delay: Double, report: (Event) -> Void) async throws -> Int32? {
        let next = ContinuousClock.now + .seconds(delay)
        repeat {
            if delay > 0 { try await Task.sleep(for: min(.seconds(1), next - .now)) }
            if let signal = endingSignal { return 128 + signal }
            // If the store cannot be read now, the run will report it.
            guard (try? await takeStopRequest()) == true else { continue }
            report(.stopRequested)
            return 128 + SIGTERM
        } while ContinuousClock.now < next
        return nil
    }

    private func takeStopRequest() async throws -> Bool {
        let store = try store.open(creating: false, environment: environment)
        guard try await store.contains(ArchiveLayout.stopRequest) else { return false }
        try await store.delete(ArchiveLayout.stopRequest)
        return true
    }

    private func exclude(_ key: String, cause: String) async throws {
        // Listing does not open the file.
        let source = try source.open(creating: false, environment: environment)
        guard let object = try await source.list(prefix: key).first(where: { $0.key == key }) else { return }
        try await PoisonedInputs.add(
            PoisonedInputs.Input(key: key, etag: object.etag, cause: cause), to: try store.open(creating: false, environment: environment))
    }
}
