import Archive
import Base
package import ObjectStore

/// Event logs of a store's runs: JSON lines in objects `events/RUN/NNNNNN.jsonl`, called segments. Each segment starts with
/// a snapshot of the state after the previous segments, so that the last one gives the whole state and old ones can be
/// deleted.
package struct EventLog: Sendable {
    package let store: any ObjectStore
    /// Result of the last read, so that an unchanged log is not read again.
    private var latest: (segment: ObjectInfo, state: RunState)?

    package init(store: any ObjectStore) { self.store = store }

    static func key(run: String, segment: Int) -> String {
        "\(ArchiveLayout.eventsPrefix)\(run)/\(zeroPadded(segment, 6)).jsonl"
    }

    /// The last segment of every run, newest run last.
    func lastSegments() async throws(StoreError) -> [ObjectInfo] {
        var last: [Substring: ObjectInfo] = [:]
        for object in try await store.list(prefix: ArchiveLayout.eventsPrefix) {
            let names = object.key.dropFirst(ArchiveLayout.eventsPrefix.count).split(separator: "/")
            if names.count == 2, names[1].hasSuffix(".jsonl") { last[names[0]] = object }
        }
        return last.sorted { $0.key < $1.key }.map(\.value)
    }

    /// State of the newest run; `nil` if there is none.
    /// - Throws: `MonitoringError` when its log is damaged; errors of the store.
    package mutating func newestRun() async throws -> RunState? {
        guard let segment = try await lastSegments().last else { return nil }
        if let latest, latest.segment == segment { return latest.state }
        let state = try await state(segment)
        latest = (segment, state)
        return state
    }

    /// The newest runs that are still in the log, oldest first.
    /// - Parameter count: the number of runs to read.
    /// - Throws: `MonitoringError` when a log is damaged; errors of the store.
    package func runs(newest count: Int = RunRecorder.runLimit) async throws -> [RunState] {
        var runs: [RunState] = []
        try await orderedMap(try await lastSegments().suffix(count), width: Self.readsAtOnce) { segment in
            try await state(segment)
        } consume: { _, state in
            runs.append(state)
        }
        return runs
    }

    private static let readsAtOnce = 8

    private func state(_ segment: ObjectInfo) async throws -> RunState {
        guard let state = Self.fold(try await store.get(segment.key)) else {
            throw MonitoringError(
                "\(segment.key) in \(store.location.description) is damaged: none of its lines is an event; delete it")
        }
        return state
    }

    /// Replays the lines of one run; `nil` when no line can be read.
    package static func fold(_ lines: [UInt8]) -> RunState? {
        var state: RunState?
        var unread = 0
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            guard let record = try? JSONLine.decode(EventRecord.self, line) else {
                unread += 1
                continue
            }
            if state == nil { state = RunState(identity: record.identity, start: record.time) }
            state?.apply(record)
        }
        state?.unreadLines += unread
        return state
    }
}
