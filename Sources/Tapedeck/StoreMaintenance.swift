public import Archive
public import Generation
package import ObjectStore

/// The outcome of a verification with repair.
public struct VerificationResult: Encodable, Sendable {
    /// Whether every object was read and is undamaged; before the repair.
    public let intact: Bool
    public let report: VerificationReport
    /// What the repair removed; `nil` if nothing was repaired.
    public let repaired: StoreRepair.Outcome?
}

extension Store {
    /// Verifies the store and, with `repairs`, removes damaged objects, so that the next run creates them again.
    ///
    /// Nothing is removed if an object could not be read.
    /// - Parameters:
    ///   - purpose: tells other writers who holds the lock during the repair.
    ///   - progress: gets the bytes done and the bytes in all.
    /// - Throws: `StoreError`, also when the store is locked; `ArchiveError`.
    public func verify(
        repairs: Bool, purpose: String = "repair", progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> VerificationResult {
        let lock = repairs ? try await self.lock(purpose: purpose) : nil
        defer { lock?.release() }
        return try await verifyLocked(repairs: repairs, progress: progress)
    }

    /// The lock of writers, which a repair needs.
    package func lock(purpose: String) async throws -> StoreLock { try await StoreLock.acquire(in: objects, purpose: purpose) }

    /// As `verify(repairs:purpose:progress:)`, for callers that hold the lock.
    package func verifyLocked(
        repairs: Bool, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> VerificationResult {
        let report = try await verify(progress: progress)
        // An object that could not be read may be intact, and so may those that refer to it.
        let isRepairable = repairs && report.unread.isEmpty && !report.damaged.isEmpty
        return VerificationResult(
            intact: report.isIntact, report: report,
            repaired: isRepairable ? try await StoreRepair(objects, damaged: report.damaged).run() : nil)
    }

    /// Removes objects that the manifest does not name, and leftovers of writers that died.
    /// - Parameter isTrial: only lists them.
    /// - Throws: `ArchiveError` where there is no store; errors of the store.
    public func collectGarbage(isTrial: Bool = false) async throws -> GarbageCollection {
        try await GarbageCollection.run(in: objects, isTrial: isTrial)
    }

    /// Rebuilds FAISS indices from the stored batches and parts.
    /// - Parameters:
    ///   - years: all when empty.
    ///   - models: by key; all when empty.
    ///   - report: gets each index when it is complete.
    /// - Throws: `ArchiveError`; errors of the store.
    @discardableResult
    public func rebuildIndices(
        years: Set<Int> = [], models: Set<String> = [], report: (IndexRebuild.Index) -> Void = { _ in }
    ) async throws -> [IndexRebuild.Index] {
        let built = try await IndexRebuild(objects, years: years, models: models).run(report: report)
        refresh()
        return built
    }
}
