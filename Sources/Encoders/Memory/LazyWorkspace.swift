/// Activation memory of a worker.
protocol ActivationMemory: AnyObject {
    /// Maximum number of rows.
    var capacity: Int { get }
}

/// A worker's workspace for one encoder. It is made on first use and made again when more rows are needed. Used only by that
/// worker.
final class LazyWorkspace<Space: ActivationMemory>: @unchecked Sendable {
    private var space: Space?

    /// - Parameter make: makes a workspace for the given number of rows.
    func room(for rows: Int, _ make: (_ rows: Int) -> Space) -> Space {
        if let space, space.capacity >= rows { return space }
        let made = make(rows)
        space = made
        return made
    }
}
