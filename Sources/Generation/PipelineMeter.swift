import Foundation
import ObjectStore
import Synchronization

/// Measures the stages of a run.
final class PipelineMeter: Sendable {
    private struct State {
        var seconds: [PipelineProgress.Stage: Double] = [:]
        var busy: [PipelineProgress.Stage: Int] = [:]
    }

    private let state = Mutex(State())
    /// The run's source and store, which count their retries.
    private let stores: [any ObjectStore]

    init(stores: [any ObjectStore]) { self.stores = stores }

    /// Runs work of a stage and measures it.
    func measure<Value>(_ stage: PipelineProgress.Stage, _ work: () async throws -> Value) async rethrows -> Value {
        let start = ContinuousClock.now
        state.withLock { $0.busy[stage, default: 0] += 1 }
        defer {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            state.withLock {
                $0.seconds[stage, default: 0] += seconds
                $0.busy[stage, default: 0] -= 1
            }
        }
        return try await work()
    }

    /// Current progress of the stages.
    var progress: PipelineProgress {
        let now = state.withLock { $0 }
        return PipelineProgress(
            seconds: Dictionary(uniqueKeysWithValues: now.seconds.map { ($0.key.rawValue, $0.value) }),
            filesInFlight: now.busy[.read] ?? 0,
            batches: Dictionary(
                uniqueKeysWithValues: [PipelineProgress.Stage.sort, .encode, .write, .store].map { ($0.rawValue, now.busy[$0] ?? 0) }),
            memory: Self.residentBytes, retries: stores.reduce(0) { $0 + $1.statistics.retries })
    }

    /// Resident memory of the process in bytes; 0 if the system does not report it.
    static var residentBytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
