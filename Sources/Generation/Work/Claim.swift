import Archive
import Foundation
import ObjectStore

/// Names the worker of a unit: `segments/PLAN/claims/UNIT.json`. The holder rewrites it regularly. If it stops, another worker
/// takes the claim over, with a conditional write, so that only one succeeds.
package struct Claim: Codable, Hashable, Sendable {
    package var unit: Int
    /// Name of the worker.
    package var worker: String
    package var host: String
    package var pid: Int32
    /// The worker that the unit was taken over from; absent if it was free.
    package var from: String?
    /// Seconds without renewal after which another worker may take the claim; 0 after a release.
    package var lease: Double
    /// Increases with every renewal, so that no two versions are equal.
    package var renewals: Int
    /// Seconds since the claim, by the holder's steady clock.
    package var elapsed: Double
    /// Bytes of the unit that have been read.
    package var bytesDone: Int
    package var rows: Int
    /// Earlier holders that died, or fell silent for longer than their lease; absent if there were none.
    package var deaths: Int?

    /// Number of holders that may die before the unit is set aside, so that a poisoned input cannot crash all workers forever.
    package static let deathLimit = 5

    var bytes: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8]((try? encoder.encode(self)) ?? Data())
    }

    static func read(_ bytes: [UInt8]) -> Claim? { try? JSONDecoder().decode(Claim.self, from: Data(bytes)) }

    /// Whether a worker that begins a unit anew would finish it well before its holder does.
    /// - Parameters:
    ///   - elapsed: seconds that the holder has worked on it.
    ///   - own: seconds that this worker takes for the whole unit.
    package static func isStraggler(elapsed: Double, bytesDone: Int, bytes: Int, own: Double) -> Bool {
        guard elapsed > 1.5 * own + 1 else { return false }
        // If nothing is known of its progress, it is assumed to be halfway.
        let done = bytesDone > 0 ? Double(min(bytesDone, bytes)) : Double(bytes) / 2
        let left = elapsed * (Double(bytes) - done) / max(done, 1)
        return 1.25 * own < left
    }

    /// Whether the holder has died, or fallen silent.
    /// - Parameter age: seconds since its last renewal, by the store's clock.
    func isAbandoned(age: Double) -> Bool {
        // Servers report times in whole seconds.
        lease > 0 && (isOfDeadProcess || age > lease + 1)
    }

    /// Whether no worker takes the unit any more.
    /// - Parameter age: as in `isAbandoned(age:)`.
    package func isSetAside(age: Double) -> Bool { isAbandoned(age: age) && (deaths ?? 0) + 1 >= Self.deathLimit }

    /// Whether the holder is a process of this machine that no longer exists.
    package var isOfDeadProcess: Bool {
        guard host == ProcessInfo.processInfo.hostName, pid > 0, pid != getpid() else { return false }
        return kill(pid, 0) != 0 && errno == ESRCH
    }
}

/// The claims of a plan, from the view of one worker.
actor Claims {
    /// What a worker does next.
    enum Next: Sendable {
        case work(HeldClaim)
        /// Other workers hold all units that are left.
        case wait
        /// All units are published or set aside.
        case done
    }

    private let store: any ObjectStore
    private let plan: String
    private let units: [WorkPlan.Unit]
    private let identity: Identity
    private let lease: Double
    /// Number of free units among which a worker chooses, so that workers seldom ask for the same one.
    private static let choice = 8
    /// Number of foreign claims that an idle worker checks in one round.
    private static let looks = 8
    /// Seconds after which the listing is requested again.
    private static let listingAge = 5.0
    private(set) var published: Set<Int> = []
    /// Units that no worker takes any more, as far as this one has seen.
    private(set) var setAside: Set<Int> = []
    private var claimed: Set<Int> = []
    private var listed: ContinuousClock.Instant?
    /// Bytes per second of this worker, over its finished units.
    private var speed: (bytes: Double, seconds: Double) = (0, 0)

    /// A worker, as claims name it.
    struct Identity: Sendable {
        var worker: String
        var host: String
        var pid: Int32
    }

    init(_ store: any ObjectStore, plan: String, units: [WorkPlan.Unit], identity: Identity, lease: Double) {
        self.store = store
        self.plan = plan
        self.units = units
        self.identity = identity
        self.lease = lease
    }

    /// Takes a free unit; if there is none, a unit whose holder is gone, or so slow that this worker would finish it sooner.
    func next() async throws -> Next {
        if listed.map({ ContinuousClock.now - $0 > .seconds(Self.listingAge) }) ?? true { try await list() }
        if let held = try await takeFree() { return .work(held) }
        // A unit that looked taken may have been released, and one that looked free may be done.
        try await list()
        if published.count >= units.count { return .done }
        if let held = try await takeFree() { return .work(held) }
        if let held = try await takeOver() { return .work(held) }
        return published.count + setAside.count >= units.count ? .done : .wait
    }

    /// Notes a unit that this worker has published.
    func finished(_ unit: WorkPlan.Unit, seconds: Double) {
        published.insert(unit.number)
        speed.bytes += Double(unit.bytes)
        speed.seconds += seconds
    }

    private func list() async throws {
        claimed = Set(try await store.list(prefix: ArchiveLayout.claimsPrefix(plan: plan)).compactMap { ArchiveLayout.unit(of: $0.key) })
        // Listed last: a unit that is published in between is claimed in any case.
        published = try await WorkPlan.published(plan, in: store)
        setAside = setAside.intersection(claimed).subtracting(published)
        listed = .now
    }

    /// Releases the units that are set aside.
    func retrySetAside() async throws {
        for object in try await store.list(prefix: ArchiveLayout.claimsPrefix(plan: plan)) {
            guard let found = try await store.version(of: object.key), Claim.read(found.bytes)?.isSetAside(age: found.age) == true else { continue }
            try await store.delete(object.key)
        }
    }

    private func takeFree() async throws -> HeldClaim? {
        while true {
            let free = units.lazy.map(\.number).filter { [claimed, published] in !claimed.contains($0) && !published.contains($0) }
            guard let unit = Array(free.prefix(Self.choice)).randomElement() else { return nil }
            claimed.insert(unit)
            if let held = try await write(claim(unit), replacing: nil) { return held }
        }
    }

    private func claim(_ unit: Int, from: String? = nil, deaths: Int? = nil) -> Claim {
        Claim(
            unit: unit, worker: identity.worker, host: identity.host, pid: identity.pid, from: from, lease: lease, renewals: 0, elapsed: 0,
            bytesDone: 0, rows: 0, deaths: deaths)
    }

    private func write(_ claim: Claim, replacing etag: String?) async throws -> HeldClaim? {
        let key = ArchiveLayout.claim(plan: plan, unit: claim.unit)
        do throws(StoreError) {
            let info =
                if let etag {
                    try await store.replace(key, claim.bytes, etag: etag)
                } else {
                    try await store.put(key, claim.bytes, ifAbsent: true)
                }
            return HeldClaim(store, key: key, claim: claim, etag: info.etag)
        } catch {
            guard error.code == .alreadyExists || error.code == .changed else { throw error }
            return nil
        }
    }

    private func takeOver() async throws -> HeldClaim? {
        let held = units.map(\.number).filter { claimed.contains($0) && !published.contains($0) && !setAside.contains($0) }
        for number in held.shuffled().prefix(Self.looks) {
            guard let found = try await store.version(of: ArchiveLayout.claim(plan: plan, unit: number)) else { continue }
            let holder = Claim.read(found.bytes)
            if holder?.isSetAside(age: found.age) == true {
                setAside.insert(number)
                continue
            }
            guard isFree(holder, age: found.age, unit: units[number]) else { continue }
            // It may have been published since the listing.
            guard try await !store.contains(ArchiveLayout.published(plan: plan, unit: number)) else { continue }
            let deaths = (holder?.deaths ?? 0) + (holder?.isAbandoned(age: found.age) == true ? 1 : 0)
            let own = claim(number, from: holder?.worker ?? "?", deaths: deaths > 0 ? deaths : nil)
            if let held = try await write(own, replacing: found.etag) { return held }
        }
        return nil
    }

    /// Whether a claim may be taken over.
    /// - Parameter age: seconds since its last renewal, by the store's clock.
    private func isFree(_ holder: Claim?, age: Double, unit: WorkPlan.Unit) -> Bool {
        guard let holder else { return age > lease + 1 }
        if holder.lease <= 0 || holder.isAbandoned(age: age) { return true }
        guard speed.seconds > 0 else { return false }
        return Claim.isStraggler(
            elapsed: holder.elapsed + age, bytesDone: holder.bytesDone, bytes: unit.bytes, own: Double(unit.bytes) * speed.seconds / speed.bytes)
    }
}

/// A claim of this worker.
actor HeldClaim {
    nonisolated let unit: Int
    private let store: any ObjectStore
    private let key: String
    private(set) var claim: Claim
    private var etag: String
    private let start = ContinuousClock.now
    /// Why the claim is no longer this worker's; `nil` while it is.
    private(set) var lost: String?

    init(_ store: any ObjectStore, key: String, claim: Claim, etag: String) {
        unit = claim.unit
        self.store = store
        self.key = key
        self.claim = claim
        self.etag = etag
    }

    nonisolated var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Rewrites the claim with the progress of the work.
    /// - Throws: errors of the store, after which the claim may still be this worker's.
    func renew(bytesDone: Int, rows: Int) async throws {
        guard lost == nil else { return }
        var renewed = claim
        renewed.renewals += 1
        renewed.elapsed = seconds
        renewed.bytesDone = bytesDone
        renewed.rows = rows
        try await write(renewed)
    }

    /// Releases the unit, so that another worker can take it at once.
    func release() async {
        guard lost == nil else { return }
        var released = claim
        released.renewals += 1
        released.lease = 0
        // If this fails, others wait for the lease to expire.
        try? await write(released)
    }

    private func write(_ new: Claim) async throws {
        do throws(StoreError) {
            etag = try await store.replace(key, new.bytes, etag: etag).etag
            claim = new
        } catch {
            guard error.code == .changed else { throw error }
            guard let found = try await store.version(of: key), let holder = Claim.read(found.bytes) else {
                lost = "its claim was deleted"
                return
            }
            // It may be a renewal of ours whose response was lost.
            if holder.worker == claim.worker, holder.from == claim.from, holder.renewals <= new.renewals {
                etag = found.etag
                claim = holder
            } else {
                lost = "\(holder.worker) has taken it over"
            }
        }
    }
}
