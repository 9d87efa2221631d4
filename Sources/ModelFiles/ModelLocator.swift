import Base
#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Finds model folders on this machine.
public struct ModelLocator: Sendable {
    /// The environment; only the variables named below are read.
    public let environment: [String: String]

    /// Creates a locator; by default for the environment of this process.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.environment = environment
    }

    /// The Hugging Face hub's cache, shared with other tools.
    public var hubCache: HubCache { HubCache(environment: environment) }

    /// This program's own cache for models from other sources than the hub: `tapedeck/models` under `XDG_CACHE_HOME` or
    /// `~/.cache`.
    public var ownCache: String { cacheHome(environment) + "/tapedeck/models" }

    /// Opens a model by its key (`minilm`), its name on the hub (`org/name`) or the path of its folder (with a leading `/`,
    /// `./` or `../`).
    ///
    /// Search order: `TAPEDECK_MODELS`/key, the hub's cache, this program's own cache. The user asked for a folder in
    /// `TAPEDECK_MODELS`, so if it exists but is incomplete, that is an error.
    /// - Throws: `ModelFileError`: `.notFound` with the places searched and how to get the model, or the reason its folder
    ///   cannot be used.
    public func model(_ name: String) throws(ModelFileError) -> LocatedModel {
        if name.hasPrefix("/") || name.hasPrefix("./") || name.hasPrefix("../") {
            let folder = try ModelFolder(path: name)
            return LocatedModel(name: name, model: nil, folder: folder)
        }
        let model = CatalogModel.named(name)
        let hubID = model?.hubID ?? (Self.isHubID(name) ? name : nil)
        guard model != nil || hubID != nil else {
            let keys = CatalogModel.all.map(\.key).joined(separator: ", ")
            throw ModelFileError(
                .notFound, name,
                "unknown model; the known ones are \(keys), and any other of the BERT family "
                    + "by its name on the hub (org/name) or the path of its folder (./folder)")
        }
        let (candidates, explicit) = candidates(model: model, hubID: hubID)
        var searched: [String] = []
        for path in candidates where FileSystem.isFolder(path) {
            if path != explicit, let missing = ModelFolder.missingFile(in: path) {
                searched.append("\(path) (it has no \(missing))")
                continue
            }
            let folder = try ModelFolder(path: path, model: model)
            return LocatedModel(name: model?.key ?? name, model: model, folder: folder)
        }
        searched += candidates.filter { !FileSystem.isFolder($0) }
        throw ModelFileError(
            .notFound, name,
            "not on this machine; get it with `tapedeck models pull \(model?.key ?? name)`, or put its folder into "
                + "TAPEDECK_MODELS. Searched: " + searched.joined(separator: ", "))
    }

    /// Possible folders of a model, in search order, and the one that the user named explicitly.
    private func candidates(model: CatalogModel?, hubID: String?) -> (paths: [String], explicit: String?) {
        var paths: [String] = []
        var explicit: String?
        if let root = environment.nonEmpty("TAPEDECK_MODELS"), let name = model?.key ?? hubID {
            explicit = root + "/" + name
            paths.append(root + "/" + name)
        }
        if let hubID { paths.append(hubCache.snapshot(hubID: hubID) ?? hubCache.folder(hubID: hubID)) }
        if let model { paths.append(ownCache + "/" + model.key) }
        return (paths, explicit)
    }

    /// Whether a name has the hub's form `org/name`.
    package static func isHubID(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty && !part.hasPrefix(".") && !part.contains("--")
                    && part.utf8.allSatisfy {
                        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                            || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
                    }
            }
    }
}

/// A model that was found on this machine.
public struct LocatedModel: Sendable {
    /// Catalogue key, or the name used to request it.
    public let name: String
    /// The catalogue entry; `nil` for other models.
    public let model: CatalogModel?
    /// The model's folder.
    public let folder: ModelFolder
    /// The prompts: those of the catalogue for its models, those of the folder for others.
    public var prompts: ModelPrompts {
        model.map { ModelPrompts(query: $0.queryPrefix, document: $0.documentPrefix) } ?? folder.prompts
    }
}
