import Archive
import Foundation
import MarketData
import ObjectStore

/// Detects that a run has nothing to do, without reading a source object. A run that left nothing undone stores a digest in
/// `control/settled`. The digest covers its task, that is, its settings and the source's listing, and the manifest's
/// objects.
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

    /// SHA-256, as 64 hexadecimal digits.
    private func digest(_ manifest: Manifest) -> [UInt8] {
        let objects = manifest.objects.sorted { $0.key < $1.key }.map { "\($0.key)\n\($0.value.sha256)" }
        return Array(ContentDigest.sha256(of: Array((task + objects).joined(separator: "\n").utf8)).utf8)
    }

    /// Records that there is nothing left to do, if this is not recorded already.
    func note(in store: any ObjectStore, manifest: Manifest) async throws {
        let digest = digest(manifest)
        if try await store.getIfThere(ArchiveLayout.settled) != digest { try await store.put(ArchiveLayout.settled, digest) }
    }

    /// The summary of the run that left nothing to do; `nil` if there may be something to do. Checks the sizes of the
    /// store's objects against the manifest.
    func summary(of store: any ObjectStore, manifest: Manifest) async throws -> GenerationSummary? {
        guard try await store.getIfThere(ArchiveLayout.settled) == digest(manifest),
            let known = manifest.objects[ArchiveLayout.summary], let bytes = try await store.getIfThere(ArchiveLayout.summary),
            // Ignore a summary from a run that did not get to save its manifest.
            ContentDigest.sha256(of: bytes) == known.sha256
        else { return nil }
        let sizes = Dictionary(
            try await store.list(prefix: ArchiveLayout.root).map { ($0.key, $0.size) }, uniquingKeysWith: { first, _ in first })
        guard manifest.objects.allSatisfy({ sizes[$0.key] == $0.value.size }) else { return nil }
        return try? JSONDecoder().decode(GenerationSummary.self, from: Data(bytes))
    }
}
