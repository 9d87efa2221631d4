package import Foundation
package import Generation
package import Monitoring

/// A generation run that writes its events to the event log of its store, where `monitor`, `status` and `stop` find it.
package struct RecordedRun: Sendable {
    package let recorder: RunRecorder
    private let configuration: EmbeddingGenerationConfig

    /// - Parameters:
    ///   - follower: a file that gets every event as it happens.
    ///   - complain: gets a warning when the event log cannot be written. The run continues without it.
    package init(
        _ configuration: EmbeddingGenerationConfig, follower: FileHandle? = nil, complain: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        recorder = RunRecorder(follower: follower, describe: { ErrorText.describe($0) }, complain: complain) {
            try configuration.store.open(creating: false, environment: configuration.environment)
        }
    }

    /// Runs until the source is in the store, or until the request to stop.
    /// - Parameter report: gets events as they happen, from any thread.
    /// - Throws: as `EmbeddingGenerator.run(stop:report:)`.
    package func run(
        stop: StopRequest, report: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationSummary {
        let recorder = recorder
        return try await recorder.during {
            try await EmbeddingGenerator(configuration: configuration).run(stop: stop) { event in
                recorder.record(event)
                report(event)
            }
        }
    }
}
