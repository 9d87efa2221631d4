import Base
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The local cache of the Hugging Face hub, shared by all its tools: `models--{org}--{name}/{blobs,refs,snapshots}` in one
/// folder (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
public struct HubCache: Sendable {
    /// Path of the cache's folder.
    public let path: String

    /// Uses the cache in the folder `path`.
    public init(path: String) { self.path = path }

    /// Uses the cache that the environment names: `HF_HUB_CACHE`, else `HF_HOME`/hub, else `huggingface/hub` under
    /// `XDG_CACHE_HOME` or `~/.cache`.
    public init(environment: [String: String]) {
        if let folder = environment.nonEmpty("HF_HUB_CACHE") ?? environment.nonEmpty("HUGGINGFACE_HUB_CACHE") {
            path = expandingTilde(folder, environment)
        } else if let home = environment.nonEmpty("HF_HOME") {
            path = expandingTilde(home, environment) + "/hub"
        } else {
            path = cacheHome(environment) + "/huggingface/hub"
        }
    }

    /// Folder of a model's blobs, refs and snapshots.
    package func folder(hubID: String) -> String {
        path + "/models--" + hubID.split(separator: "/").joined(separator: "--")
    }

    /// Folder of a model's files at a revision; `nil` if no tool has fetched it.
    /// - Parameters:
    ///   - hubID: `org/name`.
    ///   - revision: a branch or tag, as recorded under `refs`, or a full commit hash.
    package func snapshot(hubID: String, revision: String = "main") -> String? {
        let folder = folder(hubID: hubID)
        var commit = revision
        if let file = try? MemoryMap.modelFile(folder + "/refs/" + revision), file.bytes.count <= 256 {
            commit = String(decoding: file.bytes, as: UTF8.self).filter { !$0.isWhitespace }
        }
        guard !commit.isEmpty, !commit.contains("/"), !commit.hasPrefix(".") else { return nil }
        let snapshot = folder + "/snapshots/" + commit
        return FileSystem.isFolder(snapshot) ? snapshot : nil
    }
}

extension [String: String] {
    /// Value of a variable that is set and not empty.
    package func nonEmpty(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }
}

/// `XDG_CACHE_HOME`, or `.cache` in the home folder.
package func cacheHome(_ environment: [String: String]) -> String {
    if let folder = environment.nonEmpty("XDG_CACHE_HOME") { return expandingTilde(folder, environment) }
    return homeFolder(environment) + "/.cache"
}

private func homeFolder(_ environment: [String: String]) -> String {
    environment.nonEmpty("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
}

private func expandingTilde(_ path: String, _ environment: [String: String]) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return homeFolder(environment) + path.dropFirst()
}
