/// A worker's memory for activations.
protocol ActivationMemory: AnyObject {
    /// Rows that it has room for.
    var capacity: Int { get }
}

/// A worker's workspace for one encoder, made when first needed and made anew when more rows come. Touched by that worker only.
final class LazyWorkspace<Space: ActivationMemory>: @unchecked Sendable {
    private var space: Space?

    /// - Parameter make: makes one for so many rows.
    func room(for rows: Int, _ make: (_ rows: Int) -> Space) -> Space {
        if let space, space.capacity >= rows { return space }
        let made = make(rows)
        space = made
        return made
    }
}
