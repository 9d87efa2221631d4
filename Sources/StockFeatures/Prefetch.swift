package import Base
import Foundation

extension MemoryMap {
    /// Asks the system to read the pages of a range in the background, so that later accesses find them in memory.
    ///
    /// Without it, each access to a page that is not in memory waits for the disk by itself, and reads its neighbours with it.
    /// - Parameter range: bytes; what lies outside of the file is left out.
    package func prefetch(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let low = max(0, range.lowerBound) / page * page, high = min(count, range.upperBound)
        guard low < high, let base = bytes.baseAddress else { return }
        // Advice only: where the system does not take it, the access reads the page.
        _ = madvise(UnsafeMutableRawPointer(mutating: base + low), high - low, MADV_WILLNEED)
    }
}
