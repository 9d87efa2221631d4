import Dispatch
import Synchronization

/// Runs `body` for every slice on threads of their own, and returns their results in order. One slice runs on the calling
/// thread.
func concurrently<Value: Sendable>(_ slices: [Range<Int>], _ body: @Sendable (Range<Int>) -> Value) -> [Value] {
    guard slices.count > 1 else { return slices.map(body) }
    let values = Mutex<[Value?]>(Array(repeating: nil, count: slices.count))
    DispatchQueue.concurrentPerform(iterations: slices.count) { slice in
        let value = body(slices[slice])
        values.withLock { $0[slice] = value }
    }
    return values.withLock { $0.compactMap { $0 } }
}

extension Range<Int> {
    /// Divides this range into at most `count` ranges of about equal weight.
    /// - Parameter weight: of an element.
    func divided(into count: Int, weight: (Int) -> Int) -> [Range<Int>] {
        guard count > 1, self.count > 1 else { return isEmpty ? [] : [self] }
        let total = reduce(0) { $0 + weight($1) }
        var slices: [Range<Int>] = []
        var start = lowerBound
        var done = 0
        for element in self {
            done += weight(element)
            if done * count >= total * (slices.count + 1), slices.count + 1 < count {
                slices.append(start..<element + 1)
                start = element + 1
            }
        }
        if start < upperBound { slices.append(start..<upperBound) }
        return slices
    }
}
