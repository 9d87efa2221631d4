import Base
import Foundation
import MarketData
package import ObjectStore
import Synchronization

/// A unit that is done: `segments/PLAN/published/UNIT.json`.
package struct PublishedSegment: Codable, Hashable, Sendable {
    package var unit: Int
    /// Where the segment is.
    package var attempt: String
    /// Who made it.
    package var worker: String
    /// The segment's manifest; `nil` if no input could be used.
    package var manifest: Manifest.Object?
    /// Rows of the inputs, including rejected ones.
    package var rows: Int
    package var bytes: Int
    /// From the claim to the publication.
    package var seconds: Double
    /// Inputs that could not be used, with the reason.
    package var failures: [String: String]

    package init(
        unit: Int, attempt: String, worker: String, manifest: Manifest.Object?, rows: Int, bytes: Int, seconds: Double, failures: [String: String]
    ) {
        self.unit = unit
        self.attempt = attempt
        self.worker = worker
        self.manifest = manifest
        self.rows = rows
        self.bytes = bytes
        self.seconds = seconds
        self.failures = failures
    }

    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
}

/// A published segment: the rows of a unit's inputs, in the layout of a store.
package struct StoredSegment: Sendable {
    package let published: PublishedSegment
    package let store: PrefixedStore
    /// `nil` if no input could be used.
    package let manifest: Manifest?
    /// `nil` if no input could be used.
    package let ledger: YearLedger?

    /// Opens the segment of a unit.
    /// - Throws: `ArchiveError` when it is damaged; errors of the store, `.notFound` when it is not published.
    package init(plan: String, unit: Int, in base: any ObjectStore) async throws {
        let key = ArchiveLayout.published(plan: plan, unit: unit)
        let content = try await base.get(key)
        guard let published = try? JSONDecoder().decode(PublishedSegment.self, from: Data(content)) else {
            throw ArchiveError("\(key) in \(base.location) is damaged; delete it, and run `tapedeck work` again")
        }
        self.published = published
        store = PrefixedStore(base, prefix: ArchiveLayout.segmentPrefix(plan: plan, unit: unit, attempt: published.attempt))
        guard let expected = published.manifest else {
            (manifest, ledger) = (nil, nil)
            return
        }
        let bytes = try await store.get(ArchiveLayout.manifest)
        guard ContentDigest.sha256(of: bytes) == expected.sha256 else { throw Self.damaged(store, key, "its manifest has changed") }
        let manifest = try StoreReader.manifest(bytes, of: store)
        guard let year = manifest.ledgerYears.first, let ledger = try await StoreReader.readLedger(store, manifest: manifest, year: year) else {
            throw Self.damaged(store, key, "it has no ledger")
        }
        (self.manifest, self.ledger) = (manifest, ledger)
    }

    /// The plan of a store; `nil` where there is none.
    /// - Throws: `ArchiveError` when it is damaged; errors of the store.
    package static func plan(of store: any ObjectStore) async throws -> String? { try await PlanSegments.Plan.read(store)?.id }

    /// - Parameter key: of the object that publishes the segment.
    package static func damaged(_ store: PrefixedStore, _ key: String, _ problem: String) -> ArchiveError {
        ArchiveError("the segment at \(store.location) is damaged: \(problem); delete \(key), and run `tapedeck work` again")
    }
}

/// The published segments of a store's plan.
struct PlanSegments: Sendable {
    /// Why a segment is not part of answers.
    enum Obstacle: CaseIterable {
        /// Some of its inputs are compacted and others are not, or they replace stored ones.
        case partlyCompacted
        /// It has other descriptions or models than the store.
        case otherSettings
    }

    /// The part of a plan that readers need.
    struct Plan: Decodable {
        var id: String
        var names: Data?

        /// - Returns: `nil` where there is no plan.
        /// - Throws: `ArchiveError` when it is damaged; errors of the store.
        static func read(_ store: any ObjectStore) async throws -> Plan? {
            guard let bytes = try await store.getIfThere(ArchiveLayout.workPlan) else { return nil }
            guard let plan = try? JSONDecoder().decode(Plan.self, from: Data(bytes)) else {
                throw ArchiveError("\(ArchiveLayout.workPlan) in \(store.location) is damaged; delete it, and start the workers again")
            }
            return plan
        }
    }

    /// The file of company names of the plan.
    private(set) var names: [UInt8]?
    /// In the order of their units.
    private(set) var segments: [StoredSegment] = []
    /// Segments that cannot be read, by the key that publishes them, and a plan that cannot be read.
    private(set) var damages: [(key: String, error: ArchiveError)] = []

    private static let opensAtOnce = 16
    /// Number of times to repeat a listing if a compaction has removed segments meanwhile.
    private static let attempts = 3

    /// Reads the segments of a store's plan; none without a plan. Read them before the store's manifest: a unit that is compacted
    /// meanwhile is then in both, and counts once.
    /// - Throws: errors of the store.
    static func read(_ store: any ObjectStore) async throws -> PlanSegments {
        for _ in 1..<attempts {
            do {
                return try await readOnce(store)
            } catch let error as StoreError where error.code == .notFound && !error.key.isEmpty {
                continue
            }
        }
        return try await readOnce(store)
    }

    private static func readOnce(_ store: any ObjectStore) async throws -> PlanSegments {
        var result = PlanSegments()
        let plan: Plan
        do {
            guard let found = try await Plan.read(store) else { return result }
            plan = found
        } catch let error as ArchiveError {
            result.damages.append((ArchiveLayout.workPlan, error))
            return result
        }
        result.names = plan.names.map { Array($0) }
        let units = try await store.list(prefix: ArchiveLayout.publishedPrefix(plan: plan.id)).compactMap { ArchiveLayout.unit(of: $0.key) }
        try await orderedMap(units.sorted(), width: opensAtOnce) { unit -> Result<StoredSegment, ArchiveError> in
            do {
                return .success(try await StoredSegment(plan: plan.id, unit: unit, in: store))
            } catch let error as ArchiveError {
                return .failure(error)
            }
        } consume: { unit, segment in
            switch segment {
            case .success(let segment): result.segments.append(segment)
            case .failure(let error): result.damages.append((ArchiveLayout.published(plan: plan.id, unit: unit), error))
            }
        }
        return result
    }

    /// The segments that a store lacks.
    /// - Parameters:
    ///   - manifest: the store's; `nil` for a store with segments only.
    ///   - ledgers: the store's, by year.
    /// - Returns: segments that can be read with the store, and those that must be compacted first, with the reason.
    func uncompacted(
        by manifest: Manifest?, _ ledgers: [Int: YearLedger]
    ) -> (readable: [StoredSegment], waiting: [(segment: StoredSegment, obstacle: Obstacle)]) {
        var readable: [StoredSegment] = []
        var waiting: [(StoredSegment, Obstacle)] = []
        var wanted = manifest
        for segment in segments {
            guard let own = segment.manifest, let ledger = segment.ledger, ledger.inputs.contains(where: { $0.batch != nil }) else { continue }
            let (known, same) = Self.stored(ledger.inputs, manifest, ledgers[ledger.year])
            if same == ledger.inputs.count { continue }
            let expected = wanted ?? own
            wanted = expected
            if known > 0 {
                waiting.append((segment, .partlyCompacted))
            } else if own.descriptions != expected.descriptions || own.simulated != expected.simulated
                || expected.models.contains(where: { own.models[$0.key] != $0.value })
            {
                waiting.append((segment, .otherSettings))
            } else {
                readable.append(segment)
            }
        }
        return (readable, waiting)
    }

    /// For how many inputs the store has rows of the same day or symbol, and how many of these inputs are identical.
    private static func stored(_ inputs: [YearLedger.Input], _ manifest: Manifest?, _ ledger: YearLedger?) -> (known: Int, same: Int) {
        guard let manifest, var ledger else { return (0, 0) }
        func isNamed(_ batch: Int) -> Bool { manifest.objects[ArchiveLayout.batch(year: ledger.year, number: batch)] != nil }
        ledger.settleRetirement(isNamed)
        let stored = ledger.inputs.filter { $0.batch.map(isNamed) ?? true }
        let tags = Dictionary(stored.map { ($0.key, $0.etag) }, uniquingKeysWith: { first, _ in first })
        let layout = SourceLayout()
        let contents = Set(stored.map { layout.content(of: $0.key) })
        return (
            inputs.count { tags[$0.key] != nil || contents.contains(layout.content(of: $0.key)) }, inputs.count { tags[$0.key] == $0.etag }
        )
    }

    /// Notes for answers that lack segments; empty if they lack none.
    func notes(waiting: [(segment: StoredSegment, obstacle: Obstacle)]) -> [String] {
        var notes: [String] = []
        for obstacle in Obstacle.allCases {
            let lacking = waiting.filter { $0.obstacle == obstacle }.map(\.segment)
            guard !lacking.isEmpty else { continue }
            let rows = lacking.reduce(0) { $0 + ($1.ledger?.inputs.reduce(0) { $0 + $1.searchable } ?? 0) }
            let reason =
                switch obstacle {
                case .partlyCompacted: "their inputs are partly compacted, or replace inputs of the store"
                case .otherSettings: "they have other descriptions or models than the store"
                }
            notes.append(
                "this answer lacks \(rows) rows of \(lacking.count == 1 ? "a segment" : "\(lacking.count) segments") of workers, because \(reason); "
                    + "`tapedeck compact` adds them")
        }
        return notes + damages.map { "this answer lacks the rows of a segment of workers: \($0.error.description)" }
    }
}

/// Detects changes of the objects that questions read: the manifest, or the published segments of the plan.
package final class StoreWatch: Sendable {
    private let store: any ObjectStore
    // The plan lists the whole source, so it is read only once.
    private let plan = Mutex<(etag: String, id: String)?>(nil)

    package init(_ store: any ObjectStore) { self.store = store }

    /// Identifies the current content. Costs two requests, and a third for a store with a plan.
    /// - Throws: errors of the store.
    package func version() async throws -> String {
        let manifest = try await store.headIfThere(ArchiveLayout.manifest)?.etag ?? ""
        // A listing, because S3 answers HEAD of a missing object without saying whether the bucket is missing, which takes a second request.
        let plan = try await store.list(prefix: ArchiveLayout.workPlan).first { $0.key == ArchiveLayout.workPlan }
        guard let plan, let id = await planID(plan.etag) else { return manifest }
        // Published segments stay until their plan is removed.
        let published = try await store.list(prefix: ArchiveLayout.publishedPrefix(plan: id)).count
        return "\(manifest) \(id) \(published)"
    }

    /// - Returns: `nil` for a plan that cannot be read; opening the store reports that.
    private func planID(_ etag: String) async -> String? {
        if let known = plan.withLock({ $0 }), known.etag == etag { return known.id }
        guard let id = try? await PlanSegments.Plan.read(store)?.id else { return nil }
        plan.withLock { $0 = (etag, id) }
        return id
    }
}
