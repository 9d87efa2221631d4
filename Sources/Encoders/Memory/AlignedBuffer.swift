import Foundation
import Synchronization

/// Zeroed memory, aligned to a cache line and freed with its last owner. Contents are shared: any owner may write, and the
/// layers ensure that only one worker does.
final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int
    // Owner of the memory.
    private let owner: AnyObject

    /// Size in bytes.
    var byteCount: Int { count * MemoryLayout<Element>.stride }

    init(count: Int) {
        let memory = HugePages.allocate(byteCount: max(count, 1) * MemoryLayout<Element>.stride)
        self.count = count
        pointer = memory.start.assumingMemoryBound(to: Element.self)
        owner = memory.owner
    }
}

/// Zeroed memory, in huge pages if the system has any. Every batch reads the weights from end to end. With 4 KiB pages, much
/// of that time goes to page table walks, and much of a model's startup to page faults.
private enum HugePages {
    private static let pageBytes = 2 << 20
    /// Matrices smaller than a huge page share a block of several. A full block is freed with its last matrix; the newest
    /// block is kept.
    private static let blockBytes = 4 * pageBytes
    private static let shared = Mutex<(block: Mapping, used: Int)?>(nil)

    static func allocate(byteCount bytes: Int) -> (start: UnsafeMutableRawPointer, owner: AnyObject) {
        if bytes >= pageBytes, let mapping = Mapping(byteCount: bytes) { return (mapping.start, mapping) }
        if bytes >= 64 << 10, bytes < pageBytes {
            let found = shared.withLock { shared -> (start: UnsafeMutableRawPointer, owner: AnyObject)? in
                if shared.map({ $0.used + bytes > blockBytes }) ?? true { shared = Mapping(byteCount: blockBytes).map { ($0, 0) } }
                guard let (block, used) = shared else { return nil }
                shared = (block, (used + bytes + 63) / 64 * 64)
                return (block.start + used, block)
            }
            if let found { return found }
        }
        let heap = HeapMemory(byteCount: bytes)
        return (heap.start, heap)
    }

    private final class HeapMemory {
        let start: UnsafeMutableRawPointer

        init(byteCount: Int) {
            start = .allocate(byteCount: byteCount, alignment: 64)
            start.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }

        deinit { start.deallocate() }
    }

    /// Memory mapped from the system.
    private final class Mapping: @unchecked Sendable {
        let start: UnsafeMutableRawPointer
        private let byteCount: Int

        /// - Returns: `nil` when the system refuses.
        init?(byteCount bytes: Int) {
            #if os(Linux)
                // One extra page, so that the memory can start at a page boundary.
                let room = bytes + pageBytes
                guard let memory = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED else {
                    return nil
                }
                let ahead = (pageBytes - Int(bitPattern: memory) % pageBytes) % pageBytes
                if ahead > 0 { munmap(memory, ahead) }
                let page = sysconf(Int32(_SC_PAGESIZE)), used = (bytes + page - 1) / page * page
                if room - ahead > used { munmap(memory + ahead + used, room - ahead - used) }
                madvise(memory + ahead, used, MADV_HUGEPAGE)
                (start, byteCount) = (memory + ahead, used)
            #else
                return nil
            #endif
        }

        deinit { munmap(start, byteCount) }
    }
}
