/// Progress of a run's stages at one moment.
public struct PipelineProgress: Codable, Hashable, Sendable {
    /// A stage, in the order that rows pass through them.
    public enum Stage: String, Codable, CaseIterable, Sendable {
        /// Read, parse and describe files.
        case read
        /// Sort the rows of a batch and find their distinct descriptions.
        case sort
        /// Encode new texts with every model.
        case encode
        /// Compress batches into files and digest these.
        case write
        /// Put files into the store; save checkpoints.
        case store
        /// Build indices.
        case index
    }

    /// Seconds of work by stage since the run started, summed over threads.
    public var seconds: [String: Double]
    /// Number of files being read, or read and waiting for earlier files.
    public var filesInFlight: Int
    /// Number of batches by the stage that they are in or waiting for.
    public var batches: [String: Int]
    /// Current memory of the process, in bytes.
    public var memory: Int
    /// Retried requests to source and store since the run started.
    public var retries: Int
}
