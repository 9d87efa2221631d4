/// Zeroed memory on a cache line boundary, freed with its last owner. Contents are shared: whoever holds the buffer may write it, and the layers
/// see to it that only one worker does.
final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int

    init(count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        pointer = raw.assumingMemoryBound(to: Element.self)
        self.count = count
    }

    deinit {
        pointer.deallocate()
    }
}
