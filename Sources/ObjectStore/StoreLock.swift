import Base
import Foundation
import Synchronization

/// The owner of a store's lock.
public struct LockOwner: Sendable, Codable, Hashable, CustomStringConvertible {
    /// Process ID.
    public let pid: Int32
    /// Name of the machine that the process runs on.
    public let host: String
    /// Time when the lock was taken, as ISO 8601 in UTC.
    public let since: String
    /// Purpose, such as "generate".
    public let purpose: String

    /// Creates an owner.
    public init(pid: Int32, host: String, since: String, purpose: String) {
        self.pid = pid
        self.host = host
        self.since = since
        self.purpose = purpose
    }

    /// This process, at the current time.
    public static func current(purpose: String) -> LockOwner {
        LockOwner(
            pid: ProcessInfo.processInfo.processIdentifier, host: ProcessInfo.processInfo.hostName,
            since: Date.now.ISO8601Format(), purpose: purpose)
    }

    public var description: String { "\(purpose) (process \(pid) on \(host), since \(since))" }
}

/// The right to write to a store. It ends when it is released or deallocated, or when the process ends for any reason.
public final class StoreLock: Sendable {
    /// The owner of the lock.
    public let owner: LockOwner
    private let lock: any HeldLock

    init(owner: LockOwner, lock: any HeldLock) {
        self.owner = owner
        self.lock = lock
    }

    deinit { lock.release() }

    /// Takes the lock of a store.
    /// - Parameter purpose: what the lock is for, such as "generate"; shown to other writers.
    /// - Throws: `StoreError` with code `.locked`, naming the owner, when there is another writer.
    public static func acquire(in store: any ObjectStore, purpose: String) async throws(StoreError) -> StoreLock {
        try await store.lockForWriting(owner: .current(purpose: purpose))
    }

    /// Releases the lock. Releasing it twice has no effect.
    public func release() { lock.release() }
}

/// Implementation of a lock for one kind of store.
protocol HeldLock: Sendable {
    func release()
}

/// Lock of a folder: a file that names its owner, and is locked while the owner writes.
struct FolderLock: HeldLock {
    private let lock: FileLock

    /// Takes the lock and writes the owner into the lock file.
    init(path: String, location: String, owner: LockOwner) throws(StoreError) {
        var found: FileLock?
        // A child process that another thread has just forked keeps a copy of a released lock until it calls exec. The file
        // of a released lock is empty.
        for _ in 0..<100 {
            found = try onFiles(at: location) { () throws(FileError) in try FileLock(path) }
            if found != nil || !FileLock.content(of: path).isEmpty { break }
            usleep(10_000)
        }
        guard let lock = found else {
            let holder = try? JSONDecoder().decode(LockOwner.self, from: Data(FileLock.content(of: path)))
            throw StoreError(
                .locked, location: location,
                "another writer is active on the store: \(holder?.description ?? "it has not identified itself")",
                remedy: "wait for it to end, or stop it")
        }
        // The file is kept when the lock is released. If it were deleted, one process could lock the deleted file and
        // another a new one.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = [UInt8]((try? encoder.encode(owner)) ?? Data())
        try onFiles(at: location) { () throws(FileError) in try lock.write(text) }
        self.lock = lock
    }

    func release() { lock.release() }
}
