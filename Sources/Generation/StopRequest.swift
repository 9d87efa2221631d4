public import Base
import Synchronization

/// Asks a run to finish the batches at hand, save a checkpoint and leave: for a signal, or a program that embeds the
/// library. An object in the store (`ArchiveLayout.stopRequest`) does the same from another process.
public final class StopRequest: Sendable {
    private let asked = Mutex(false)

    public init() {}

    public func ask() { asked.withLock { $0 = true } }

    public var isAsked: Bool { asked.withLock { $0 } }
}

/// A run left early because it was asked to; what it had done is stored, and the next run goes on from there.
public struct GenerationStopped: TapedeckError {
    public var description: String { "stopped on request; all completed work is stored, and `tapedeck resume` resumes the run" }
}

extension GenerationStopped {
    public var kind: ErrorKind { .cancelled }
}
