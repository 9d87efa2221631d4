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

/// A lock of flock(2) on a file: the system releases it when the process ends.
///
/// Sendable: the descriptor is given up once, under the mutex.
final class FileLock: HeldLock {
    private let descriptor: Mutex<Int32?>

    /// Takes the lock of a folder and writes the owner into the lock's file.
    init(path: String, location: String, owner: LockOwner) throws(StoreError) {
        let action = "the store's lock could not be taken"
        let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw .system(errno, location: location, action) }
        // A child of another thread's holds a copy of a released lock until it has become another program.
        var tries = 0
        while flock(number, LOCK_EX | LOCK_NB) != 0 {
            let cause = errno
            var status = stat()
            if cause == EWOULDBLOCK, tries < 100, fstat(number, &status) == 0, status.st_size == 0 {
                tries += 1
                usleep(10_000)
                continue
            }
            defer { close(number) }
            guard cause == EWOULDBLOCK else {
                throw StoreError(
                    .unsupported, location: location, "\(action): \(String(cString: strerror(cause)))",
                    remedy: "this file system has no locks; keep the store on another")
            }
            var text = [UInt8](repeating: 0, count: 4096)
            let count = pread(number, &text, text.count, 0)
            let found = try? JSONDecoder().decode(LockOwner.self, from: Data(text.prefix(max(0, count))))
            throw StoreError(
                .locked, location: location,
                "another writer is at work on the store: \(found?.description ?? "it has not said who it is")",
                remedy: "wait for it to end, or stop it")
        }
        // The file stays when the lock is released: were it deleted, one process could hold the lock of the deleted file
        // and another that of a new one.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = [UInt8]((try? encoder.encode(owner)) ?? Data())
        guard ftruncate(number, 0) == 0, pwrite(number, text, text.count, 0) == text.count else {
            let cause = errno
            close(number)
            throw .system(cause, location: location, action)
        }
        descriptor = Mutex(number)
    }

    func release() {
        descriptor.withLock { number in
            guard let open = number else { return }
            number = nil
            ftruncate(open, 0)
            close(open)
        }
    }

    deinit { release() }
}
