/// How far a simulation is.
public struct SimulationProgress: Hashable, Sendable {
    public var days: Int
    public var totalDays: Int
    /// Option rows written so far.
    public var rows: Int
    /// Bytes of option files written so far.
    public var bytes: Int
}
