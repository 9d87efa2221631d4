internal import Foundation

/// Decoded rows of any number of open batches, up to a limit; the oldest go first.
///
/// A limit in rows, because that is what a person can reckon with: some 60 bytes each.
public final class RowCache: @unchecked Sendable {
    private struct Key: Hashable {
        var batch: Int
        var block: Int
    }

    // All state is behind the lock.
    private let lock = NSLock()
    private let limit: Int
    private var held = 0
    private var blocks: [Key: (rows: any Sendable, count: Int)] = [:]
    private var order: [Key] = []
    private var oldest = 0
    private var batches = 0

    /// - Parameter rows: how many rows are kept at most; one block is kept in any case.
    public init(rows: Int = 8_000_000) { limit = rows }

    /// A number for a batch, never given twice.
    func register() -> Int {
        lock.withLock {
            batches += 1
            return batches
        }
    }

    func rows(of batch: Int, block: Int) -> (any Sendable)? {
        lock.withLock { blocks[Key(batch: batch, block: block)]?.rows }
    }

    func keep(_ rows: any Sendable, of batch: Int, block: Int, count: Int) {
        let key = Key(batch: batch, block: block)
        lock.withLock {
            guard blocks[key] == nil else { return }
            blocks[key] = (rows, count)
            order.append(key)
            held += count
            while held > limit, oldest < order.count - 1 {
                held -= blocks.removeValue(forKey: order[oldest])?.count ?? 0
                oldest += 1
            }
            // The list of those gone is cut off now and then, not at every step.
            if oldest > 1024 {
                order.removeFirst(oldest)
                oldest = 0
            }
        }
    }
}
