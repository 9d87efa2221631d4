/// Counts of an open store's requests to a server, for monitoring a run.
public struct StoreStatistics: Sendable, Hashable {
    /// Requests sent, including retries.
    public var requests = 0
    /// Retries after a server error or a broken connection.
    public var retries = 0
    /// Bytes of objects received.
    public var bytesReceived = 0
    /// Bytes of objects sent.
    public var bytesSent = 0

    /// All counts are zero.
    public init() {}
}
