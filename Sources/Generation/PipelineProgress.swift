/// How the stages of a run stand at a moment.
public struct PipelineProgress: Codable, Hashable, Sendable {
    /// A step that rows go through, in this order.
    public enum Stage: String, Codable, CaseIterable, Sendable {
        /// Files read, parsed and described.
        case read
        /// Rows of a batch sorted, and their distinct descriptions found.
        case sort
        /// New texts encoded with every model.
        case encode
        /// Batches compressed into files, and these digested.
        case write
        /// Files put into the store; checkpoints.
        case store
        /// Indices built.
        case index
    }

    /// Seconds of work by stage since the run began, summed over threads.
    public var seconds: [String: Double]
    /// Files being read or waiting, read, for those before them.
    public var filesInFlight: Int
    /// Batches by the stage they are in or wait for.
    public var batches: [String: Int]
    /// Bytes of memory that the process takes now.
    public var memory: Int
    /// Requests to source and store that were tried again since the run began.
    public var retries: Int
}
