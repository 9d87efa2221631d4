import Archive
import Foundation
import Generation
import Monitoring

extension StoreControl {
    /// Asks all workers of the store's plan to release their units and end, and waits until they have. Workers look for the request
    /// whenever they renew a claim or look for a unit; on this machine, a signal reaches them at once.
    /// - Returns: how many were asked, and those that are still active at the end; `nil` if no worker is active.
    func stopWorkers(until end: ContinuousClock.Instant, asked: (Run) -> Void) async throws -> (asked: Int, active: [Run])? {
        guard let plan = try await StoredSegment.plan(of: store) else { return nil }
        let workers = try await activeWorkers(of: plan)
        guard !workers.isEmpty else { return nil }
        let names = Set(workers.map(RunIdentity.name))
        let key = ArchiveLayout.workStop(plan: plan)
        try await store.put(key, try JSONLine.encode(WorkStop(requested: Date.now.formatted(.iso8601), workers: names.sorted())))
        for worker in workers {
            if worker.processExists == true { kill(worker.pid, SIGTERM) }
            asked(Run(process: worker.pid, host: worker.host))
        }
        while true {
            let active = try await activeWorkers(of: plan).filter { names.contains(RunIdentity.name($0)) }
            if active.isEmpty {
                try await store.delete(key)
                return (workers.count, [])
            }
            guard ContinuousClock.now < end else { return (workers.count, active.map { Run(process: $0.pid, host: $0.host) }) }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func activeWorkers(of plan: String) async throws -> [RunIdentity] {
        try await EventLog(store: store).runs(newest: RunRecorder.workerLimit)
            .filter { $0.work?.plan == plan && $0.life(now: .now, processExists: $0.identity.processExists) == .alive }.map(\.identity)
    }
}
