import Synchronization

/// Decoded columns of any number of open batches, up to a limit in bytes; the least recently used are evicted first.
public final class RowCache: Sendable {
    private struct Key: Hashable {
        var batch: Int
        var column: Int
        var block: Int
    }

    private struct Entry {
        var values: any Sendable
        var bytes: Int
        /// Whether it was used since the clock's hand last passed it.
        var isUsed: Bool
    }

    private struct State {
        var held = 0
        var entries: [Key: Entry] = [:]
        /// The clock algorithm (Corbató 1968): the keys in a ring, and the hand's place in it.
        var ring: [Key] = []
        var hand = 0
        var batches = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter bytes: the limit; at least one block is always kept.
    public init(bytes: Int = 192 << 20) { limit = bytes }

    /// A unique number for a batch.
    func register() -> Int {
        state.withLock { state in
            state.batches += 1
            return state.batches
        }
    }

    /// Whether values are cached; checking does not count as use.
    func holds(batch: Int, column: Int, block: Int) -> Bool {
        state.withLock { $0.entries[Key(batch: batch, column: column, block: block)] != nil }
    }

    func values(of batch: Int, column: Int, block: Int) -> (any Sendable)? {
        let key = Key(batch: batch, column: column, block: block)
        return state.withLock { state in
            guard state.entries[key] != nil else { return nil }
            state.entries[key]?.isUsed = true
            return state.entries[key]?.values
        }
    }

    func keep(_ values: any Sendable, of batch: Int, column: Int, block: Int, bytes: Int) {
        let key = Key(batch: batch, column: column, block: block)
        state.withLock { state in
            guard state.entries[key] == nil else { return }
            state.held += bytes
            while state.held > limit, !state.ring.isEmpty {
                if state.hand >= state.ring.count { state.hand = 0 }
                let candidate = state.ring[state.hand]
                if state.entries[candidate]?.isUsed == true {
                    state.entries[candidate]?.isUsed = false
                    state.hand += 1
                } else {
                    state.held -= state.entries.removeValue(forKey: candidate)?.bytes ?? 0
                    // The last entry takes its place in the ring, whose order does not matter.
                    state.ring.swapAt(state.hand, state.ring.count - 1)
                    state.ring.removeLast()
                }
            }
            state.entries[key] = Entry(values: values, bytes: bytes, isUsed: false)
            state.ring.append(key)
        }
    }
}
