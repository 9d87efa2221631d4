import Foundation
import ObjectStore
import Synchronization

/// Counts what the stages of a run do.
final class PipelineMeter: Sendable {
    private struct State {
        var seconds: [PipelineProgress.Stage: Double] = [:]
        var busy: [PipelineProgress.Stage: Int] = [:]
    }

    private let state = Mutex(State())
    /// The run's source and store, which count what they had to try again.
    private let stores: [any ObjectStore]

    init(stores: [any ObjectStore]) { self.stores = stores }

    /// Runs some work of a stage.
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

    /// How the stages stand now.
    var progress: PipelineProgress {
        let now = state.withLock { $0 }
        return PipelineProgress(
            seconds: Dictionary(uniqueKeysWithValues: now.seconds.map { ($0.key.rawValue, $0.value) }),
            filesInFlight: now.busy[.read] ?? 0,
            batches: Dictionary(
                uniqueKeysWithValues: [PipelineProgress.Stage.sort, .encode, .write, .store].map { ($0.rawValue, now.busy[$0] ?? 0) }),
            memory: Self.residentBytes, retries: stores.reduce(0) { $0 + $1.statistics.retries })
    }

    /// Bytes of memory that the process takes; 0 where the system does not say.
    static var residentBytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }
}
