public import ObjectStore

/// Removes damaged objects, and those that depend on them, so that the next `tapedeck generate` makes them again from the
/// source. Until then, the store is smaller but intact.
///
/// Removing a batch also removes its inputs, their rejected rows and the year's indices; removing a ledger removes its year.
/// Parts, names and the manifest cannot be created again, because every batch depends on them.
///
/// A damaged segment of workers is unpublished, so that the next `tapedeck work` makes it again.
public struct StoreRepair: Sendable {
    /// What was taken out.
    public struct Outcome: Codable, Sendable {
        /// Objects, by key.
        public var dropped: [String]
        /// Source objects that the next run reads again, by key.
        public var inputs: [String]
    }

    private let store: any ObjectStore
    private let damaged: Set<String>
    /// Keys that publish damaged segments, and a damaged plan.
    private let published: Set<String>

    /// - Parameter damaged: the result of a verification. Hold the store's lock from before the verification until the repair is done.
    /// - Throws: `ArchiveError` when an object cannot be created again.
    public init(_ store: any ObjectStore, damaged: [VerificationReport.Damage]) throws {
        if let lost = damaged.first(where: { $0.mending == .restore }) {
            throw ArchiveError(
                "\(lost.key) in \(store.location.description) is damaged, and its content cannot be created again: restore it from a "
                    + "copy, or generate into a new store; nothing was changed")
        }
        self.store = store
        self.damaged = Set(damaged.filter { $0.mending != .work }.map(\.key))
        published = Set(damaged.filter { $0.mending == .work }.map { ArchiveLayout.publication(of: $0.key) ?? $0.key })
    }

    /// Removes what is damaged and what depends on it, and writes the manifest last.
    /// - Throws: `ArchiveError` when the ledger of a year cannot be read; errors of the store.
    public func run() async throws -> Outcome {
        for key in published.sorted() { try await store.delete(key) }
        guard !damaged.isEmpty else { return Outcome(dropped: published.sorted(), inputs: []) }
        let writer = try await StoreWriter(existing: store)
        let before = Set(writer.manifest.objects.keys)
        var inputs: [String] = []
        for year in Set(damaged.compactMap(ArchiveLayout.year(of:))).sorted() {
            inputs += try await mend(year, writer)
        }
        for key in damaged { writer.remove(key) }
        let after = Set(writer.manifest.objects.keys)
        try await writer.saveManifest()
        return Outcome(dropped: before.subtracting(after).union(published).sorted(), inputs: inputs.sorted())
    }

    /// - Returns: the source objects whose rows were removed.
    private func mend(_ year: Int, _ writer: StoreWriter) async throws -> [String] {
        let objects = writer.manifest.objects.keys.filter { ArchiveLayout.year(of: $0) == year }
        let isLedgerLost = [true, false].contains { damaged.contains(ArchiveLayout.checkpoint(year: year, complete: $0)) }
        guard !isLedgerLost, var ledger = try await writer.ledger(year: year) else {
            // No other object records which inputs the rows came from.
            for key in objects { writer.remove(key) }
            return []
        }
        ledger.settleRetirement { number in objects.contains(ArchiveLayout.batch(year: year, number: number)) }
        let batches = Set(objects.compactMap(StoreReader.BatchReference.init(key:)).filter { !damaged.contains($0.key) }.map(\.number))
        func quarantine(_ input: YearLedger.Input) -> String { ArchiveLayout.quarantine(source: input.key, year: year) }
        let refused = ledger.inputs.filter { damaged.contains(quarantine($0)) }
        let kept = batches.subtracting(refused.compactMap(\.batch))
        let lost = Set(
            ledger.inputs.filter { input in
                input.batch.map { !kept.contains($0) } ?? damaged.contains(quarantine(input))
            })
        guard !lost.isEmpty else { return [] }
        for number in Set(lost.compactMap(\.batch)) { writer.remove(ArchiveLayout.batch(year: year, number: number)) }
        for input in lost { writer.remove(quarantine(input)) }
        for model in writer.manifest.models.keys { writer.remove(ArchiveLayout.index(model: model, year: year)) }
        writer.remove(ArchiveLayout.underlyingDays(year: year))
        writer.remove(ArchiveLayout.descriptions(year: year))
        ledger.inputs.removeAll { lost.contains($0) }
        ledger.complete = false
        ledger.distinctDescriptions = nil
        try await writer.save(ledger)
        return lost.map(\.key)
    }
}
