internal import Base
internal import Foundation
internal import Synchronization

/// Who holds a store's lock.
public struct LockOwner: Sendable, Codable, Hashable, CustomStringConvertible {
    /// The process.
    public let pid: Int32
    /// The machine it runs on.
    public let host: String
    /// When it took the lock, as ISO 8601 in UTC.
    public let since: String
    /// What it is doing, as in "generate".
    public let purpose: String

    public init(pid: Int32, host: String, since: String, purpose: String) {
        self.pid = pid
        self.host = host
        self.since = since
        self.purpose = purpose
    }

    /// This process, now.
    public static func current(purpose: String) -> LockOwner {
        LockOwner(
            pid: ProcessInfo.processInfo.processIdentifier, host: ProcessInfo.processInfo.hostName,
            since: Date.now.ISO8601Format(), purpose: purpose)
    }

    public var description: String { "\(purpose) (process \(pid) on \(host), since \(since))" }
}

/// The right to write to a store, held until it is released or let go, or the process ends in whatever way.
public final class StoreLock: Sendable {
    /// Who holds it.
    public let owner: LockOwner
    private let lock: any HeldLock

    init(owner: LockOwner, lock: any HeldLock) {
        self.owner = owner
        self.lock = lock
    }

    deinit { lock.release() }

    /// Takes the lock of a store.
    /// - Parameter purpose: what for, as in "generate"; others are told.
    /// - Throws: `StoreError` with code `.locked`, naming the owner, when there is another writer.
    public static func acquire(in store: any ObjectStore, purpose: String) async throws(StoreError) -> StoreLock {
        try await store.lockForWriting(owner: .current(purpose: purpose))
    }

    /// Lets others write. Releasing twice is not an error.
    public func release() { lock.release() }
}

/// What a kind of store does to keep its lock.
protocol HeldLock: Sendable {
    func release()
}

/// The lock of a folder: a file that names its owner, locked for as long as the owner writes.
struct FolderLock: HeldLock {
    private let lock: FileLock

    /// Takes the lock and writes the owner into the lock's file.
    init(path: String, location: String, owner: LockOwner) throws(StoreError) {
        var found: FileLock?
        // A child of another thread's holds a copy of a released lock until it has become another program. Released locks have
        // empty files.
        for _ in 0..<100 {
            found = try onFiles(at: location) { () throws(FileError) in try FileLock(path) }
            if found != nil || !FileLock.content(of: path).isEmpty { break }
            usleep(10_000)
        }
        guard let lock = found else {
            let holder = try? JSONDecoder().decode(LockOwner.self, from: Data(FileLock.content(of: path)))
            throw StoreError(
                .locked, location: location,
                "another writer is active on the store: \(holder?.description ?? "it has not said who it is")",
                remedy: "wait for it to end, or stop it")
        }
        // The file stays when the lock is released: were it deleted, one process could hold the lock of the deleted file
        // and another that of a new one.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = [UInt8]((try? encoder.encode(owner)) ?? Data())
        try onFiles(at: location) { () throws(FileError) in try lock.write(text) }
        self.lock = lock
    }

    func release() { lock.release() }
}
