package import Foundation
package import Generation
package import Monitoring

/// A worker of a store that writes its events to the store's event log, where `monitor` and `status` find it.
package struct RecordedWork: Sendable {
    package let recorder: RunRecorder
    private let worker: StoreWorker

    /// - Parameters:
    ///   - follower: a file that gets every event as it happens.
    ///   - complain: gets a warning when the event log cannot be written. The worker continues without it.
    package init(
        _ configuration: EmbeddingGenerationConfig, _ options: WorkOptions, follower: FileHandle? = nil,
        complain: @escaping @Sendable (String) -> Void
    ) {
        let identity = RunIdentity.worker()
        worker = StoreWorker(configuration: configuration, options: options, worker: RunIdentity.name(identity))
        recorder = RunRecorder(
            identity: identity, runLimit: RunRecorder.workerLimit, follower: follower, describe: { ErrorText.describe($0) }, complain: complain
        ) {
            try configuration.store.open(creating: false, environment: configuration.environment)
        }
    }

    /// Works until all units of the plan are published, or until the request to stop.
    /// - Parameter report: gets events as they happen, from any thread.
    /// - Throws: as `StoreWorker.run(stop:report:)`.
    package func run(
        stop: StopRequest, report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> WorkSummary {
        let (recorder, worker) = (recorder, worker)
        return try await recorder.during {
            try await worker.run(stop: stop) { event in
                recorder.record(event)
                report(event)
            }
        }
    }
}
