import CKernels

/// The best scores so far, each with a key. Of equal scores, the lower key is better.
///
/// Scores offered without keys get ascending ones, which must keep ascending from call to call.
struct TopScores {
    private var scores: [Float]
    private var keys: [Int64]
    private var count = 0

    /// - Parameter capacity: number of scores kept.
    init(capacity: Int) {
        scores = [Float](repeating: 0, count: capacity)
        keys = [Int64](repeating: 0, count: capacity)
    }

    /// Offers scores with the keys `firstKey`, `firstKey + 1`, …
    /// - Parameter allowed: one bit per key, for all keys from 0; nil for all.
    mutating func offer(
        _ new: UnsafeBufferPointer<Float>, firstKey: Int64, allowed: UnsafePointer<UInt64>? = nil
    ) {
        withHeap { heap in
            guard let base = new.baseAddress else { return }
            tk_scan_top_push(&heap, base, new.count, firstKey, nil, allowed)
        }
    }

    /// Offers scores with keys in any order.
    mutating func offer(_ new: UnsafeBufferPointer<Float>, keys: UnsafeBufferPointer<Int64>) {
        withHeap { heap in
            guard let base = new.baseAddress, let keyBase = keys.baseAddress, new.count == keys.count else { return }
            tk_scan_top_push(&heap, base, new.count, 0, keyBase, nil)
        }
    }

    /// Merges the scores of another one.
    mutating func merge(_ other: TopScores) {
        other.scores.withUnsafeBufferPointer { scores in
            other.keys.withUnsafeBufferPointer { keys in
                offer(
                    UnsafeBufferPointer(rebasing: scores[..<other.count]),
                    keys: UnsafeBufferPointer(rebasing: keys[..<other.count]))
            }
        }
    }

    /// Removes and returns all scores, best first.
    mutating func takeSorted() -> [(key: Int64, score: Float)] {
        withHeap { tk_scan_top_sort(&$0) }
        let sorted = (0..<count).map { (keys[$0], scores[$0]) }
        count = 0
        return sorted
    }

    private mutating func withHeap(_ body: (inout tk_scan_top) -> Void) {
        let capacity = scores.count
        let before = count
        count = scores.withUnsafeMutableBufferPointer { scores in
            keys.withUnsafeMutableBufferPointer { keys in
                var heap = tk_scan_top(
                    scores: scores.baseAddress, keys: keys.baseAddress, capacity: capacity, count: before)
                body(&heap)
                return heap.count
            }
        }
    }
}
