import Archive
package import Foundation
package import Generation
package import ObjectStore
import Synchronization

/// State and event log of this process's run. Recording an event only changes memory; a task writes to the store every two
/// seconds.
package final class RunRecorder: Sendable {
    /// Size in bytes at which a segment is closed.
    static let segmentSize = 64 << 10
    /// Number of segments to keep per run.
    static let segmentLimit = 8
    /// Number of runs to keep.
    package static let runLimit = 20
    /// Number of runs that a worker keeps: there may be many workers at once.
    package static let workerLimit = 500
    private static let flushInterval = 2.0
    private static let aliveInterval = 10.0

    private struct Content {
        var state: RunState
        /// Segments that are not yet completely stored, by number; the last one is still growing.
        var segments: [(number: Int, lines: [UInt8])] = [(0, [])]
        var isChanged = false
        var lastFlush = Date.distantPast
        /// Number of the oldest stored segment of this run.
        var oldest = 0
        var hasComplained = false
        var store: (any ObjectStore)?
    }

    private let content: Mutex<Content>
    private let identity: RunIdentity
    private let open: @Sendable () throws -> any ObjectStore
    private let follower: FileHandle?
    private let describe: @Sendable (any Error) -> String
    private let complain: @Sendable (String) -> Void
    private let runLimit: Int

    /// - Parameters:
    ///   - runLimit: number of runs whose logs are kept, with this one.
    ///   - follower: a file that receives every line as it is recorded.
    ///   - describe: converts an error to text.
    ///   - complain: called with one warning if the log cannot be written. The run continues without it.
    ///   - open: opens the store. Called after the run has started, so that a run that cannot start leaves no new store
    ///     behind.
    package init(
        identity: RunIdentity = .current(), runLimit: Int = RunRecorder.runLimit, follower: FileHandle? = nil,
        describe: @escaping @Sendable (any Error) -> String = { "\($0)" }, complain: @escaping @Sendable (String) -> Void,
        open: @escaping @Sendable () throws -> any ObjectStore
    ) {
        self.identity = identity
        self.runLimit = runLimit
        self.follower = follower
        self.describe = describe
        self.complain = complain
        self.open = open
        content = Mutex(Content(state: RunState(identity: identity, start: .now)))
    }

    /// Current state of the run.
    package var state: RunState { content.withLock(\.state) }

    /// Records an event. May be called from any thread.
    package func record(_ event: GenerationEvent) {
        if let event = RunEvent(event) { record(event) }
    }

    /// Records a run from its first event to its end, whatever the outcome.
    /// - Throws: errors of `run`.
    package func during<Value: Sendable>(_ run: @Sendable () async throws -> Value) async throws -> Value {
        let writing = Task { await write() }
        let result: Result<Value, any Error>
        do {
            result = .success(try await run())
        } catch {
            result = .failure(error)
        }
        writing.cancel()
        await writing.value
        if state.run != nil {
            switch result {
            case .success: record(.ended(outcome: .finished, message: nil))
            case .failure(let error) where error is GenerationStopped: record(.ended(outcome: .stopped, message: nil))
            case .failure(let error): record(.ended(outcome: .failed, message: describe(error)))
            }
            await flush()
        }
        return try result.get()
    }

    func record(_ event: RunEvent, at time: Date = .now) {
        let line = content.withLock { content -> [UInt8] in
            let record = EventRecord(time: time, identity: identity, event: event)
            content.state.apply(record)
            guard let line = try? JSONLine.encode(record) else { return [] }
            if let segment = content.segments.last, segment.lines.count + line.count > Self.segmentSize {
                let snapshot = EventRecord(time: time, identity: identity, event: .snapshot(state: content.state))
                content.segments.append((segment.number + 1, (try? JSONLine.encode(snapshot)) ?? []))
                // Each segment contains the state of all earlier ones.
                content.segments = content.segments.suffix(Self.segmentLimit)
            } else {
                content.segments[content.segments.count - 1].lines += line
            }
            content.isChanged = true
            return line
        }
        try? follower?.write(contentsOf: line)
    }

    /// Writes the log until it is cancelled.
    private func write() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            let now = Date.now
            let (isBegun, isDue, isQuiet) = content.withLock { content in
                (
                    content.state.run != nil, content.isChanged && now.timeIntervalSince(content.lastFlush) >= Self.flushInterval,
                    now.timeIntervalSince(content.state.lastSign) >= Self.aliveInterval
                )
            }
            guard isBegun, !Task.isCancelled else { continue }
            if isQuiet { record(.alive) }
            if isDue || isQuiet { await flush() }
        }
    }

    private func flush() async {
        let (segments, isFirst) = content.withLock { content in
            defer {
                content.isChanged = false
                content.lastFlush = .now
                content.segments = content.segments.suffix(1)
            }
            return (content.segments, content.lastFlush == .distantPast)
        }
        do {
            let store = try openedStore()
            if isFirst { try await removeOldRuns(store) }
            for segment in segments { try await store.put(EventLog.key(run: identity.run, segment: segment.number), segment.lines) }
            for number in expired() { try await store.delete(EventLog.key(run: identity.run, segment: number)) }
        } catch {
            let isNew = content.withLock { content in
                defer { content.hasComplained = true }
                return !content.hasComplained
            }
            if isNew { complain("warning: cannot write the event log; the run continues without it: \(describe(error))") }
        }
    }

    /// The store; one connection for the whole run.
    private func openedStore() throws -> any ObjectStore {
        if let store = content.withLock(\.store) { return store }
        let store = try open()
        content.withLock { $0.store = store }
        return store
    }

    /// Numbers of this run's segments beyond the limit.
    private func expired() -> Range<Int> {
        content.withLock { content in
            let newest = content.segments.last?.number ?? 0
            let oldest = content.oldest
            content.oldest = max(oldest, newest + 1 - Self.segmentLimit)
            return oldest..<content.oldest
        }
    }

    private func removeOldRuns(_ store: any ObjectStore) async throws {
        let objects = try await store.list(prefix: ArchiveLayout.eventsPrefix)
        let runs = Dictionary(grouping: objects) { object in
            object.key.dropFirst(ArchiveLayout.eventsPrefix.count).prefix { $0 != "/" }
        }
        // Leave room for this run.
        for (_, objects) in runs.sorted(by: { $0.key < $1.key }).dropLast(runLimit - 1) {
            for object in objects { try await store.delete(object.key) }
        }
    }
}
