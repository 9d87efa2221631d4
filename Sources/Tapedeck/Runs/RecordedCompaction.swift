package import Foundation
package import Generation
package import Monitoring
package import ObjectStore

/// A compaction that writes its events to the event log of its store.
package struct RecordedCompaction: Sendable {
    package let recorder: RunRecorder
    private let store: StoreLocation
    private let memoryLimit: Int?
    private let maxWorkers: Int
    private let environment: [String: String]

    /// - Parameters:
    ///   - memoryLimit: memory limit in bytes; half of the machine's memory if `nil`.
    ///   - environment: how S3 is reached, in the variables of docs/configuration.md.
    ///   - follower: a file that gets every event as it happens.
    ///   - complain: gets a warning when the event log cannot be written. The compaction continues without it.
    package init(
        _ store: StoreLocation, memoryLimit: Int?, maxWorkers: Int, environment: [String: String], follower: FileHandle? = nil,
        complain: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.memoryLimit = memoryLimit
        self.maxWorkers = maxWorkers
        self.environment = environment
        recorder = RunRecorder(follower: follower, describe: { ErrorText.describe($0) }, complain: complain) {
            try store.open(creating: false, environment: environment)
        }
    }

    /// Compacts the years that are complete.
    /// - Parameter report: gets events as they happen, from any thread.
    /// - Throws: as `SegmentCompaction.run(stop:report:)`.
    package func run(
        stop: StopRequest, report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> SegmentCompaction.Outcome {
        let compaction = SegmentCompaction(
            try store.open(creating: false, environment: environment), memoryLimit: memoryLimit, maxWorkers: maxWorkers, environment: environment)
        let recorder = recorder
        return try await recorder.during {
            try await compaction.run(stop: stop) { event in
                recorder.record(event)
                report(event)
            }
        }
    }
}
