public import ModelFiles
package import ObjectStore

/// The table of contents of a store: every object with its size and SHA-256, and the fingerprints of its vectors. Written last
/// and atomically: an object that it does not name is not part of the store.
public struct Manifest: Codable, Hashable, Sendable {
    public struct Object: Codable, Hashable, Sendable {
        public var size: Int
        /// Hexadecimal.
        public var sha256: String

        public init(size: Int, sha256: String) {
            self.size = size
            self.sha256 = sha256
        }
    }

    /// The version of the layout that this build writes and reads; docs/formats.md lists them.
    public static let currentFormat = 3
    /// Valid dimensions of vectors.
    static let dimensions = 1...65_536

    public var format: Int
    /// True if any source was made by `tapedeck simulate`.
    public var simulated: Bool
    public var descriptions: DescriptionFingerprint
    /// By model key.
    public var models: [String: ModelFingerprint]
    /// How `--precision auto` chose, by model key; absent for other models.
    public var calibrations: [String: PrecisionCalibration]?
    /// By object key.
    public var objects: [String: Object]

    public init(descriptions: DescriptionFingerprint, simulated: Bool) {
        format = Manifest.currentFormat
        self.simulated = simulated
        self.descriptions = descriptions
        models = [:]
        objects = [:]
    }

    /// A manifest without objects, with the settings of another.
    init(settingsOf other: Manifest) {
        self.init(descriptions: other.descriptions, simulated: other.simulated)
        models = other.models
    }
}

extension Manifest {
    /// The path of a local file with the content that this manifest names for an object.
    /// - Throws: errors of the store.
    package func localPath(of key: String, in store: any ObjectStore) async throws(StoreError) -> String {
        try await store.localPath(of: key, content: objects[key].map { ObjectContent(size: $0.size, sha256: $0.sha256) })
    }

    /// The years that have a ledger, ascending.
    package var ledgerYears: [Int] {
        let prefix = ArchiveLayout.root + "checkpoints/year_"
        return Set(
            objects.keys.filter { $0.hasPrefix(prefix) }.compactMap {
                $0.dropFirst(prefix.count).split(separator: "_").first.flatMap { Int($0) }
            }
        ).sorted()
    }
}
