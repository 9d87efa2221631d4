/// How far the fetching of a model is.
public struct PullProgress: Sendable, Equatable {
    /// Host that the file comes from.
    public let host: String
    /// The file being fetched.
    public let file: String
    /// Bytes of it that have arrived.
    public let receivedByteCount: Int
    /// Bytes it will have; `nil` when the server does not say.
    public let totalByteCount: Int?
}
