import Foundation
public import ObjectStore

/// Removes unreferenced objects: those in the store's layout that the manifest does not name, and leftovers of writers that
/// died. Other objects do not belong to the store and stay.
public struct GarbageCollection: Codable, Sendable {
    public struct Item: Codable, Hashable, Sendable {
        public var key: String
        public var bytes: Int
    }

    /// What was removed, or would be, by key.
    public var removed: [Item]
    public var bytes: Int { removed.reduce(0) { $0 + $1.bytes } }

    /// - Parameter isTrial: removes nothing and takes no lock; unfinished objects of an active run then count as garbage.
    /// - Throws: `ArchiveError` when there is no store, or its manifest is damaged, so that garbage and content cannot be
    ///   distinguished; `StoreError` with code `.locked` while a writer is active.
    public static func run(in store: any ObjectStore, isTrial: Bool) async throws -> GarbageCollection {
        // Without a store there is nothing to lock, and taking the lock may remove the leftovers.
        _ = try await StoreReader.existingManifest(store)
        let leftovers = try await store.leftovers(isOwn: ArchiveLayout.isOwn)
        let lock = isTrial ? nil : try await StoreLock.acquire(in: store, purpose: "tapedeck gc")
        defer { lock?.release() }
        let manifest = try await StoreReader.existingManifest(store)
        let listed = try await store.list(prefix: ArchiveLayout.root)
        // Read after the listing, because a plan is older than its segments.
        let plan = try await currentPlan(store)
        let unnamed = listed.filter { object in
            if object.key.hasPrefix(ArchiveLayout.segmentsPrefix) {
                return plan.map { !object.key.hasPrefix(ArchiveLayout.segmentsPrefix(plan: $0)) } ?? true
            }
            return manifest.objects[object.key] == nil && ArchiveLayout.isObject(object.key)
        }
        if !isTrial {
            for object in unnamed { try await store.delete(object.key) }
            try await store.removeLeftovers(isOwn: ArchiveLayout.isOwn)
        }
        let items = (unnamed + leftovers).map { Item(key: $0.key, bytes: $0.size) }
        return GarbageCollection(removed: items.sorted { $0.key < $1.key })
    }

    /// The plan that workers follow; segments of other plans are garbage. Of a plan that cannot be read, all segments are kept.
    private static func currentPlan(_ store: any ObjectStore) async throws -> String? {
        struct Plan: Decodable { var id: String }
        guard let bytes = try await store.getIfThere(ArchiveLayout.workPlan) else { return nil }
        return (try? JSONDecoder().decode(Plan.self, from: Data(bytes)))?.id ?? ""
    }
}
