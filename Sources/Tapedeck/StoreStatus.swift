import Archive
import FoundationEssentials
public import Generation
package import Monitoring

/// What a store holds, and what its newest run is doing.
///
/// In JSON, the members of the summary are siblings of `run`.
public struct StoreStatus: Encodable, Sendable {
    /// With the segments that answers take in. `nil` before the first checkpoint of the first run, or the first unit of workers.
    public let summary: GenerationSummary?
    /// The newest run; `nil` if the event log names none.
    package let run: RunStatus?
    /// What the workers of the store do; `nil` for a store without a plan.
    package let work: WorkStatus?
    /// Segments of workers that answers take in; `nil` for a store without a plan.
    package let segments: Segments?
    /// Which rows of workers answers lack.
    package let notes: [String]

    /// Segments of workers that are read with the store.
    package struct Segments: Encodable, Sendable {
        package let count: Int
        package let rows: Int
    }

    private enum CodingKeys: String, CodingKey { case run, work, segments, notes }

    public func encode(to encoder: any Encoder) throws {
        try summary?.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(run, forKey: .run)
        try container.encodeIfPresent(work, forKey: .work)
        try container.encodeIfPresent(segments, forKey: .segments)
        if !notes.isEmpty { try container.encode(notes, forKey: .notes) }
    }
}

extension Store {
    /// What the store holds, and what its newest run is doing.
    /// - Throws: `ArchiveError` where there is no store; errors of the store.
    public func status() async throws -> StoreStatus {
        var log = EventLog(store: objects)
        let run = try await log.newestRun().map { RunStatus($0, now: .now) }
        let work = try await WorkStatus.read(objects)
        do {
            let archive = try await reader(models: [])
            return StoreStatus(
                summary: try await GenerationSummary.read(archive), run: run, work: work,
                segments: work == nil ? nil : StoreStatus.Segments(count: archive.segmentCount, rows: archive.segmentRows), notes: archive.notes)
        } catch  where run?.isAtWork == true || work != nil {
            // Before its first checkpoint, a run has stored nothing else; nor have workers before the first unit is done.
            return StoreStatus(summary: nil, run: run, work: work, segments: nil, notes: [])
        }
    }
}
