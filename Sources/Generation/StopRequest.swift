public import Base
import Synchronization

/// Asks a run in this process to finish its current batches, save a checkpoint and stop. An object in the store
/// (`ArchiveLayout.stopRequest`) does the same from another process.
public final class StopRequest: Sendable {
    private let asked = Mutex(false)

    /// Creates a request that has not been made yet.
    public init() {}

    /// Requests the stop.
    public func ask() { asked.withLock { $0 = true } }

    /// Whether the stop has been requested.
    public var isAsked: Bool { asked.withLock { $0 } }
}

/// A run stopped on request. Its completed work is stored, and the next run resumes from there.
public struct GenerationStopped: TapedeckError {
    /// Whether it was a worker, whose unit is free for others.
    var isWorker = false

    public var description: String {
        isWorker
            ? "stopped on request; the unit is free for other workers, and the same command resumes the plan"
            : "stopped on request; all completed work is stored, and `tapedeck resume` resumes the run"
    }
}

extension GenerationStopped {
    public var kind: ErrorKind { .cancelled }
}
