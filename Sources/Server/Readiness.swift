import Foundation
import Logging
import Synchronization
import Encoders
import Tapedeck

/// Loads the models and the store, and reports whether they are loaded.
final class Readiness: Sendable {
    enum State: Sendable {
        case loading
        case ready(EmbeddingsService)
        /// The last attempt failed; a retry follows.
        case failed
    }

    private let current = Mutex(State.loading)
    private static let pause = Duration.seconds(5)

    var state: State { current.withLock { $0 } }

    /// The loaded embeddings service.
    /// - Throws: `Problem.loading` until everything is loaded.
    func embeddings() throws -> EmbeddingsService {
        guard case .ready(let service) = state else { throw Problem.loading }
        return service
    }

    /// Retries until loading succeeds, because an unreachable store may become reachable again.
    func load(_ store: Store, _ logger: Logger, service: @Sendable ([String: SentenceEncoder]) -> EmbeddingsService) async {
        while !Task.isCancelled {
            do {
                let start = ContinuousClock.now
                let models = try await store.load()
                let ready = service(try await store.sentenceEncoders())
                current.withLock { $0 = .ready(ready) }
                logger.info(
                    "ready",
                    metadata: [
                        "models": "\(models.joined(separator: ","))", "ms": "\(Int((ContinuousClock.now - start) / .milliseconds(1)))",
                    ])
                return
            } catch {
                current.withLock { $0 = .failed }
                logger.error("cannot load", metadata: ["error": "\(ErrorText.describe(error))"])
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
