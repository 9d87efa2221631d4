/// The best of many candidates: those with the highest values; of equal values, the first.
///
/// A heap of at most `limit` candidates whose root is the worst: O(log limit) for one that enters, O(1) for one that does not.
struct BestK<Element> {
    private var heap: [(value: Double, order: Int, element: Element)] = []
    private let limit: Int
    private var count = 0

    init(_ limit: Int) { self.limit = max(0, limit) }

    /// A candidate needs a value above this; any value suffices while there is room.
    var threshold: Double { heap.count < limit ? -.infinity : heap.first?.value ?? .infinity }

    /// NaN never enters.
    mutating func add(_ value: Double, _ element: @autoclosure () -> Element) {
        guard value > threshold || heap.count < limit && !value.isNaN else { return }
        count += 1
        let new = (value, count, element())
        if heap.count < limit {
            heap.append(new)
            var child = heap.count - 1
            while child > 0, isWorse(heap[child], heap[(child - 1) / 2]) {
                heap.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
        } else {
            heap[0] = new
            var parent = 0
            while true {
                var worst = parent
                for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isWorse(heap[child], heap[worst]) { worst = child }
                guard worst != parent else { break }
                heap.swapAt(parent, worst)
                parent = worst
            }
        }
    }

    private func isWorse(_ one: (value: Double, order: Int, element: Element), _ other: (value: Double, order: Int, element: Element)) -> Bool {
        one.value != other.value ? one.value < other.value : one.order > other.order
    }

    /// Best first.
    var sorted: [Element] { heap.sorted { isWorse($1, $0) }.map(\.element) }
}
