import Archive
import Foundation
import Monitoring
import ObjectStore

/// Controls the run that writes to a store, wherever it is: through objects of the store, and by signals on this machine.
public struct StoreControl: Sendable {
    let store: any ObjectStore

    package init(_ store: any ObjectStore) { self.store = store }

    /// A process that writes, or wrote, to the store.
    public struct Run: Sendable, Hashable {
        public let process: Int32
        /// The machine that it runs on.
        public let host: String
    }

    /// How a request to stop ended.
    public enum Outcome: Sendable, Hashable {
        /// No run was active.
        case noRun
        /// No run was active. The last run died; its supervisor, if it has one, will not restart it.
        case dead
        /// The run had finished before it saw the request.
        case finished
        /// The run stopped at a checkpoint; `generate` resumes it.
        case stopped
        /// The run failed before it saw the request.
        case failed(reason: String?)
        /// The process died; `generate` resumes from the last checkpoint.
        case vanished
        /// The process on another machine received the request but gives no sign of life.
        case silent
        /// The run is still active after the time to wait. The request stays.
        case stillActive(Run)
        /// All workers have released their units and ended.
        case workersStopped(Int)
        /// These workers are still active after the time to wait. The request stays.
        case workersStillActive([Run])
    }

    /// The content of a stored request to stop.
    private struct Request: Encodable {
        var requested = Date.now.formatted(.iso8601)
        var run: RunIdentity
    }

    /// Asks the active run to finish its batch and stop, and all workers to release their units, and waits until they have.
    /// - Parameters:
    ///   - timeout: how long to wait.
    ///   - asked: gets the run, or each worker, once the request is stored.
    /// - Throws: errors of the store.
    public func stop(within timeout: Duration = .seconds(300), asked: (Run) -> Void = { _ in }) async throws -> Outcome {
        let end = ContinuousClock.now + timeout
        let workers = try await stopWorkers(until: end, asked: asked)
        if let workers, !workers.active.isEmpty { return .workersStillActive(workers.active) }
        var log = EventLog(store: store)
        let newest = try await log.newestRun()
        if let workers, newest?.isAtWork() != true { return .workersStopped(workers.asked) }
        guard let state = newest, state.isAtWork() else {
            guard let newest, [.running, .stopping].contains(newest.phase) else { return .noRun }
            // The run may have a supervisor, which checks for this object before it restarts the run; a new run deletes the request.
            try await request(newest.identity)
            return .dead
        }
        let identity = state.identity
        let isAsked = try await store.contains(ArchiveLayout.stopRequest) || state.phase == .stopping
        if !isAsked {
            try await request(identity)
            // On this machine a signal reaches it at once. A second signal would end it at once.
            if identity.processExists == true { kill(identity.pid, SIGTERM) }
        }
        let run = Run(process: identity.pid, host: identity.host)
        asked(run)
        while true {
            let state = try await log.newestRun()
            guard let state, state.identity == identity, state.isAtWork() else {
                // A run that had ended by itself has not seen it.
                try await store.delete(ArchiveLayout.stopRequest)
                return outcome(state)
            }
            // On another machine, a supervisor whose run had died may have taken the request.
            if identity.processExists == nil, state.life(now: .now, processExists: nil) == .silent,
                try await !store.contains(ArchiveLayout.stopRequest)
            {
                return .silent
            }
            guard ContinuousClock.now < end else { return .stillActive(run) }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func request(_ run: RunIdentity) async throws {
        try await store.put(ArchiveLayout.stopRequest, try JSONLine.encode(Request(run: run)))
    }

    private func outcome(_ state: RunState?) -> Outcome {
        switch state?.phase {
        case .finished: .finished
        case .failed: .failed(reason: state?.message)
        case .stopped: .stopped
        default: .vanished
        }
    }
}
