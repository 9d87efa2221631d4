/// Counts of what an open store has asked of a server, for those who watch a run.
public struct StoreStatistics: Sendable, Hashable {
    /// Requests sent, further tries among them.
    public var requests = 0
    /// Requests that were tried again, after an error of the server or a broken connection.
    public var retries = 0
    /// Bytes of objects that came in.
    public var bytesReceived = 0
    /// Bytes of objects that went out.
    public var bytesSent = 0

    public init() {}
}
