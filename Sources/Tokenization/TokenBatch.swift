/// Token ids of several texts, end to end without padding.
public struct TokenBatch: Sendable, Equatable {
    /// All texts' ids in order; of one text: `[CLS]`, its pieces, `[SEP]`.
    public var ids: [Int32]
    /// Where each text starts in `ids`, and at the end the number of ids: one more entry than there are texts, the first is 0.
    public var offsets: [Int32]

    /// An empty batch, or one of the given ids and offsets.
    public init(ids: [Int32] = [], offsets: [Int32] = [0]) {
        self.ids = ids
        self.offsets = offsets
    }

    /// Number of texts.
    public var count: Int { max(offsets.count - 1, 0) }

    /// The ids of one text.
    public subscript(index: Int) -> ArraySlice<Int32> { ids[Int(offsets[index])..<Int(offsets[index + 1])] }

    /// Forgets the texts and keeps the memory.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        offsets.append(0)
    }
}
