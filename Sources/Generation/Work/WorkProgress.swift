import Archive
package import ObjectStore

/// Progress of a store's workers, from the objects that they share.
package struct WorkProgress: Sendable {
    /// A claim on a unit that is not published.
    package struct Held: Sendable {
        package let claim: Claim
        /// Seconds since the last renewal, by the store's clock.
        package let age: Double

        /// Seconds since the holder began.
        package var elapsed: Double { claim.elapsed + age }
        /// Whether the holder has given no sign of life for longer than its lease.
        package var isExpired: Bool { age > claim.lease + 1 }
        /// Whether no worker takes the unit any more.
        package var isSetAside: Bool { claim.isSetAside(age: age) }
    }

    package let plan: WorkPlan
    /// Numbers of the units that are done.
    package let published: Set<Int>
    /// By unit.
    package let held: [Held]

    /// Sum of the bytes of the units that are done.
    package var publishedBytes: Int { plan.units.reduce(0) { $0 + (published.contains($1.number) ? $1.bytes : 0) } }

    /// - Returns: `nil` for a store without a plan.
    /// - Throws: `GenerationError` when the plan is damaged; errors of the store.
    package static func read(_ store: any ObjectStore) async throws -> WorkProgress? {
        guard let plan = try await WorkPlan.stored(in: store) else { return nil }
        let claimed = try await store.list(prefix: ArchiveLayout.claimsPrefix(plan: plan.id))
        let published = try await WorkPlan.published(plan.id, in: store)
        var held: [Held] = []
        for object in claimed {
            guard let unit = ArchiveLayout.unit(of: object.key), !published.contains(unit), plan.units.indices.contains(unit),
                let found = try await store.version(of: object.key), let claim = Claim.read(found.bytes), claim.lease > 0
            else { continue }
            held.append(Held(claim: claim, age: found.age))
        }
        return WorkProgress(plan: plan, published: published, held: held)
    }

    /// Units whose holders are slower than a worker of the given speed that began anew.
    /// - Parameter speed: bytes per second of the other workers; `nil` if unknown.
    package func stragglers(speed: Double?) -> Set<Int> {
        Set(
            held.filter { held in
                if held.isExpired { return true }
                guard let speed, speed > 0 else { return false }
                let bytes = plan.units[held.claim.unit].bytes
                return Claim.isStraggler(elapsed: held.elapsed, bytesDone: held.claim.bytesDone, bytes: bytes, own: Double(bytes) / speed)
            }.map(\.claim.unit))
    }
}
