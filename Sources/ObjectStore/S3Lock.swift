internal import Foundation
internal import Synchronization

/// The lock of a store on S3: an object that names its owner, and is written again and again for as long as the owner lives.
/// It is taken by a conditional write, so that of two writers one is first; by the server's own clock it is seen whether
/// its owner still lives.
///
/// Whoever finds out that the lock is another's by now writes nothing more.
package final class S3Lock: HeldLock {
    /// What the object says.
    package struct Content: Codable, Sendable {
        package var owner: LockOwner
        /// Tells two locks of one process apart.
        package var id: String
        /// Seconds after which it is another's to take when it was not renewed.
        package var expiry: Double
        /// Grows with every renewal, so that no two versions are the same.
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
    /// Locks that this process holds: one with its number but not among these is of a process before it, as happens in
    /// containers, where numbers begin anew.
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
    }

    /// - Parameters:
    ///   - key: the lock's in the bucket.
    ///   - etag: of the version just written.
    init(client: S3Client, key: String, content: Content, etag: String, taken: ContinuousClock.Instant) {
        self.client = client
        self.key = key
        state = Mutex(State(content: content, etag: etag, renewed: taken))
        _ = Self.held.withLock { $0.insert(content.id) }
        schedule()
    }

    deinit { release() }

    /// Whether the owner of a lock has surely ended.
    static func isOfDeadProcess(_ content: Content) -> Bool {
        guard content.owner.host == ProcessInfo.processInfo.hostName else { return false }
        if content.owner.pid == getpid() { return !held.withLock { $0.contains(content.id) } }
        return content.owner.pid > 0 && kill(content.owner.pid, 0) != 0 && errno == ESRCH
    }

    /// Whether it is still ours, as far as is known.
    var isHeld: Bool {
        let expiry = client.settings.transfer.lockExpiry
        return state.withLock { !$0.isLost && !$0.isReleased && clock.now - $0.renewed < expiry }
    }

    var isReleased: Bool { state.withLock { $0.isReleased } }

    func release() {
        let found = state.withLock { state -> State? in
            guard !state.isReleased else { return nil }
            state.isReleased = true
            return state
        }
        guard let found else { return }
        _ = Self.held.withLock { $0.remove(found.content.id) }
        // After a renewal that is under way.
        queue.sync {
            let etag = state.withLock { $0.etag }
            guard !state.withLock({ $0.isLost }), clock.now - found.renewed < client.settings.transfer.lockExpiry else { return }
            var request = S3Request(method: "DELETE", key: key)
            request.fields = [("If-Match", "\"\(etag)\"")]
            // Should it fail, others wait for the lock to expire.
            _ = client.sendBlocking(request, within: .seconds(5))
        }
    }

    private func schedule() {
        let interval = client.settings.transfer.lockExpiry / 6
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(interval / .nanoseconds(1)))) { [weak self] in
            guard let self, !self.isReleased else { return }
            self.renew()
            self.schedule()
        }
    }

    /// Writes the lock again. Where there is no answer, the next time may do.
    private func renew() {
        guard let before = state.withLock({ $0.isLost || $0.isReleased ? nil : $0 }) else { return }
        var content = before.content
        content.renewals += 1
        let began = clock.now
        let body = content.bytes
        var request = S3Request(method: "PUT", key: key, body: body)
        request.sign(body: body)
        request.fields.append(("If-Match", "\"\(before.etag)\""))
        guard let response = client.sendBlocking(request, within: client.settings.transfer.lockExpiry / 6) else { return }
        switch response.status {
        case 200:
            state.withLock {
                $0.content = content
                $0.etag = response.etag
                $0.renewed = began
            }
        case 404, 412:
            // It may be our own renewal whose answer did not arrive.
            guard let found = client.sendBlocking(S3Request(method: "GET", key: key), within: .seconds(5)) else { return }
            let stored = try? JSONDecoder().decode(Content.self, from: Data(found.body))
            if found.status == 200, let stored, stored.id == content.id {
                state.withLock {
                    $0.content = stored
                    $0.etag = found.etag
                }
            } else if [200, 404].contains(found.status) {
                state.withLock { $0.isLost = true }
            }
        default: break
        }
    }
}

/// The lock that an open store writes under, if it was taken.
final class S3WritingRight: Sendable {
    private let lock = Mutex<S3Lock?>(nil)

    func hold(_ new: S3Lock) { lock.withLock { $0 = new } }

    /// - Throws: `.locked` when the lock was taken and is lost.
    func check(location: String) throws(StoreError) {
        let isLost = lock.withLock { lock in
            guard let held = lock else { return false }
            if held.isReleased {
                lock = nil
                return false
            }
            return !held.isHeld
        }
        guard !isLost else {
            throw StoreError(
                .locked, location: location, "the store's lock was lost: it could not be renewed in time, or another has taken it",
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
        var etag = try await takeLock(key, content, over: nil)
        var tries = 0
        while etag == nil {
            let found = try await lockThere(key)
            if let found { try refuseIfAlive(found) }
            tries += 1
            guard tries < 5 else {
                throw StoreError(
                    .locked, location: address, "other writers are taking the lock again and again",
                    remedy: "see to it that one program at a time writes there")
            }
            etag = try await takeLock(key, content, over: found?.etag)
        }
        // A server that ignores conditions would let everybody in.
        guard try await takeLock(key, content, over: nil) == nil else {
            _ = try await client.send(S3Request(method: "DELETE", key: key), key: "", accepting: [404])
            throw StoreError(
                .unsupported, location: address, "the server ignores conditions (If-None-Match), so two writers could not be kept apart",
                remedy: "use a newer server, such as a MinIO of 2024 or later")
        }
        let lock = S3Lock(client: client, key: key, content: content, etag: etag ?? "", taken: taken)
        writing.hold(lock)
        let held = StoreLock(owner: owner, lock: lock)
        try await removeLeftovers()
        return held
    }

    /// Writes a lock over whatever is there, as no writer does: for tests of what comes of it.
    package func putLock(_ content: S3Lock.Content) async throws(StoreError) {
        _ = try await write("", prefix + S3Lock.name, .bytes(content.bytes), .always)
    }

    /// - Parameter etag: of the version whose owner is gone; nobody's when `nil`.
    /// - Returns: the ETag of the lock; `nil` when another was faster.
    private func takeLock(_ key: String, _ content: S3Lock.Content, over etag: String?) async throws(StoreError) -> String? {
        do throws(StoreError) {
            return try await write("", key, .bytes(content.bytes), etag.map { .ifUnchanged($0) } ?? .ifAbsent).etag
        } catch {
            guard [.alreadyExists, .changed].contains(error.code) else { throw error }
            return nil
        }
    }

    private struct FoundLock {
        var content: S3Lock.Content?
        var etag: String
        /// Seconds since it was written, by the server's clock.
        var age: Double
    }

    private func lockThere(_ key: String) async throws(StoreError) -> FoundLock? {
        let response = try await client.send(S3Request(method: "GET", key: key), key: "", accepting: [404])
        guard response.status == 200 else { return nil }
        let now = response.fields["date"].flatMap(S3Time.field)
        let written = response.fields["last-modified"].flatMap(S3Time.field)
        guard let now, let written else {
            throw StoreError(
                .unsupported, location: address, "the server does not say when an object was written (Last-Modified)",
                remedy: "is it a server of S3?")
        }
        return FoundLock(
            content: try? JSONDecoder().decode(S3Lock.Content.self, from: Data(response.body)), etag: response.etag,
            age: now.timeIntervalSince(written))
    }

    private func refuseIfAlive(_ found: FoundLock) throws(StoreError) {
        if let content = found.content, S3Lock.isOfDeadProcess(content) { return }
        let expiry = found.content?.expiry ?? client.settings.transfer.lockExpiry / .seconds(1)
        guard found.age <= expiry + 1 else { return }
        let owner = found.content?.owner.description ?? "it has not said who it is"
        throw StoreError(
            .locked, location: address, "another writer is at work on the store: \(owner); last seen \(Int(max(0, found.age))) s ago",
            remedy: "wait for it to end, or stop it; when it is dead, its lock ends by itself after \(Int(expiry)) s")
    }
}
