/// Parts of an encoder under construction. Each part is written once by one worker, and read only after all workers have
/// finished.
final class UnfinishedLayers<Input, Layer, Heads>: @unchecked Sendable {
    var input: Input?
    var heads: Heads?
    let layers: UnsafeMutableBufferPointer<Layer?>

    init(layers count: Int) {
        layers = .allocate(capacity: count)
        layers.initialize(repeating: nil)
    }

    deinit {
        layers.deinitialize()
        layers.deallocate()
    }
}
