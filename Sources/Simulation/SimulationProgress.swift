/// Progress of a simulation.
public struct SimulationProgress: Hashable, Sendable {
    /// Number of days written so far.
    public var days: Int
    /// Number of days to write.
    public var totalDays: Int
    /// Number of option rows written so far.
    public var rows: Int
    /// Bytes of option files written so far.
    public var bytes: Int
}
