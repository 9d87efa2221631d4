/// Progress of fetching a model.
public struct PullProgress: Sendable, Equatable {
    /// Host that the file comes from.
    public let host: String
    /// The file being fetched.
    public let file: String
    /// Bytes received.
    public let receivedByteCount: Int
    /// Total bytes; `nil` if the server does not state them.
    public let totalByteCount: Int?
}
