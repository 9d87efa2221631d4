import Dispatch
import Foundation
import Synchronization

/// Threads for requests, on which nothing else runs: threads that wait for a request (`S3Bytes`) cannot keep it from being sent. Dispatch
/// gives serial queues threads of their own; a concurrent one gets a further thread only once a second when all processors' are blocked.
final class RequestExecutor: TaskExecutor {
    static let shared = RequestExecutor()

    private let queues = (0..<ProcessInfo.processInfo.activeProcessorCount).map { DispatchQueue(label: "tapedeck.requests.\($0)") }
    private let turn = Atomic<UInt>(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let queue = queues[Int(turn.wrappingAdd(1, ordering: .relaxed).oldValue % UInt(queues.count))]
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
