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
        try Self.wait { start(count, body, finished: $0) }
    }

    /// Like `run(_:_:)`, but returns at once.
    /// - Parameter finished: called with the first error by the worker that finishes last, which then takes other work: it must not block.
    func start(
        _ count: Int, _ body: @escaping @Sendable (Int, Worker) throws(EncoderError) -> Void,
        finished: @escaping @Sendable (EncoderError?) -> Void
    ) {
        guard count > 0 else { return finished(nil) }
        queue.add(Job(count: count, body: body, finished: finished))
    }

    /// Calls `body` on all workers of a group at the same time, and returns when all are done. For work that cannot be split
    /// into items.
    ///
    /// Items are taken in job order, so that no worker waits for a member whose place another group has taken.
    /// - Parameter members: at most `threads`.
    /// - Throws: the error of the member that failed first.
    func runGroup(of members: Int, _ body: @escaping @Sendable (Worker) throws(EncoderError) -> Void) throws(EncoderError) {
        try Self.wait { startGroup(of: members, body, finished: $0) }
    }

    /// Like `runGroup(of:_:)`, but returns at once.
    /// - Parameter finished: as in `start(_:_:finished:)`.
    func startGroup(
        of members: Int, _ body: @escaping @Sendable (Worker) throws(EncoderError) -> Void,
        finished: @escaping @Sendable (EncoderError?) -> Void
    ) {
        let barrier = Barrier(count: min(members, threads))
        start(
            barrier.count,
            { (member, worker) throws(EncoderError) in
                try worker.join(barrier, as: member) { () throws(EncoderError) in try body(worker) }
            }, finished: finished)
    }

    /// Blocks until the work that `start` begins has finished.
    static func wait(for start: (_ finished: @escaping @Sendable (EncoderError?) -> Void) -> Void) throws(EncoderError) {
        let outcome = Outcome()
        start { outcome.set($0) }
        if let error = outcome.wait() { throw error }
    }

    /// Whether no work is waiting or running.
    var isIdle: Bool { queue.unfinished.load(ordering: .relaxed) == 0 }
}

/// The end of some work, for a thread that waits for it.
private final class Outcome: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let error = Mutex<EncoderError?>(nil)

    func set(_ failure: EncoderError?) {
        error.withLock { $0 = failure }
        semaphore.signal()
    }

    func wait() -> EncoderError? {
        semaphore.wait()
        return error.withLock { $0 }
    }
}

/// Items of one call of `WorkerPool.start`, and the number of unfinished ones.
private final class Job: Sendable {
    private struct State {
        var pending: Int
        var error: EncoderError?
    }

    let count: Int
    private let body: @Sendable (Int, Worker) throws(EncoderError) -> Void
    private let finished: @Sendable (EncoderError?) -> Void
    private let state: Mutex<State>

    init(
        count: Int, body: @escaping @Sendable (Int, Worker) throws(EncoderError) -> Void, finished: @escaping @Sendable (EncoderError?) -> Void
    ) {
        self.count = count
        self.body = body
        self.finished = finished
        state = Mutex(State(pending: count))
    }

    /// - Parameter itemDone: called before `finished`, whose receiver may ask whether the pool is idle.
    func run(_ item: Int, on worker: Worker, itemDone: () -> Void) {
        var failure = state.withLock { $0.error }
        if failure == nil {
            do throws(EncoderError) { try body(item, worker) } catch { failure = error }
        }
        itemDone()
        let (isLast, error) = state.withLock { state in
            if state.error == nil { state.error = failure }
            state.pending -= 1
            return (state.pending == 0, state.error)
        }
        if isLast { finished(error) }
    }
}

/// Jobs in order of arrival, each with the next of its items.
private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [(job: Job, next: Int)] = []
    private var closed = false
    /// Unfinished items of all jobs.
    let unfinished = Atomic<Int>(0)

    func add(_ job: Job) {
        unfinished.add(job.count, ordering: .relaxed)
        condition.lock()
        jobs.append((job, 0))
        condition.broadcast()
        condition.unlock()
    }

    /// Blocks until there is an item; `nil` once the queue is closed.
    func next() -> (Job, Int)? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let (job, item) = jobs.first {
                if item + 1 == job.count { jobs.removeFirst() } else { jobs[0].next += 1 }
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
