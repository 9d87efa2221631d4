import ObjectStore
import Synchronization

/// Vectors that are kept once they are computed: the units of a worker have most of their texts in common.
final class RememberedVectors: PartVectors {
    private struct State {
        /// Positions in `vectors`, by text.
        var places: [ContentDigest.Prefix: Int] = [:]
        /// By model: texts x dimension.
        var vectors: [String: [Float]] = [:]
    }

    private let base: any PartVectors
    private let state = Mutex(State())
    /// Vectors kept per model, in bytes. If every description is a text (`joint`), few texts repeat.
    static let limit = 32 << 20

    init(_ base: any PartVectors) { self.base = base }

    func vectors(of texts: [String], models: Set<String>, batch: BatchOrigin?) async throws -> [String: [Float]] {
        let digests = texts.map(ContentDigest.Prefix.init(of:))
        let missing = state.withLock { state in texts.indices.filter { state.places[digests[$0]] == nil } }
        let computed = missing.isEmpty ? [:] : try await base.vectors(of: missing.map { texts[$0] }, models: models, batch: batch)
        // Another batch may have computed some of them in between; both have the same vectors.
        return state.withLock { state in
            var result: [String: [Float]] = [:]
            for model in models {
                let new = computed[model] ?? []
                let dimension = missing.isEmpty ? (state.vectors[model]?.count ?? 0) / max(1, state.places.count) : new.count / missing.count
                var vectors: [Float] = []
                vectors.reserveCapacity(texts.count * dimension)
                var next = 0
                for index in texts.indices {
                    if next < missing.count, missing[next] == index {
                        vectors += new[next * dimension..<(next + 1) * dimension]
                        next += 1
                    } else if let place = state.places[digests[index]], let known = state.vectors[model] {
                        vectors += known[place * dimension..<(place + 1) * dimension]
                    }
                }
                result[model] = vectors
            }
            for (position, index) in missing.enumerated() where state.places[digests[index]] == nil {
                guard models.allSatisfy({ (state.vectors[$0]?.count ?? 0) * 4 < Self.limit }) else { break }
                state.places[digests[index]] = state.places.count
                for model in models {
                    let new = computed[model] ?? []
                    let dimension = new.count / missing.count
                    state.vectors[model, default: []] += new[position * dimension..<(position + 1) * dimension]
                }
            }
            return result
        }
    }
}
