import Archive
import Foundation
import ObjectStore

/// Tells that a run has nothing to do without reading a source object: a run that left nothing undone leaves a digest of what it
/// was to do, which is its settings and the source's listing, and of the manifest's objects, in `control/settled`.
struct SettledSource {
    private let task: [String]

    init(_ files: SourceFiles, _ configuration: EmbeddingGenerationConfig) {
        var lines = [
            "years \(configuration.startYear.map(String.init) ?? "-") \(configuration.endYear.map(String.init) ?? "-")",
            "kinds \(configuration.kinds.map(\.rawValue).sorted())", "underlyings \(configuration.underlyings.sorted())",
            "max-rejected \(configuration.maxRejected)", "indices \(configuration.buildsIndices)", "models \(configuration.models.sorted())",
        ]
        for file in files.files { lines.append("\(file.key)\n\(file.size) \(file.etag)") }
        for (key, reason) in files.skipped.sorted(by: { $0.key < $1.key }) { lines.append("\(key)\n\(reason)") }
        task = lines
    }

    /// 64 hexadecimal digits.
    private func digest(_ manifest: Manifest) -> [UInt8] {
        let objects = manifest.objects.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value.sha256)" }
        return Array(ContentDigest.sha256(of: Array((task + objects).joined(separator: "\n").utf8)).utf8)
    }

    /// Leaves word that there is nothing to do, where it is not there already.
    func note(in store: any ObjectStore, manifest: Manifest) async throws {
        let digest = digest(manifest)
        if try await store.getIfThere(ArchiveLayout.settled) != digest { try await store.put(ArchiveLayout.settled, digest) }
    }

    /// The summary of the run that left nothing to do; `nil` when there may be something. The store's objects are compared
    /// with the manifest by their sizes.
    func summary(of store: any ObjectStore, manifest: Manifest) async throws -> GenerationSummary? {
        guard try await store.getIfThere(ArchiveLayout.settled) == digest(manifest),
            let known = manifest.objects[ArchiveLayout.summary], let bytes = try await store.getIfThere(ArchiveLayout.summary),
            // One that a run has written without coming to its manifest is not to be gone by.
            ContentDigest.sha256(of: bytes) == known.sha256
        else { return nil }
        let sizes = Dictionary(
            try await store.list(prefix: ArchiveLayout.root).map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first })
        guard manifest.objects.allSatisfy({ sizes[$0.key] == $0.value.size }) else { return nil }
        return try? JSONDecoder().decode(GenerationSummary.self, from: Data(bytes))
    }
}
