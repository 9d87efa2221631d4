import Foundation

/// Zeroed memory on a cache line boundary, freed with its last owner. Contents are shared: whoever holds the buffer may write it, and the layers
/// see to it that only one worker does.
final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int
    private let mapping: UnsafeMutableRawBufferPointer?

    /// Bytes it holds.
    var byteCount: Int { count * MemoryLayout<Element>.stride }

    init(count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        self.count = count
        mapping = HugePages.map(byteCount: bytes)
        if let start = mapping?.baseAddress {
            pointer = start.assumingMemoryBound(to: Element.self)
            return
        }
        let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        pointer = raw.assumingMemoryBound(to: Element.self)
    }

    deinit {
        if let mapping { HugePages.unmap(mapping) } else { pointer.deallocate() }
    }
}

/// Large zeroed memory in huge pages, where the system has any: weights are read from end to end for every batch, and with pages of 4 KiB much of
/// that time is spent on finding the pages, as is much of a model's start-up on making them.
private enum HugePages {
    static let byteCount = 2 << 20

    /// - Returns: `nil` for memory too small for them, and when the system refuses.
    static func map(byteCount bytes: Int) -> UnsafeMutableRawBufferPointer? {
        guard bytes >= byteCount else { return nil }
        #if os(Linux)
            // One page more, to begin on a page's boundary.
            let room = bytes + byteCount
            guard let start = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else {
                return nil
            }
            let ahead = (byteCount - Int(bitPattern: start) % byteCount) % byteCount
            if ahead > 0 { munmap(start, ahead) }
            let page = sysconf(Int32(_SC_PAGESIZE)), used = (bytes + page - 1) / page * page
            if room - ahead > used { munmap(start + ahead + used, room - ahead - used) }
            madvise(start + ahead, used, MADV_HUGEPAGE)
            return UnsafeMutableRawBufferPointer(start: start + ahead, count: used)
        #else
            return nil
        #endif
    }

    static func unmap(_ memory: UnsafeMutableRawBufferPointer) { munmap(memory.baseAddress, memory.count) }
}
