import COneDNN
import Foundation
import Synchronization

/// A fixed set of operating system threads for matrix work, so that this work never blocks Swift's cooperative pool.
///
/// OpenMP, which oneDNN uses, is limited to one thread in each of them, so that the pool's threads are the only parallelism.
public final class WorkerPool: Sendable {
    /// Number of threads.
    public let threads: Int
    private let queue: Queue

    /// Starts `threads` threads (at least one). They end when the pool is deallocated.
    public init(threads: Int) {
        self.threads = max(threads, 1)
        let queue = Queue()
        self.queue = queue
        for index in 0..<self.threads {
            let thread = Thread {
                omp_set_num_threads(1)
                let worker = Worker(index: index)
                while let (job, item) = queue.next() {
                    job.run(item, on: worker) { queue.unfinished.subtract(1, ordering: .relaxed) }
                }
            }
            thread.name = "tapedeck-\(index)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    deinit { queue.close() }

    /// Calls `body` for each item from 0 to `count` - 1, distributed over the workers, and returns when all are done.
    /// Several callers may do so at once; their items are served in order of arrival.
    /// - Throws: the first error thrown by a call; items not yet started are dropped.
    func run(
        _ count: Int, _ body: @escaping @Sendable (Int, Worker) throws(EncoderError) -> Void
    ) throws(EncoderError) {
        guard count > 0 else { return }
        let job = Job(count: count, body: body)
        queue.add(job)
        if let error = job.wait() { throw error }
    }

    /// Calls `body` on all workers of a group at the same time, and returns when all are done. For work that cannot be split
    /// into items.
    ///
    /// Items are taken in job order, so that no worker waits for a member whose place another group has taken.
    /// - Parameter members: at most `threads`.
    /// - Throws: the error of the member that failed first.
    func runGroup(of members: Int, _ body: @escaping @Sendable (Worker) throws(EncoderError) -> Void) throws(EncoderError) {
        let barrier = Barrier(count: min(members, threads))
        try run(barrier.count) { (member, worker) throws(EncoderError) in
            try worker.join(barrier, as: member) { () throws(EncoderError) in try body(worker) }
        }
    }

    /// Whether no work is waiting or running.
    var isIdle: Bool { queue.unfinished.load(ordering: .relaxed) == 0 }
}

/// Items of one call of `WorkerPool.run`, and the number of unfinished ones.
private final class Job: @unchecked Sendable {
    // `next` is guarded by the queue's condition, the rest by this one's.
    var next = 0
    let count: Int
    private let body: @Sendable (Int, Worker) throws(EncoderError) -> Void
    private let condition = NSCondition()
    private var pending: Int
    private var error: EncoderError?

    init(count: Int, body: @escaping @Sendable (Int, Worker) throws(EncoderError) -> Void) {
        self.count = count
        self.body = body
        pending = count
    }

    /// - Parameter finished: called before the waiting caller can continue.
    func run(_ item: Int, on worker: Worker, finished: () -> Void) {
        condition.lock()
        var failure = error
        condition.unlock()
        if failure == nil {
            do throws(EncoderError) { try body(item, worker) } catch { failure = error }
        }
        finished()
        condition.lock()
        if error == nil { error = failure }
        pending -= 1
        if pending == 0 { condition.broadcast() }
        condition.unlock()
    }

    func wait() -> EncoderError? {
        condition.lock()
        while pending > 0 { condition.wait() }
        defer { condition.unlock() }
        return error
    }
}

/// Jobs in order of arrival.
private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var closed = false
    /// Unfinished items of all jobs.
    let unfinished = Atomic<Int>(0)

    func add(_ job: Job) {
        unfinished.add(job.count, ordering: .relaxed)
        condition.lock()
        jobs.append(job)
        condition.broadcast()
        condition.unlock()
    }

    /// Blocks until there is an item; `nil` once the queue is closed.
    func next() -> (Job, Int)? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let job = jobs.first {
                let item = job.next
                job.next += 1
                if job.next == job.count { jobs.removeFirst() }
                return (job, item)
            }
            if closed { return nil }
            condition.wait()
        }
    }

    func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }
}
