import Encoders
import Synchronization
import Tokenization

/// Joins the texts of several callers into batches for one encoder.
///
/// An idle encoder starts at once with all waiting texts. Behind a running batch, a second one starts as soon as the waiting texts
/// fill it, or after two milliseconds, so that the threads never wait for callers.
final class EmbeddingQueue: Sendable {
    /// Some texts of a request, and the continuation that awaits their vectors.
    private struct Item {
        let ticket: Int
        let tokens: TokenBatch
        let continuation: CheckedContinuation<[Float], any Error>
    }

    private struct State {
        var waiting: [Item] = []
        var waitingTokens = 0
        /// Batches being encoded.
        var batches = 0
        var nextTicket = 0
        var timer: Task<Void, Never>?
    }

    /// Tokens of a batch, unless a single text has more: a run of texts for each thread.
    let batchTokens: Int
    private let encoder: SentenceEncoder
    private let limit: Int
    private let metrics: ServerMetrics
    private let state = Mutex(State())

    /// The longest wait for other callers' texts.
    private static let patience = Duration.milliseconds(2)
    /// Batches that are encoded at the same time.
    private static let batchLimit = 2
    /// Parts of one request that wait at the same time, so that a large request does not keep small ones waiting.
    private static let partsAtOnce = 2
    private static let tokensPerRun = 256

    /// - Parameter limit: tokens that may wait.
    init(_ encoder: SentenceEncoder, limit: Int, metrics: ServerMetrics) {
        self.encoder = encoder
        self.limit = limit
        self.metrics = metrics
        batchTokens = Self.tokensPerRun * encoder.encoder.threads
    }

    /// Tokens that wait.
    var waitingTokens: Int { state.withLock { $0.waitingTokens } }

    /// Encodes the texts of a request.
    /// - Returns: `tokens.count` x dimension, in order.
    /// - Throws: `Problem.busy` when too many tokens wait; `EncoderError`; `CancellationError`.
    func encode(_ tokens: TokenBatch) async throws -> [Float] {
        let parts = Self.split(tokens, batchTokens)
        if parts.count == 1 { return try await encode(part: tokens) }
        var vectors: [Float] = []
        vectors.reserveCapacity(tokens.count * encoder.dimension)
        try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            var (started, next) = (0, 0)
            var early: [Int: [Float]] = [:]
            func start() {
                guard started < parts.count else { return }
                let (index, part) = (started, parts[started])
                group.addTask { (index, try await self.encode(part: part)) }
                started += 1
            }
            for _ in 0..<Self.partsAtOnce { start() }
            while let (index, part) = try await group.next() {
                early[index] = part
                while let part = early.removeValue(forKey: next) {
                    vectors += part
                    next += 1
                }
                start()
            }
        }
        return vectors
    }

    /// Divides a batch between texts into parts of about the same size.
    private static func split(_ tokens: TokenBatch, _ size: Int) -> [TokenBatch] {
        let count = (tokens.ids.count + size - 1) / size
        guard count > 1 else { return [tokens] }
        var parts: [TokenBatch] = []
        var part = TokenBatch()
        for text in 0..<tokens.count {
            let ids = tokens[text]
            let middle = Int(tokens.offsets[text]) + ids.count / 2
            if part.count > 0, part.ids.count + ids.count > size || middle * count >= (parts.count + 1) * tokens.ids.count {
                parts.append(part)
                part = TokenBatch()
            }
            part.append(ids)
        }
        if part.count > 0 { parts.append(part) }
        return parts
    }

    private func encode(part tokens: TokenBatch) async throws -> [Float] {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = state.withLock { state in
                    guard state.waitingTokens == 0 || state.waitingTokens + tokens.ids.count <= limit else { return false }
                    state.waiting.append(Item(ticket: ticket, tokens: tokens, continuation: continuation))
                    state.waitingTokens += tokens.ids.count
                    return true
                }
                guard isTaken else { return continuation.resume(throwing: Problem.busy) }
                // A cancellation that came before the item was queued has not found it.
                if Task.isCancelled { abandon(ticket) }
                fill()
            }
        } onCancel: {
            abandon(ticket)
        }
    }

    /// Drops a waiting item. An item in a batch is still encoded, and its vectors are discarded.
    private func abandon(_ ticket: Int) {
        let waiting = state.withLock { state -> Item? in
            guard let place = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            let item = state.waiting.remove(at: place)
            state.waitingTokens -= item.tokens.ids.count
            return item
        }
        waiting?.continuation.resume(throwing: CancellationError())
    }

    /// Starts as many batches as may run now.
    private func fill(waited: Bool = false) {
        while let batch = state.withLock({ take(&$0, waited: waited) }) { start(batch) }
    }

    /// The items of the next batch; `nil` when none may start.
    private func take(_ state: inout State, waited: Bool) -> [Item]? {
        guard !state.waiting.isEmpty, state.batches < Self.batchLimit else { return nil }
        if state.batches > 0, state.waitingTokens < batchTokens, !waited {
            if state.timer == nil {
                state.timer = Task {
                    try? await Task.sleep(for: Self.patience)
                    self.state.withLock { $0.timer = nil }
                    self.fill(waited: true)
                }
            }
            return nil
        }
        var (count, tokens) = (0, 0)
        for item in state.waiting {
            guard count == 0 || tokens + item.tokens.ids.count <= batchTokens else { break }
            count += 1
            tokens += item.tokens.ids.count
        }
        let items = Array(state.waiting.prefix(count))
        state.waiting.removeFirst(count)
        state.waitingTokens -= tokens
        state.batches += 1
        return items
    }

    private func start(_ items: [Item]) {
        var joined = items[0].tokens
        for item in items.dropFirst() { joined.append(item.tokens) }
        encoder.encoder.start(joined) { [joined] result in
            self.metrics.encoded(texts: joined.count, tokens: joined.ids.count)
            self.state.withLock { $0.batches -= 1 }
            // Start the next batch before answering, because the threads are idle.
            self.fill()
            switch result {
            case .failure(let error): for item in items { item.continuation.resume(throwing: error) }
            case .success(let vectors):
                var start = 0
                for item in items {
                    let end = start + item.tokens.count * self.encoder.dimension
                    item.continuation.resume(returning: items.count == 1 ? vectors : Array(vectors[start..<end]))
                    start = end
                }
            }
        }
    }
}

extension TokenBatch {
    /// Adds a text.
    mutating func append(_ text: some Collection<Int32>) {
        ids += text
        offsets.append(Int32(ids.count))
    }

    /// Adds the texts of another batch.
    mutating func append(_ other: TokenBatch) {
        let start = Int32(ids.count)
        ids += other.ids
        offsets += other.offsets.dropFirst().map { start + $0 }
    }
}
