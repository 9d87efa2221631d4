/// Parts of an encoder while workers build them: each is written once by one worker, and read after all have ended.
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
