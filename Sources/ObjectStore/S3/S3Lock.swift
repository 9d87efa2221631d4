import Foundation
import Synchronization

/// Lock of a store on S3: an object that names its owner and is rewritten regularly while the owner lives. A conditional
/// write takes the lock, so that only one of two writers succeeds. The server's clock shows whether the owner is still
/// alive.
///
/// An owner that finds the lock taken over by another writer stops writing.
package final class S3Lock: HeldLock {
    /// Content of the lock object.
    package struct Content: Codable, Sendable {
        package var owner: LockOwner
        /// Distinguishes two locks of one process.
        package var id: String
        /// Seconds without renewal after which another writer may take the lock.
        package var expiry: Double
        /// Increases with every renewal, so that no two versions are equal.
        package var renewals: Int

        package init(owner: LockOwner, id: String, expiry: Double, renewals: Int) {
            self.owner = owner
            self.id = id
            self.expiry = expiry
            self.renewals = renewals
        }

        var bytes: [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return [UInt8]((try? encoder.encode(self)) ?? Data())
        }
    }

    static let name = ObjectKey.reservedPrefix + "lock"
    /// Locks that this process holds. A lock with this process's ID that is not among them belongs to an earlier process.
    /// This happens in containers, where process IDs start over.
    private static let held = Mutex<Set<String>>([])

    private let client: S3Client
    private let key: String
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "tapedeck.lock")
    private let clock = ContinuousClock()

    private struct State {
        var content: Content
        var etag: String
        var renewed: ContinuousClock.Instant
        var isLost = false
        var isReleased = false
        /// Why the last renewal failed; `nil` if it succeeded.
        var trouble: String?
    }

    /// - Parameters:
    ///   - key: key of the lock in the bucket.
    ///   - etag: ETag of the version just written.
    init(client: S3Client, key: String, content: Content, etag: String, taken: ContinuousClock.Instant) {
        self.client = client
        self.key = key
        state = Mutex(State(content: content, etag: etag, renewed: taken))
        _ = Self.held.withLock { $0.insert(content.id) }
        schedule()
    }

    deinit { release() }

    /// Whether the owner of a lock is known to be dead.
    static func isOfDeadProcess(_ content: Content) -> Bool {
        guard content.owner.host == ProcessInfo.processInfo.hostName else { return false }
        if content.owner.pid == getpid() { return !held.withLock { $0.contains(content.id) } }
        return content.owner.pid > 0 && kill(content.owner.pid, 0) != 0 && errno == ESRCH
    }

    /// Whether this process still holds the lock, as far as it knows.
    var isHeld: Bool {
        let expiry = client.settings.transfer.lockExpiry
        return state.withLock { !$0.isLost && !$0.isReleased && clock.now - $0.renewed < expiry }
    }

    /// Why the last renewal failed; `nil` if it succeeded.
    var trouble: String? { state.withLock { $0.trouble } }

    var isReleased: Bool { state.withLock { $0.isReleased } }

    func release() {
        let found = state.withLock { state -> State? in
            guard !state.isReleased else { return nil }
            state.isReleased = true
            return state
        }
        guard let found else { return }
        _ = Self.held.withLock { $0.remove(found.content.id) }
        // Wait for a renewal in progress.
        queue.sync {
            let etag = state.withLock { $0.etag }
            guard !state.withLock({ $0.isLost }), clock.now - found.renewed < client.settings.transfer.lockExpiry else { return }
            var request = S3Request(method: "DELETE", key: key)
            request.fields = [client.versionForm.field(etag)]
            let response = client.sendBlocking(request, within: .seconds(5))
            // If this fails, other writers wait for the lock to expire. But the server may not support conditions here, so
            // try without.
            guard let response, ![200, 204, 404].contains(response.status), isStoredLockOurs(found.content) else { return }
            request.fields = []
            _ = client.sendBlocking(request, within: .seconds(5))
        }
    }

    private func isStoredLockOurs(_ content: Content) -> Bool {
        guard let found = client.sendBlocking(S3Request(method: "GET", key: key), within: .seconds(5)), found.status == 200 else {
            return false
        }
        return (try? JSONDecoder().decode(Content.self, from: Data(found.body)))?.id == content.id
    }

    private func schedule() {
        let interval = client.settings.transfer.lockExpiry / 6
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(interval / .nanoseconds(1)))) { [weak self] in
            guard let self, !self.isReleased else { return }
            self.renew()
            self.schedule()
        }
    }

    /// Rewrites the lock. If there is no response, the next renewal may succeed.
    private func renew() {
        guard let before = state.withLock({ $0.isLost || $0.isReleased ? nil : $0 }) else { return }
        var content = before.content
        content.renewals += 1
        let began = clock.now
        let body = content.bytes
        var request = S3Request(method: "PUT", key: key, body: body)
        request.sign(body: body)
        request.fields.append(client.versionForm.field(before.etag))
        guard let response = client.sendBlocking(request, within: client.settings.transfer.lockExpiry / 6) else {
            return state.withLock { $0.trouble = "\(client.address.server) did not answer" }
        }
        switch response.status {
        case 200, 204:
            state.withLock {
                $0.content = content
                $0.etag = response.etag
                $0.renewed = began
                $0.trouble = nil
            }
        case 404, 409, 412:
            // The stored version may be our own renewal whose response was lost.
            guard let found = client.sendBlocking(S3Request(method: "GET", key: key), within: .seconds(5)) else { return }
            let stored = try? JSONDecoder().decode(Content.self, from: Data(found.body))
            if found.status == 200, let stored, stored.id == content.id {
                state.withLock {
                    if stored.renewals > before.content.renewals { $0.renewed = began }
                    $0.content = stored
                    $0.etag = found.etag
                    $0.trouble = "\(client.address.server) answered \(response.status)"
                }
            } else if [200, 404].contains(found.status) {
                state.withLock {
                    $0.isLost = true
                    $0.trouble = found.status == 404 ? "it was deleted" : "another has taken it"
                }
            }
        default: state.withLock { $0.trouble = "\(client.address.server) answered \(response.status)" }
        }
    }
}

/// The lock that an open store writes under, if it has been taken.
final class S3WritingRight: Sendable {
    private let lock = Mutex<S3Lock?>(nil)

    func hold(_ new: S3Lock) { lock.withLock { $0 = new } }

    /// - Throws: `.locked` when the lock was taken and then lost.
    func check(location: String) throws(StoreError) {
        let lost = lock.withLock { lock -> S3Lock? in
            guard let held = lock else { return nil }
            if held.isReleased {
                lock = nil
                return nil
            }
            return held.isHeld ? nil : held
        }
        if let lost {
            throw StoreError(
                .locked, location: location,
                "the store's lock was lost: \(lost.trouble ?? "it could not be renewed in time, or another has taken it")",
                remedy: "check the network, and that no other writer is at work; then run again; nothing was lost")
        }
    }
}

extension S3Store {
    public func lockForWriting(owner: LockOwner) async throws(StoreError) -> StoreLock {
        let key = prefix + S3Lock.name
        let content = S3Lock.Content(
            owner: owner, id: UUID().uuidString.lowercased(), expiry: client.settings.transfer.lockExpiry / .seconds(1),
            renewals: 0)
        let taken = ContinuousClock.now
        let etag = try await confirm(key, content, etag: try await takeLock(key, content))
        let lock = S3Lock(client: client, key: key, content: content, etag: etag, taken: taken)
        writing.hold(lock)
        let held = StoreLock(owner: owner, lock: lock)
        try await removeLeftovers { _ in false }
        return held
    }

    /// Takes the lock, or takes it over from an owner who is gone.
    /// - Returns: the ETag of the lock.
    private func takeLock(_ key: String, _ content: S3Lock.Content) async throws(StoreError) -> String {
        for _ in 0..<5 {
            if let etag = try await writeLock(key, content, .ifAbsent) { return etag }
            guard let found = try await lockThere(key) else { continue }
            try refuseIfAlive(found)
            for form in [client.versionForm] + S3VersionForm.allCases.filter({ $0 != client.versionForm }) {
                client.versionForm = form
                if let etag = try await writeLock(key, content, .ifUnchanged(found.etag)) { return etag }
            }
            if try await lockThere(key)?.etag == found.etag { throw withoutConditions("rejects If-Match for the current version") }
        }
        throw StoreError(
            .locked, location: address, "other writers keep taking the lock",
            remedy: "let only one program at a time write there")
    }

    /// Determines how the server expects conditions, and checks that it honours them: otherwise every writer would get in.
    /// Only the object `key` has been written so far; if conditions do not work, it is deleted.
    /// - Returns: the ETag of the object.
    private func confirm(_ key: String, _ content: S3Lock.Content, etag: String) async throws(StoreError) -> String {
        do throws(StoreError) {
            guard try await writeLock(key, content, .ifAbsent) == nil else { throw withoutConditions("ignores If-None-Match") }
            var renewed = content
            renewed.renewals += 1
            var accepted: String?
            for form in [client.versionForm] + S3VersionForm.allCases.filter({ $0 != client.versionForm }) where accepted == nil {
                client.versionForm = form
                accepted = try await writeLock(key, renewed, .ifUnchanged(etag))
            }
            guard let accepted else { throw withoutConditions("rejects If-Match for the current version") }
            guard try await writeLock(key, content, .ifUnchanged(String(repeating: "0", count: 32))) == nil else {
                throw withoutConditions("ignores If-Match")
            }
            return accepted
        } catch {
            if error.code == .unsupported {
                _ = try await client.send(S3Request(method: "DELETE", key: key), key: "", accepting: [404])
            }
            throw error
        }
    }

    public func checkConditionalWrites(probing key: String) async throws(StoreError) {
        let full = try fullKey(key)
        let content = S3Lock.Content(owner: .current(purpose: "a probe of conditional writes"), id: UUID().uuidString, expiry: 0, renewals: 0)
        guard let etag = try await writeLock(full, content, .ifAbsent) else { throw .changed(location: address, key: key) }
        _ = try await confirm(full, content, etag: etag)
        try await delete(key)
    }

    private func withoutConditions(_ problem: String) -> StoreError {
        StoreError(
            .unsupported, location: address, "\(client.address.server) \(problem), so two writers could not be kept apart",
            remedy: "keep the store on another server or in a folder; docs/s3-servers.md lists tested servers")
    }

    /// Overwrites the lock unconditionally. Only for tests of lost locks.
    package func putLock(_ content: S3Lock.Content) async throws(StoreError) {
        _ = try await write("", prefix + S3Lock.name, .bytes(content.bytes), .always)
    }

    /// Owner of the stored lock. Only for tests.
    package func lockedBy() async throws(StoreError) -> LockOwner? {
        try await lockThere(prefix + S3Lock.name)?.content?.owner
    }

    /// - Returns: the ETag of the lock; `nil` when the condition does not hold.
    private func writeLock(
        _ key: String, _ content: S3Lock.Content, _ condition: WriteCondition
    ) async throws(StoreError) -> String? {
        do throws(StoreError) {
            return try await write("", key, .bytes(content.bytes), condition).etag
        } catch {
            switch error.code {
            case .alreadyExists, .changed: return nil
            case .unsupported: throw withoutConditions("has no conditional writes")
            default: throw error
            }
        }
    }

    private struct FoundLock {
        var content: S3Lock.Content?
        var etag: String
        /// Seconds since the lock was written, by the server's clock.
        var age: Double
    }

    private func lockThere(_ key: String) async throws(StoreError) -> FoundLock? {
        guard let found = try await version(key: "", fullKey: key) else { return nil }
        return FoundLock(
            content: try? JSONDecoder().decode(S3Lock.Content.self, from: Data(found.bytes)), etag: found.etag, age: found.age)
    }

    private func refuseIfAlive(_ found: FoundLock) throws(StoreError) {
        if let content = found.content, S3Lock.isOfDeadProcess(content) { return }
        let expiry = found.content?.expiry ?? client.settings.transfer.lockExpiry / .seconds(1)
        guard found.age <= expiry + 1 else { return }
        let owner = found.content?.owner.description ?? "it has not identified itself"
        throw StoreError(
            .locked, location: address, "another writer is active on the store: \(owner); last seen \(Int(max(0, found.age))) s ago",
            remedy: "wait for it to end, or stop it; if it is dead, its lock expires after \(Int(expiry)) s")
    }
}
